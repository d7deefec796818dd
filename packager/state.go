package packager

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// state is a published package compared with a publication: what has to be done.
type state struct {
	fresh        bool            // there is no package folder, or an empty one
	empty        bool            // there is an empty one
	put          []manifest.File // to be written
	remove       []string        // files of the previous version
	extras       []string        // files of no version
	kept         int
	files        []manifest.File // that are to lie in the folder
	archive      *manifest.Archive
	manifest     []byte // of the package to be
	sum          catalog.Hash
	version      int
	same         bool               // the manifest is right as it is
	previous     *manifest.Manifest // of the published version, nil if none vouches for it
	previousBody []byte
	old          []manifest.File // of the published version, as far as they are there by size and time
	doubtful     []manifest.File // of the published version, as far as they are there by size only
}

func (s *state) unchanged() bool {
	return s.same && !s.fresh && len(s.put)+len(s.remove)+len(s.extras) == 0
}

func (s *state) report(p *Publication, r *Result) {
	r.Version, r.Manifest, r.Body, r.Kept = s.version, s.sum, s.manifest, s.kept
	r.Files, r.Bytes = len(p.Manifest.Files), p.Manifest.Bytes()
	r.Archive = s.archive
	if s.previous != nil && formatOf(s.previous.Archive) != formatOf(s.archive) {
		r.Was = formatOf(s.previous.Archive)
	}
	r.Written = len(s.put)
	for _, f := range s.put {
		r.WrittenBytes += f.Size
	}
	r.Removed = append([]string{}, s.remove...)
	r.Extras = append([]string{}, s.extras...)
}

// compare looks at the published package. It writes nothing.
func (b *publisher) compare(ctx context.Context) (*state, error) {
	s := &state{}
	info, err := b.t.Lstat(b.site.folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.fresh = true
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%w: there is a file or link where the package folder should be: remove it", ErrForeign)
	}
	there := map[string]fs.FileInfo{}
	if !s.fresh {
		if err := walk(ctx, b.t, b.site.folder, func(name string, i fs.FileInfo) { there[name] = i }); err != nil {
			return nil, err
		}
		s.fresh = len(there) == 0
		s.empty = s.fresh
	}
	prev, err := b.previous(there)
	if err != nil {
		return nil, err
	}
	s.settle(b.pub, prev, b.opts.Recorded)
	if err := b.sort(ctx, s, prev, there); err != nil {
		return nil, err
	}
	return s, nil
}

// previous is the published version: nil bytes if there is none, and no manifest if it is damaged.
type previous struct {
	raw      []byte
	manifest *manifest.Manifest
	version  int
	written  time.Time
}

func (b *publisher) previous(there map[string]fs.FileInfo) (previous, error) {
	record := b.opts.Recorded
	info := there[manifest.Name]
	if info == nil {
		if !b.opts.Force {
			if err := b.foreign(there); err != nil {
				return previous{}, err
			}
		}
		if record != nil {
			return previous{version: record.Version}, nil
		}
		return previous{}, nil
	}
	raw, err := fs.ReadFile(treeFS{b.t}, b.site.published(manifest.Name))
	if err != nil {
		return previous{}, err
	}
	m, err := manifest.Parse(raw)
	switch {
	case errors.Is(err, manifest.ErrNewerFormat):
		return previous{}, err
	// A manifest that is damaged or not the published one vouches for nothing: every file is read, and it is written anew.
	case record != nil && (err != nil || !Vouched(raw, m, record)):
		return previous{raw: raw, version: record.Version}, nil
	case err != nil:
		return previous{raw: raw, version: versionIn(raw)}, nil
	}
	return previous{raw: raw, manifest: m, version: m.Version, written: info.ModTime()}, nil
}

// foreign refuses a folder without a manifest that holds files, unless drivercat made it and everything in it can be made
// again.
func (b *publisher) foreign(there map[string]fs.FileInfo) error {
	planned := map[string]bool{}
	if b.opts.Recorded != nil {
		for _, f := range b.pub.Manifest.Published() {
			planned[f.Path] = true
		}
	}
	others := 0
	for name := range there {
		if !planned[name] {
			others++
		}
	}
	if others == 0 {
		return nil
	}
	what := "1 file"
	if len(there) > 1 {
		what = fmt.Sprintf("%d files", len(there))
	}
	if others < len(there) {
		what += fmt.Sprintf(" (%d of them not in the plan)", others)
	}
	return fmt.Errorf("%w: the folder holds %s and no %s (use another folder, empty it, or take it over with --force, which removes what is not in the plan)",
		ErrForeign, what, manifest.Name)
}

var versionField = regexp.MustCompile(`(?m)^\s*"version":\s*(\d{1,9}),`)

// versionIn looks for the version that a damaged manifest counted.
func versionIn(raw []byte) int {
	if m := versionField.FindSubmatch(raw); m != nil {
		if n, err := strconv.Atoi(string(m[1])); err == nil {
			return n
		}
	}
	return 0
}

// settle makes the manifest of the package to be: a new version, unless the old one says the same.
// One that is gone comes back as the version that the catalog recorded if it would be the same.
func (s *state) settle(p *Publication, prev previous, record *catalog.Package) {
	next := *p.Manifest
	if !p.Exact {
		next.Version = prev.version + 1
	}
	if next.Archive != nil && p.Pack != nil && next.SameContent(prev.manifest) {
		next.Archive = prev.manifest.Archive // made already
	}
	switch {
	case p.Exact:
	case prev.manifest != nil && prev.manifest.Sum() == next.Sum(), prev.raw == nil && record != nil && isRecorded(&next, record):
		next.Version = prev.version
	}
	s.version = next.Version
	s.manifest = next.Encode()
	s.sum = sha256.Sum256(s.manifest)
	s.same = bytes.Equal(prev.raw, s.manifest)
	if s.previous = prev.manifest; s.previous != nil {
		s.previousBody = prev.raw
	}
	s.files, s.archive = next.Published(), next.Archive
}

