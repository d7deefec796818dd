package distribute

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// maxManifest is the largest manifest that is read from a point, in bytes.
const maxManifest = 256 << 20

// HeldOn tells which packages lie on a tree, by folder. Manifests are read, the files of packages are not. A package whose
// manifest cannot be read is told with its problem; the error is about the tree.
func HeldOn(ctx context.Context, t tree.Tree, l layout.Layout) (map[string]Held, error) {
	found, err := packager.Packages(ctx, t, l)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Held, len(found))
	for _, p := range found {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[p.Folder] = heldAt(t, p.Folder)
	}
	return out, nil
}

func heldAt(t tree.Tree, folder string) Held {
	raw, err := readAll(t, folder+"/"+manifest.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Held{Problem: "an interrupted build left no manifest"}
	case err != nil:
		return Held{Problem: fmt.Sprintf("its manifest cannot be read: %v", err)}
	}
	m, err := manifest.Parse(raw)
	if err != nil {
		return Held{Problem: strings.TrimPrefix(err.Error(), "manifest: ")}
	}
	return Held{Version: m.Version, Manifest: sha256.Sum256(raw)}
}

func readAll(t tree.Tree, name string) (raw []byte, err error) {
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	raw, err = io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err == nil && len(raw) > maxManifest {
		err = fmt.Errorf("%s has over %d MiB", name, maxManifest>>20)
	}
	return raw, err
}
