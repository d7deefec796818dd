package tree

import (
	"io/fs"
	"path"
)

// Folder is a folder of a tree for reading, as package source reads what vendors ship. Names are relative to it.
type Folder struct {
	Tree Tree
	Name string // of the folder in the tree
}

// Open opens a file of the folder; see Tree.
func (f Folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return f.Tree.Open(path.Join(f.Name, name))
}

// ReadDir lists a folder below it; see Tree.
func (f Folder) ReadDir(name string) ([]fs.DirEntry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "list", Path: name, Err: fs.ErrInvalid}
	}
	return f.Tree.ReadDir(path.Join(f.Name, name))
}
