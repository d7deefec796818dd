package cli

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
)

// location is where drivers are read: a folder or file of this system, or a folder on a share that is reached over the network.
type location struct {
	shown string // as the user knows it
	path  string // for a tree on a network its address, else absolute

	tree   tree.Tree // nil for a place of this system
	folder string    // in the tree
}

// locationOn is a folder of a tree. That of a local tree is read as a folder of this system, which is faster.
func locationOn(t tree.Tree, folder, shown string) location {
	if tree.Network(t) {
		p := location{shown: shown, path: t.Root(), tree: t, folder: folder}
		if folder != "." {
			p.path = layout.JoinShare(p.path, folder)
		}
		return p
	}
	return location{shown: shown, path: filepath.Join(t.Root(), filepath.FromSlash(folder))}
}

// read imports the place.
func (p location) read(ctx context.Context, store catalog.Store, key catalog.SourceKey, o intake.Options) (intake.Result, error) {
	if p.tree != nil {
		return intake.ImportBase(ctx, store, key, tree.Folder{Tree: p.tree, Name: p.folder}, p.path, o)
	}
	return intake.Import(ctx, store, key, p.path, o)
}

// network opens a place by the address of a folder on a share; there is false if the name is none. The caller closes it.
func (a *app) network(ctx context.Context, name string) (p location, closer func() error, there bool, err error) {
	if _, there, err = a.address(name); err != nil || !there {
		return p, nil, false, nil
	}
	t, err := a.openTree(ctx, name)
	if err != nil {
		if a.isFileOn(ctx, name) {
			err = failed("name the folder that it lies in, or mount the share", "%s is a file: over the network, folders are read", name)
		}
		return p, nil, true, err
	}
	return locationOn(t, ".", name), t.Close, true, nil
}

// isFileOn reports whether an address is that of a file. It asks the share, so it is for what could not be opened as a folder.
func (a *app) isFileOn(ctx context.Context, name string) bool {
	cut := strings.LastIndexAny(name, `\/`)
	if cut < 0 {
		return false
	}
	t, err := a.openTree(ctx, name[:cut])
	if err != nil {
		return false
	}
	defer t.Close()
	info, err := t.Lstat(name[cut+1:])
	return err == nil && info.Mode().IsRegular()
}
