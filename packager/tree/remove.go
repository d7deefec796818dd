package tree

import (
	"errors"
	"io/fs"
	"path"

	"golang.org/x/sync/errgroup"
)

// removeCalls is how much is asked of a tree on a network at once while a folder is removed. What a copy of thousands of files
// left behind would take minutes one by one, perhaps after Ctrl-C.
const removeCalls = 16

// remover removes what lies in a tree on a network.
type remover struct {
	t     Tree
	slots chan struct{} // one for each call under way
}

// call makes a call when there is a free slot. No call waits for another, so one gets free.
func (r remover) call(fn func() error) error {
	r.slots <- struct{}{}
	defer func() { <-r.slots }()
	err := fn()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// remove removes a file, or a folder with all that is in it. What can be removed is, also if something else cannot.
func (r remover) remove(name string, folder bool) error {
	if folder {
		var entries []fs.DirEntry
		err := r.call(func() (err error) {
			entries, err = r.t.ReadDir(name)
			return err
		})
		if err != nil {
			return err
		}
		var g errgroup.Group
		g.SetLimit(2 * removeCalls) // enough to wait for slots, however many entries there are
		for _, e := range entries {
			g.Go(func() error { return r.remove(path.Join(name, e.Name()), e.IsDir()) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	return r.call(func() error { return r.t.Remove(name) })
}
