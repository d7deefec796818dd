package packager

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// History is what is known of the versions of a package: what the catalog keeps and what lies on the share.
type History struct {
	Folder   string
	Versions []HistoryVersion // newest first; the first is the present one
	OnShare  bool             // the present version is the one that lies on the share
	Problem  string           // why the share does not have it, a sentence; "" if nobody looked
}

// HistoryVersion is one version of a package.
type HistoryVersion struct {
	Version   int
	Published time.Time // zero if nobody knows
	Manifest  *manifest.Manifest
	Kept      bool // in the catalog; otherwise only the share has it
}

// ReadHistory gathers the versions of a package. t may be nil: then only the catalog is asked. recorded is the catalog's
// record of the package, nil if there is none.
func ReadHistory(ctx context.Context, t tree.Tree, kept []catalog.PackageVersion, folder string, recorded *catalog.Package) (*History, error) {
	h := &History{Folder: folder}
	for _, v := range kept {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, err := manifest.Parse(v.Body)
		if err != nil {
			return nil, fmt.Errorf("packager: version %d of %s in the catalog: %w", v.Version, folder, err)
		}
		h.Versions = append(h.Versions, HistoryVersion{Version: v.Version, Published: v.Published, Manifest: m, Kept: true})
	}
	if t == nil {
		return h, nil
	}
	raw, err := fs.ReadFile(treeFS{t}, folder+"/"+manifest.Name)
	if errors.Is(err, fs.ErrNotExist) {
		h.Problem = "there is no " + manifest.Name + " on the share"
		return h, nil
	}
	if err != nil {
		return nil, fmt.Errorf("packager: read the manifest of %s: %w", folder, err)
	}
	m, err := manifest.Parse(raw)
	switch {
	case errors.Is(err, manifest.ErrNewerFormat):
		return nil, err
	case err != nil:
		h.Problem = fmt.Sprintf("%s on the share is damaged", manifest.Name)
		return h, nil
	case len(kept) > 0 && kept[0].Manifest == catalog.Hash(sha256.Sum256(raw)):
		h.OnShare = true
		return h, nil
	case !Vouched(raw, m, recorded):
		h.Problem = fmt.Sprintf("%s on the share says version %d and is not the one that was published", manifest.Name, m.Version)
		return h, nil
	}
	// A build died before it recorded this version, or one made it that kept none.
	v := HistoryVersion{Version: m.Version, Manifest: m}
	if recorded != nil && recorded.Manifest == catalog.Hash(sha256.Sum256(raw)) {
		v.Published = recorded.Published
	}
	older := h.Versions[:0]
	for _, o := range h.Versions {
		if o.Version < m.Version {
			older = append(older, o)
		}
	}
	h.Versions, h.OnShare = append([]HistoryVersion{v}, older...), true
	return h, nil
}

// Find returns the version of a number.
func (h *History) Find(version int) (HistoryVersion, bool) {
	for _, v := range h.Versions {
		if v.Version == version {
			return v, true
		}
	}
	return HistoryVersion{}, false
}

// Present is the manifest on the share, nil if it is not the present version's.
func (h *History) Present() *manifest.Manifest {
	if !h.OnShare {
		return nil
	}
	return h.Versions[0].Manifest
}
