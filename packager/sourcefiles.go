package packager

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/drivercat/drivercat/catalog/source"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
)

// sourceFile is a file of a vendor's folder that can be adopted.
type sourceFile struct {
	path  string // where it goes, relative to the source
	from  string // where an archive's file is found; "" for one that lies there as it is
	size  int64  // -1 if only unpacking tells
	mtime time.Time
}

// timeSlack is by how much a share may round times: FAT and some servers keep two seconds.
const timeSlack = 2 * time.Second

// list finds the files to adopt and reports the rest.
func (a *adopter) list(ctx context.Context) error {
	if a.file == "" {
		if err := a.listDir(ctx, "."); err != nil {
			return err
		}
	} else if err := a.listSingle(ctx); err != nil {
		return err
	}
	if a.o.Extract {
		if err := a.listArchives(ctx); err != nil {
			return err
		}
	}
	slices.SortFunc(a.files, func(x, y sourceFile) int { return strings.Compare(x.path, y.path) })
	seen := map[string]string{}
	kept := a.files[:0]
	for _, f := range a.files {
		low := strings.ToLower(f.path)
		if other, dup := seen[low]; dup {
			a.problem(f.path, "differs only in case from "+other+", and Windows can keep one of them", "remove the one that does not belong, then import again")
			continue
		}
		seen[low] = f.path
		kept = append(kept, f)
	}
	a.files = kept
	return nil
}

// listSingle finds the single file to adopt, and the other parts of it if it is an archive that is split.
func (a *adopter) listSingle(ctx context.Context) error {
	info, err := a.root.Stat(a.file)
	if err != nil {
		return err
	}
	a.files = append(a.files, sourceFile{path: a.file, size: info.Size(), mtime: info.ModTime()})
	opened, err := a.open.OpenArchive(ctx, a.file)
	if err != nil {
		return ctx.Err() // what cannot be opened is told when it is imported
	}
	for _, p := range opened.Parts {
		if info, err := a.root.Stat(p); err == nil {
			a.files = append(a.files, sourceFile{path: p, size: info.Size(), mtime: info.ModTime()})
		}
	}
	return nil
}

// listArchives opens the archives among the files and adds what is in them.
func (a *adopter) listArchives(ctx context.Context) error {
	a.meter.SetPhase("opening")
	l := &source.Listing{}
	by := map[string]int{}
	var taken []string
	for _, f := range a.files {
		dir := path.Dir(f.path)
		n, ok := by[dir]
		if !ok {
			n = len(l.Folders)
			by[dir] = n
			l.Folders = append(l.Folders, source.Folder{Path: dir})
		}
		l.Folders[n].Entries = append(l.Folders[n].Entries, source.Entry{Name: path.Base(f.path), Size: f.size, MTime: f.mtime.UnixNano()})
		taken = append(taken, f.path)
	}
	if err := a.open.OpenAll(ctx, l, nil); err != nil {
		return err
	}
	for _, p := range l.Problems {
		if (p.Code == source.ProblemArchiveClosed || p.Code == source.ProblemArchiveDefect) && !a.o.DryRun {
			continue // the import that follows tells it
		}
		a.problem(p.Path, p.Text, p.Advice)
	}
	for _, x := range a.open.Extract(taken) {
		f := sourceFile{path: x.Path, from: x.From, size: x.Size}
		if x.MTime != 0 {
			f.mtime = time.Unix(0, x.MTime)
		}
		a.files = append(a.files, f)
	}
	return nil
}

func (a *adopter) listDir(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := a.root.Open(dir)
	if err != nil {
		if dir == "." {
			return err
		}
		a.problem(dir, "the folder cannot be opened: "+cause(err), "check the rights on it, then import again")
		return nil
	}
	entries, err := f.ReadDir(-1)
	_ = f.Close() // only read
	if err != nil {
		a.problem(dir, "the folder cannot be listed to its end: "+cause(err), "check the disk it lies on, then import again")
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if _, err := layout.CheckFolder(e.Name()); err != nil {
			a.problem(name, "its name cannot be kept on a share: "+err.Error(), "rename it, then import again")
			continue
		}
		if e.IsDir() {
			if err := a.listDir(ctx, name); err != nil {
				return err
			}
			continue
		}
		a.listFile(name, e)
	}
	return nil
}

func (a *adopter) listFile(name string, e fs.DirEntry) {
	info, err := a.root.Stat(name) // through a link, as long as it stays inside
	switch {
	case errors.Is(err, fs.ErrNotExist) && e.Type()&fs.ModeSymlink == 0:
		a.problem(name, "vanished while the folder was read", "wait until nothing writes to the source, then import again")
	case err != nil && e.Type()&fs.ModeSymlink != 0:
		a.problem(name, "is a symbolic link that leads out of the source or nowhere: "+cause(err), "put the file itself in its place, then import again")
	case err != nil:
		a.problem(name, "cannot be looked at: "+cause(err), "check the rights on it, then import again")
	case info.IsDir():
		a.problem(name, "is a symbolic link to a folder", "put the folder itself in its place, then import again")
	case !info.Mode().IsRegular():
		a.problem(name, "is "+kindOf(info)+", not a file", "remove it")
	default:
		a.files = append(a.files, sourceFile{path: name, size: info.Size(), mtime: info.ModTime()})
	}
}

// sameAs reports whether a folder of the tree holds what would be copied: the same names and sizes, and the same times or,
// where those differ, the same bytes.
func (a *adopter) sameAs(ctx context.Context, folder string) (bool, error) {
	there := map[string]fs.FileInfo{}
	if err := walk(ctx, a.t, folder, func(name string, i fs.FileInfo) { there[name] = i }); err != nil {
		return false, err
	}
	var doubtful []sourceFile
	for _, f := range a.files {
		i := there[f.path]
		delete(there, f.path)
		switch {
		case i == nil:
			// What could not be read the first time is not there, and is no difference as long as it cannot be read.
			if a.readable(ctx, f) {
				return false, nil
			}
		case !i.Mode().IsRegular() || f.size >= 0 && i.Size() != f.size:
			return false, nil
		case f.size < 0:
			doubtful = append(doubtful, f)
		case i.ModTime().Sub(f.mtime).Abs() > timeSlack:
			doubtful = append(doubtful, f)
		}
	}
	if len(there) > 0 {
		return false, nil
	}
	for _, f := range doubtful {
		same, err := a.sameBytes(ctx, folder, f)
		if !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

// openFile opens a file to be adopted.
func (a *adopter) openFile(ctx context.Context, f sourceFile) (io.ReadCloser, error) {
	if f.from == "" {
		return a.root.Open(f.path)
	}
	r, err := a.open.OpenFile(ctx, f.from)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(r, 0, r.Size), r}, nil
}

func (a *adopter) sameBytes(ctx context.Context, folder string, f sourceFile) (bool, error) {
	_, sum, err := tree.HashFile(ctx, a.t, path.Join(folder, f.path), nil)
	if err != nil {
		return false, err
	}
	src, err := a.openFile(ctx, f)
	if err != nil {
		return false, nil
	}
	defer src.Close()
	h := sha256.New()
	if _, err := io.Copy(h, src); err != nil {
		return false, nil
	}
	return bytes.Equal(h.Sum(nil), sum[:]), nil
}
