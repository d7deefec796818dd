package packager

import (
	"context"
	"path"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// CostOptions say where signatures come from.
type CostOptions struct {
	Signatures func(ctx context.Context, contents []catalog.Hash) (map[catalog.Hash][]byte, error) // the kept ones

	// Tree and Present are the package as it lies on the share. What it holds and no signature is kept of is read, unless
	// that would cost its bytes on a network. A nil Tree reads nothing.
	Tree    tree.Tree
	Folder  string
	Present *manifest.Manifest
	Meter   *catalog.Meter
}

// Costs fills in what sending chunks would cost: NewBytes and Update of the comparison's files.
func (c *Comparison) Costs(ctx context.Context, old *manifest.Manifest, o CostOptions) error {
	if c.Files.Update.Unknown {
		return nil
	}
	f := &c.Files
	if c.published != nil {
		f = c.published
		defer func() { c.Files.Update = f.Update }()
	}
	f.Update.ChunkBytes, f.Update.UnsignedBytes = 0, 0
	have := map[catalog.Hash]bool{} // contents that are at the other place, or on their way
	if old != nil {
		for _, g := range old.Published() {
			have[g.SHA256] = true
		}
	}
	signatures, err := o.collect(ctx, f)
	if err != nil {
		return err
	}
	var index []chunk.Signature
	at := map[catalog.Hash]int{}
	for _, list := range [][]FileChange{f.Changed, f.Removed} {
		for _, g := range list {
			if s := signatures[g.OldHash]; s != nil {
				if _, twice := at[g.OldHash]; !twice {
					at[g.OldHash] = len(index)
					index = append(index, s)
				}
			}
		}
	}
	x := chunk.NewIndex(index)
	for _, list := range [][]FileChange{f.Changed, f.Added} {
		for i := range list {
			g := &list[i]
			prefer, signed := at[g.OldHash]
			if !signed {
				prefer = -1
			}
			s := signatures[g.Hash]
			switch {
			case have[g.Hash]:
				g.NewBytes = 0
			case s != nil:
				g.NewBytes = chunk.NewBytes(x.Delta(s, prefer))
			default:
				g.NewBytes = g.Size
			}
			if !have[g.Hash] && g.Size >= chunk.SmallestContent && (s == nil || g.OldSize >= chunk.SmallestContent && !signed) {
				f.Update.UnsignedBytes += g.NewBytes
			}
			have[g.Hash] = true
			f.Update.ChunkBytes += g.NewBytes
		}
	}
	return nil
}

// Collect finds the signatures of contents before and after changes. What nobody knows is not in the map.
func (o CostOptions) Collect(ctx context.Context, changes []manifest.Change) (map[catalog.Hash]chunk.Signature, error) {
	f := &FileChanges{}
	for _, c := range changes {
		f.Changed = append(f.Changed, FileChange{Path: c.New.Path, OldSize: c.Old.Size, Size: c.New.Size, OldHash: c.Old.SHA256, Hash: c.New.SHA256})
	}
	return o.collect(ctx, f)
}

// collect finds the signatures of the contents that come and go.
func (o CostOptions) collect(ctx context.Context, f *FileChanges) (map[catalog.Hash]chunk.Signature, error) {
	var wanted []catalog.Hash
	seen := map[catalog.Hash]bool{{}: true}
	add := func(h catalog.Hash, size int64) {
		if !seen[h] && size >= chunk.SmallestContent {
			seen[h] = true
			wanted = append(wanted, h)
		}
	}
	for _, list := range [][]FileChange{f.Changed, f.Removed, f.Added} {
		for _, g := range list {
			add(g.OldHash, g.OldSize)
			add(g.Hash, g.Size)
		}
	}
	kept, err := o.Signatures(ctx, wanted)
	if err != nil {
		return nil, err
	}
	out := make(map[catalog.Hash]chunk.Signature, len(kept))
	for h, b := range kept {
		s, err := chunk.Decode(b)
		if err != nil {
			continue // of another format: as good as none
		}
		out[h] = s
	}
	if o.Tree == nil || o.Present == nil || tree.Remote(o.Tree) {
		return out, nil
	}
	missing := map[catalog.Hash]bool{}
	for _, h := range wanted {
		missing[h] = out[h] == nil
	}
	return out, o.read(ctx, missing, out)
}

// read makes the signatures of contents that the package on the share holds. What cannot be read, or has rotted, has none.
func (o CostOptions) read(ctx context.Context, missing map[catalog.Hash]bool, out map[catalog.Hash]chunk.Signature) error {
	meter := o.Meter
	if meter == nil {
		meter = new(catalog.Meter)
	}
	meter.SetPhase("comparing")
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range o.Present.Published() {
		if !missing[f.SHA256] {
			continue
		}
		missing[f.SHA256] = false
		meter.BytesTotal.Add(f.Size)
		g.Go(func() error {
			s, err := SignFile(gctx, o.Tree, path.Join(o.Folder, f.Path), f)
			meter.BytesDone.Add(f.Size)
			if gctx.Err() != nil {
				return gctx.Err()
			}
			if err == nil {
				mu.Lock()
				out[f.SHA256] = s
				mu.Unlock()
			}
			return nil
		})
	}
	return g.Wait()
}
