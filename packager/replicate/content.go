package replicate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

const (
	// maxNeighbours is how many other packages of a target are looked at for content.
	maxNeighbours = 8
	// lineBytes is about what a file takes in a manifest.
	lineBytes = 160
	// signerBytes bounds the signatures of new files that are kept for the next target.
	signerBytes = 64 << 20
)

// neighbours looks for content in other packages of the target that share drivers with the package, and returns the files
// that none of them holds. A neighbour is asked only if its manifest is likely to be smaller than what it saves.
func (r *run) neighbours(ctx context.Context, d *delivery, open []manifest.File) []manifest.File {
	drivers := map[catalog.Hash]string{} // folder in the package
	for _, x := range d.m.Drivers {
		drivers[x.Hash] = x.Folder + "/"
	}
	for _, p := range related(d.folder, drivers, r.o.Packages) {
		if len(open) == 0 || ctx.Err() != nil {
			break
		}
		if sizeOf(open) > int64(p.Files)*lineBytes {
			d.ask(p.Folder, open)
			open = slices.DeleteFunc(slices.Clone(open), func(f manifest.File) bool { return d.held[f.SHA256] != "" })
		}
	}
	return open
}

func sizeOf(files []manifest.File) (n int64) {
	for _, f := range files {
		n += f.Size
	}
	return n
}

// related are packages that hold drivers of the package, those with most of them first.
func related(folder string, drivers map[catalog.Hash]string, packages []catalog.Package) []catalog.Package {
	shared := func(p catalog.Package) (n int) {
		for _, h := range p.Drivers {
			if drivers[h] != "" {
				n++
			}
		}
		return n
	}
	out := slices.DeleteFunc(slices.Clone(packages), func(p catalog.Package) bool { return p.Folder == folder || shared(p) == 0 })
	slices.SortStableFunc(out, func(a, b catalog.Package) int { return cmp.Compare(shared(b), shared(a)) })
	return out[:min(len(out), maxNeighbours)]
}

// ask adds the contents that a package of the target vouches for: its manifest lists them, and they are older.
func (d *delivery) ask(folder string, open []manifest.File) {
	name := folder + "/" + manifest.Name
	written, err := d.t.Lstat(name)
	if err != nil {
		return
	}
	raw, err := fs.ReadFile(treeFS{d.t}, name)
	if err != nil {
		return
	}
	m, err := manifest.Parse(raw)
	if err != nil {
		return
	}
	wanted := map[catalog.Hash]bool{}
	for _, f := range open {
		wanted[f.SHA256] = true
	}
	for _, f := range m.Published() {
		if !wanted[f.SHA256] || d.held[f.SHA256] != "" {
			continue
		}
		at := folder + "/" + f.Path
		if i, err := d.t.Lstat(at); err == nil && i.Mode().IsRegular() && i.Size() == f.Size && i.ModTime().Before(written.ModTime()) {
			d.held[f.SHA256] = at
		}
	}
}

// signer makes signatures of files of the share, and keeps the latest for other targets. The zero value is ready.
type signer struct {
	mu    sync.Mutex
	kept  map[catalog.Hash]chunk.Signature
	order []catalog.Hash
	bytes int
}

func (r *run) sign(ctx context.Context, d *delivery, f manifest.File) (chunk.Signature, error) {
	s := &r.signer
	s.mu.Lock()
	sig, ok := s.kept[f.SHA256]
	s.mu.Unlock()
	if ok {
		return sig, nil
	}
	name := d.folder + "/" + f.Path
	sig, err := packager.SignFile(ctx, r.src, name, f)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, tree.ErrWrongLength), errors.Is(err, tree.ErrWrongHash):
		return nil, &SourceError{name, fmt.Errorf("it %w", ErrDiffers)}
	case err != nil:
		return nil, &SourceError{name, err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[catalog.Hash]chunk.Signature{}
	}
	if _, ok := s.kept[f.SHA256]; !ok {
		s.kept[f.SHA256] = sig
		s.order = append(s.order, f.SHA256)
		s.bytes += len(sig) * signatureEntry
	}
	for s.bytes > signerBytes && len(s.order) > 1 {
		s.bytes -= len(s.kept[s.order[0]]) * signatureEntry
		delete(s.kept, s.order[0])
		s.order = s.order[1:]
	}
	return sig, nil
}

// signatureEntry is what a chunk of a signature takes in memory.
const signatureEntry = 24