// formatOf is the form of a package in the words of a plan.
func formatOf(a *manifest.Archive) string {
	if a == nil {
		return FormatFolder
	}
	return a.Format
}

// sort puts every planned and every published file into one of put, kept, remove and extras.
func (b *publisher) sort(ctx context.Context, s *state, prev previous, there map[string]fs.FileInfo) error {
	listed := map[string]manifest.File{}
	if prev.manifest != nil {
		for _, f := range prev.manifest.Published() {
			listed[f.Path] = f
			switch i := there[f.Path]; {
			case i == nil || !i.Mode().IsRegular() || i.Size() != f.Size:
			case i.ModTime().Before(prev.written):
				s.old = append(s.old, f)
			default:
				s.doubtful = append(s.doubtful, f)
			}
		}
	}
	var doubtful []manifest.File
	wanted := map[string]bool{manifest.Name: true}
	for _, f := range s.files {
		wanted[f.Path] = true
		i := there[f.Path]
		switch l, known := listed[f.Path]; {
		case i == nil || !i.Mode().IsRegular() || i.Size() != f.Size:
			s.put = append(s.put, f)
		case known && l.SHA256 != f.SHA256 && !b.opts.Rehash && i.ModTime().Before(prev.written):
			s.put = append(s.put, f)
		case known && !b.opts.Rehash && i.ModTime().Before(prev.written):
			s.kept++
		default:
			doubtful = append(doubtful, f)
		}
	}
	if err := b.settleDoubts(ctx, s, doubtful); err != nil {
		return err
	}
	for name, i := range there {
		_, known := listed[name]
		switch {
		case name == manifest.Name && i.Mode().IsRegular():
		case wanted[name] && i.Mode().IsRegular():
		case wanted[name]:
			// A link or a device under a planned name is replaced like a file.
		case known:
			s.remove = append(s.remove, name)
		default:
			s.extras = append(s.extras, name)
		}
	}
	slices.Sort(s.remove)
	slices.Sort(s.extras)
	return nil
}

// settleDoubts reads the files that neither size nor time vouch for.
func (b *publisher) settleDoubts(ctx context.Context, s *state, doubtful []manifest.File) error {
	right := make([]bool, len(doubtful))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers(b.t, b.opts.Workers))
	for i, f := range doubtful {
		b.meter.BytesTotal.Add(f.Size)
		g.Go(func() error {
			n, sum, err := tree.HashFile(ctx, b.t, b.site.published(f.Path), &b.meter.BytesDone)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			// What cannot be read cannot be kept.
			right[i] = err == nil && n == f.Size && sum == f.SHA256
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	rotten := map[manifest.File]bool{}
	for i, f := range doubtful {
		if right[i] {
			s.kept++
		} else {
			s.put = append(s.put, f)
			rotten[f] = true
		}
	}
	// Size and time vouch for an old file until somebody read that it is another.
	s.old = slices.DeleteFunc(s.old, func(f manifest.File) bool { return rotten[f] })
	s.doubtful = slices.DeleteFunc(s.doubtful, func(f manifest.File) bool { return rotten[f] })
	return nil
}

// walk visits every file, link and other non-folder below a folder, with paths relative to it, in any order. Several folders
// are listed at once, since on a network listing is waiting; fn is called from one goroutine at a time.
func walk(ctx context.Context, t tree.Tree, folder string, fn func(name string, i fs.FileInfo)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers(t, 0))
	var mu sync.Mutex
	var visit func(rel string) error
	visit = func(rel string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, err := t.ReadDir(path.Join(folder, rel))
		if err != nil {
			return err
		}
		infos := make([]fs.FileInfo, len(entries))
		for i, e := range entries {
			if e.IsDir() {
				continue
			}
			// One that was removed while we looked is nil.
			if infos[i], err = e.Info(); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("look at %s: %w", path.Join(folder, rel, e.Name()), err)
			}
		}
		mu.Lock()
		for i, e := range entries {
			if infos[i] != nil {
				fn(path.Join(rel, e.Name()), infos[i])
			}
		}
		mu.Unlock()
		for _, e := range entries {
			if !e.IsDir() {
				continue
			}
			// Whoever finds nobody free goes on alone: waiting for one could be waiting for oneself.
			sub := path.Join(rel, e.Name())
			if !g.TryGo(func() error { return visit(sub) }) {
				if err := visit(sub); err != nil {
					return err
				}
			}
		}
		return nil
	}
	g.Go(func() error { return visit("") })
	return g.Wait()
}

// makeAll makes folders and those above them, the upper ones first and several of one depth at once.
func makeAll(ctx context.Context, t tree.Tree, folders map[string]bool) error {
	depths := map[int][]string{}
	deepest := 0
	for d := range folders {
		n := strings.Count(d, "/")
		depths[n] = append(depths[n], d)
		deepest = max(deepest, n)
	}
	for n := 0; n <= deepest; n++ {
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(workers(t, 0))
		for _, d := range depths[n] {
			g.Go(func() error {
				if err := ctx.Err(); err != nil {
					return err
				}
				return t.MkdirAll(d)
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// treeFS lets the helpers of io/fs read from a tree.
type treeFS struct{ t tree.Tree }

func (f treeFS) Open(name string) (fs.File, error) { return f.t.Open(name) }
