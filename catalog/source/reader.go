package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// folderReader lists single folders below a root. Implementations never leave the root, never follow a link, and are
// safe for concurrent use, each caller with its own scratch space.
type folderReader interface {
	// readFolder lists the folder at rel (forward slashes, "." for the root) into s.entries in any order, and
	// identifies the folder. With an error, s.entries holds what was listed before it; entries that could not be
	// looked at are no error but carry one.
	readFolder(rel string, s *scratch) (folderID, error)
	// readLink returns where a link points, as it is spelled.
	readLink(rel string) (string, error)
	Close() error
}

// scratch is one worker's memory, used again for each folder.
type scratch struct {
	entries []rawEntry
	print   []byte // what a fingerprint is taken of
	folds   []fold
}

// folderID tells a folder from others, to notice one that contains itself. A zero ID equals none.
type folderID struct {
	dev, ino uint64
	info     fs.FileInfo
}

func (a folderID) same(b folderID) bool {
	if a.info != nil && b.info != nil {
		return os.SameFile(a.info, b.info)
	}
	return a.ino != 0 && a.ino == b.ino && a.dev == b.dev
}

// rootReader reads folders through os.Root, which every system has.
type rootReader struct{ root *os.Root }

func openRootReader(root string) (folderReader, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return rootReader{r}, nil
}

func (r rootReader) Close() error { return r.root.Close() }

func (r rootReader) readLink(rel string) (string, error) {
	return r.root.Readlink(filepath.FromSlash(rel))
}

func (r rootReader) readFolder(rel string, s *scratch) (id folderID, err error) {
	s.entries = s.entries[:0]
	name := filepath.FromSlash(rel)
	// Root.Open would follow a link that a folder was exchanged for, if it stays inside the root.
	if info, err := r.root.Lstat(name); err != nil {
		return id, err
	} else if !info.IsDir() {
		return id, &fs.PathError{Op: "open", Path: rel, Err: errNotFolder}
	}
	f, err := r.root.Open(name)
	if err != nil {
		return id, err
	}
	defer f.Close()
	if id.info, err = f.Stat(); err != nil {
		return id, err
	}
	list, err := f.ReadDir(-1)
	if err != nil {
		return id, r.readSlowly(name, s)
	}
	for _, d := range list {
		info, err := d.Info()
		s.add(d.Name(), info, err)
	}
	return id, nil
}

// readSlowly lists a folder name by name: ReadDir below an os.Root gives up at the first entry that it cannot look at.
func (r rootReader) readSlowly(name string, s *scratch) error {
	f, err := r.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	for _, n := range names {
		info, err := r.root.Lstat(filepath.Join(name, n))
		s.add(n, info, err)
	}
	return err
}

// baseReader reads folders of a source's base, which opens no link that leads out of it.
type baseReader struct{ base Base }

func (baseReader) Close() error { return nil }

func (baseReader) readLink(rel string) (string, error) {
	return "", &fs.PathError{Op: "readlink", Path: rel, Err: errors.ErrUnsupported}
}

// readFolder cannot identify the folder: servers refuse links that lead round in a circle.
func (r baseReader) readFolder(rel string, s *scratch) (id folderID, err error) {
	s.entries = s.entries[:0]
	list, err := r.base.ReadDir(rel)
	for _, d := range list {
		info, err := d.Info()
		s.add(d.Name(), info, err)
	}
	return id, err
}

// add appends an entry, or why it could not be looked at.
func (s *scratch) add(name string, info fs.FileInfo, err error) {
	e := rawEntry{name: name}
	if err != nil {
		e.kind, e.err = kindUnknown, err
		s.entries = append(s.entries, e)
		return
	}
	switch t := info.Mode().Type(); {
	case t.IsRegular():
		e.kind, e.size, e.mtime = kindFile, info.Size(), ticks(info.ModTime().UnixNano())
	case t.IsDir():
		e.kind = kindFolder
	case t&(fs.ModeSymlink|fs.ModeIrregular) != 0: // Windows: junctions and mount points are irregular
		e.kind = kindLink
	default:
		e.kind = kindSpecial
	}
	s.entries = append(s.entries, e)
}
