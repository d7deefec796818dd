package packager

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// VersionStore keeps the versions of packages; a catalog.Store does.
type VersionStore interface {
	Versions(ctx context.Context, folder string) ([]catalog.PackageVersion, error)
	PutVersion(ctx context.Context, v catalog.PackageVersion, contents []catalog.Hash) error
	Signatures(ctx context.Context, contents []catalog.Hash) (map[catalog.Hash][]byte, error)
	PutSignatures(ctx context.Context, s []catalog.FileSignature) error
	PutPackage(ctx context.Context, p catalog.Package) error
}

// KeepVersion keeps a published version of a package, with its manifest's bytes as they lie on the share. published may be
// zero if nobody knows.
func KeepVersion(ctx context.Context, s VersionStore, folder string, body []byte, published time.Time) error {
	m, err := manifest.Parse(body)
	if err != nil {
		return fmt.Errorf("packager: keep a version of %s: %w", folder, err)
	}
	var contents []catalog.Hash
	seen := map[catalog.Hash]bool{}
	for _, f := range m.Published() {
		if worthSigning(f) && !seen[f.SHA256] {
			seen[f.SHA256] = true
			contents = append(contents, f.SHA256)
		}
	}
	v := catalog.PackageVersion{Folder: folder, Version: m.Version, Manifest: sha256.Sum256(body), Body: body, Published: published, Drivers: m.Hashes()}
	return s.PutVersion(ctx, v, contents)
}

func worthSigning(f manifest.File) bool { return f.Size >= chunk.SmallestContent }

// keeper looks after what a publication replaces: the version that the share has, if a build died before it was kept, and the
// chunk signatures of contents that leave the package. A content that stays has changed in no file, so nobody needs its
// signature before it leaves: a first build signs nothing, and an update as much as it replaces. Signing takes processor time
// and staging waits for disks, so both go on at once.
type keeper struct {
	tree     tree.Tree
	store    VersionStore
	folder   string
	recorded *catalog.Package
	meter    *catalog.Meter

	signing *errgroup.Group // nil if nothing is signed
	stop    context.CancelFunc
	mu      sync.Mutex
	signed  []catalog.FileSignature
}

// prepare is for Publication.Prepare. It starts to sign what leaves.
func (k *keeper) prepare(ctx context.Context, w Work) error {
	if w.Previous == nil {
		return nil
	}
	if err := k.keepPrevious(ctx, w); err != nil {
		return err
	}
	if err := k.catchUp(ctx, w); err != nil {
		return err
	}
	stays := make(map[catalog.Hash]bool, len(w.Next))
	for _, f := range w.Next {
		stays[f.SHA256] = true
	}
	var leaving []manifest.File
	var contents []catalog.Hash
	for _, f := range slices.Concat(w.Old, w.Doubtful) {
		if worthSigning(f) && !stays[f.SHA256] {
			stays[f.SHA256] = true // once
			leaving, contents = append(leaving, f), append(contents, f.SHA256)
		}
	}
	if len(leaving) == 0 || tree.Remote(k.tree) {
		return nil
	}
	known, err := k.store.Signatures(ctx, contents)
	if err != nil {
		return err
	}
	missing := leaving[:0]
	for _, f := range leaving {
		if known[f.SHA256] == nil {
			missing = append(missing, f)
		}
	}
	k.sign(ctx, missing)
	return nil
}

// keepPrevious keeps the published version unless it is kept: the build that made it may have died, or known no versions.
func (k *keeper) keepPrevious(ctx context.Context, w Work) error {
	kept, err := k.store.Versions(ctx, k.folder)
	if err != nil {
		return err
	}
	sum := catalog.Hash(sha256.Sum256(w.PreviousBody))
	if len(kept) > 0 && kept[0].Manifest == sum {
		return nil
	}
	var published time.Time
	if k.recorded != nil && k.recorded.Manifest == sum {
		published = k.recorded.Published
	}
	return KeepVersion(ctx, k.store, k.folder, w.PreviousBody, published)
}

// catchUp records the published version if the build that made it died before it did. Otherwise the record would fall behind
// by two when this build dies at that point too, and nobody could tell the version after the next from somebody else's.
func (k *keeper) catchUp(ctx context.Context, w Work) error {
	sum := catalog.Hash(sha256.Sum256(w.PreviousBody))
	if k.recorded == nil || k.recorded.Manifest == sum {
		return nil
	}
	info, err := k.tree.Lstat(k.folder + "/" + manifest.Name)
	if err != nil {
		return err
	}
	m := w.Previous
	return k.store.PutPackage(ctx, catalog.Package{
		Model: m.Model, Target: m.Target, Kind: m.Kind, Folder: k.folder, Version: m.Version, Manifest: sum, Files: len(m.Files), Bytes: m.Bytes(),
		Published: info.ModTime(), Drivers: m.Hashes(),
	})
}

// sign starts to make the signatures of published files. One that cannot be read, or is not what the manifest says, gets
// none: an update of it is sent whole.
func (k *keeper) sign(ctx context.Context, files []manifest.File) {
	if len(files) == 0 {
		return
	}
	ctx, k.stop = context.WithCancel(ctx)
	k.signing, ctx = errgroup.WithContext(ctx)
	for _, f := range files {
		k.meter.BytesTotal.Add(f.Size)
	}
	next := make(chan manifest.File)
	k.signing.Go(func() error {
		defer close(next)
		for _, f := range files {
			select {
			case next <- f:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range runtime.GOMAXPROCS(0) {
		k.signing.Go(func() error {
			for f := range next {
				s, err := SignFile(ctx, k.tree, path.Join(k.folder, f.Path), f)
				k.meter.BytesDone.Add(f.Size)
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err != nil {
					continue
				}
				k.mu.Lock()
				k.signed = append(k.signed, catalog.FileSignature{SHA256: f.SHA256, Body: s.Encode()})
				k.mu.Unlock()
			}
			return nil
		})
	}
}

// settle is for Publication.Settle. The files that are signed lie where they are until then.
func (k *keeper) settle(ctx context.Context) error {
	if k.signing == nil {
		return nil
	}
	if err := k.signing.Wait(); err != nil {
		return err
	}
	return k.store.PutSignatures(ctx, k.signed)
}

// close ends the signing of a publication that failed.
func (k *keeper) close() {
	if k.signing != nil {
		k.stop()
		_ = k.signing.Wait() // why it ended is known
	}
}

// SignFile makes the chunk signature of a file in a tree, and checks that it has the length and hash of f: an error that
// wraps tree.ErrWrongLength or tree.ErrWrongHash otherwise.
func SignFile(ctx context.Context, t tree.Tree, name string, f manifest.File) (chunk.Signature, error) {
	r, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sum := sha256.New()
	s, err := chunk.Sign(ctx, io.TeeReader(r, sum))
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", name, err)
	}
	switch {
	case s.Size() != f.Size:
		return nil, fmt.Errorf("sign %s: %w: %d bytes instead of %d", name, tree.ErrWrongLength, s.Size(), f.Size)
	case catalog.Hash(sum.Sum(nil)) != f.SHA256:
		return nil, fmt.Errorf("sign %s: %w", name, tree.ErrWrongHash)
	}
	return s, nil
}
