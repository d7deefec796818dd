package packager

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// Recovery says what was done about an interrupted build.
type Recovery string

// What Recover does.
const (
	NothingToRecover Recovery = ""
	Finished         Recovery = "finished" // the journal was carried out: the package is the new one
	Undone           Recovery = "undone"   // the journal could not be carried out: the package is the old one
	Cleared          Recovery = "cleared"  // nothing was published yet: only the stage was removed
)

const journalFormat = 1

// journal is what remains to be done once everything is staged. Its entries may be carried out any number of times.
type journal struct {
	Format int      `json:"format"`
	Folder string   `json:"folder"`
	Remove []string `json:"remove"` // in the package
	Put    []string `json:"put"`    // in the package, the manifest last
}

// publish moves what is staged into place.
func (b *publisher) publish(s *state) error {
	// From here on a cancelled context would only make a crash of it: these are renames.
	ctx := context.Background()
	if s.fresh {
		if s.empty {
			if err := removeEmpty(b.t, b.site.folder); err != nil {
				return b.giveUp(err)
			}
		}
		if err := b.t.Rename(b.site.stage+"/new", b.site.folder); err != nil {
			return b.giveUp(err)
		}
		if err := b.t.Sync(b.site.folder, path.Dir(b.site.folder)); err != nil {
			return err
		}
		return tree.RemoveAll(b.t, b.site.stage)
	}
	j := journal{Format: journalFormat, Folder: b.site.folder, Remove: append(append([]string{}, s.remove...), s.extras...)}
	for _, f := range s.put {
		j.Put = append(j.Put, f.Path)
	}
	slices.Sort(j.Put)
	j.Put = append(j.Put, manifest.Name)
	raw, err := json.MarshalIndent(j, "", " ")
	if err != nil {
		return b.giveUp(err)
	}
	if _, err := tree.Put(ctx, b.t, b.site.journal(), bytes.NewReader(raw), tree.Options{}); err != nil {
		return b.giveUp(err)
	}
	_, err = carryOut(b.t, b.site, j)
	return err
}

// giveUp removes the stage of a publication that published nothing, unless it is to be kept. What cannot be removed now, the
// next command removes.
func (b *publisher) giveUp(err error) error {
	if !b.pub.Resume {
		_ = tree.RemoveAll(b.t, b.site.stage)
	}
	return err
}

// Recover finishes or undoes what an interrupted build of the package folder left beside it. Build and Verify call it. If
// another process is building the package the error wraps tree.ErrLocked.
func Recover(ctx context.Context, t tree.Tree, folder string) (Recovery, error) {
	return recoverWaiting(ctx, t, folder, 0, nil)
}

// recoverWaiting is Recover for who waits for another process that builds the package.
func recoverWaiting(ctx context.Context, t tree.Tree, folder string, wait time.Duration, waiting func(error)) (Recovery, error) {
	s := siteOf(folder)
	there, err := tree.Exists(t, s.stage)
	if err != nil {
		return NothingToRecover, err
	}
	if !there {
		dropLock(t, s.lock)
		return NothingToRecover, nil
	}
	if err := ctx.Err(); err != nil {
		return NothingToRecover, err
	}
	unlock, err := waitLock(ctx, t, s.lock, "", wait, waiting)
	if err != nil {
		return NothingToRecover, err
	}
	defer unlock()
	return recoverSite(t, s, true)
}

// recoverSite deals with a stage. One without a journal is only rubbish, or has a record and is kept if keep says so.
func recoverSite(t tree.Tree, s site, keep bool) (Recovery, error) {
	if there, err := tree.Exists(t, s.stage); err != nil || !there {
		return NothingToRecover, err
	}
	raw, err := fs.ReadFile(treeFS{t}, s.journal())
	if errors.Is(err, fs.ErrNotExist) {
		if kept, err := tree.Exists(t, s.record()); keep && (kept || err != nil) {
			return NothingToRecover, err
		}
		return Cleared, tree.RemoveAll(t, s.stage)
	}
	if err != nil {
		return NothingToRecover, err
	}
	var j journal
	if err := json.Unmarshal(raw, &j); err != nil || j.Format != journalFormat || j.Folder != s.folder {
		return NothingToRecover, fmt.Errorf("%s: the journal of an interrupted build cannot be read (delete %s, then build with --rehash)", s.journal(), s.stage)
	}
	return carryOut(t, s, j)
}

// carryOut does what a journal says, or takes it back if that does not go.
func carryOut(t tree.Tree, s site, j journal) (Recovery, error) {
	m := mover{t: t, site: s, made: map[string]bool{}}
	err := m.forward(j)
	if err == nil {
		if err := tree.RemoveAll(t, s.record()); err != nil {
			return Finished, err
		}
		return Finished, m.close(j)
	}
	if errors.Is(err, tree.ErrLockLost) {
		// Somebody else may have gone on with the journal by now. What is half done is theirs, or the next command's.
		return NothingToRecover, fmt.Errorf("publish: %w (the next build or verify goes on with it)", err)
	}
	if uerr := m.undo(j); uerr != nil {
		return NothingToRecover, fmt.Errorf("publish: %w; and it could not be taken back: %w (the next build or verify goes on with it)", err, uerr)
	}
	if cerr := m.close(journal{}); cerr != nil {
		err = errors.Join(err, cerr)
	}
	return Undone, fmt.Errorf("publish: %w (the package is as it was)", err)
}

// mover carries out journals. What has been done is read off the folders: a new file is staged until it is in place, an old
// one is in place until it is aside. So every step can be repeated, after a crash of a crash too.
type mover struct {
	t    tree.Tree
	site site
	made map[string]bool // folders known to be there
}

// forward moves old files aside and new ones into place. Every step may have been done before.
func (m *mover) forward(j journal) error {
	for _, name := range j.Remove {
		if err := m.setAside(name); err != nil {
			return err
		}
	}
	m.prune(j.Remove)
	for _, name := range j.Put {
		if err := m.put(name); err != nil {
			return err
		}
	}
	names := make([]string, len(j.Put))
	for i, n := range j.Put {
		names[i] = m.site.published(n)
	}
	return m.t.Sync(names...)
}

// setAside moves an old file out of the package, unless it is aside already. A folder in its place is new, and stays.
func (m *mover) setAside(name string) error {
	if done, err := m.file(m.site.aside(name)); err != nil || done {
		return err
	}
	i, err := m.t.Lstat(m.site.published(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || i.IsDir() {
		return err
	}
	return m.move(m.site.published(name), m.site.aside(name))
}

func (m *mover) put(name string) error {
	staged, err := m.file(m.site.staged(name))
	if err != nil {
		return err
	}
	i, err := m.t.Lstat(m.site.published(name))
	switch {
	case !staged:
		return err // nil: it is in place already
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case i.IsDir():
		// What was in it has been set aside.
		if err := removeEmpty(m.t, m.site.published(name)); err != nil {
			return err
		}
	default:
		if err := m.setAside(name); err != nil {
			return err
		}
	}
	return m.move(m.site.staged(name), m.site.published(name))
}

// undo takes back what forward did, last step first.
func (m *mover) undo(j journal) error {
	m.made = map[string]bool{}
	for _, name := range slices.Backward(j.Put) {
		staged, err := m.file(m.site.staged(name))
		if err != nil {
			return err
		}
		if !staged {
			if err := m.move(m.site.published(name), m.site.staged(name)); err != nil {
				return err
			}
		}
		if err := m.back(name); err != nil {
			return err
		}
	}
	m.prune(j.Put)
	for _, name := range j.Remove {
		if err := m.back(name); err != nil {
			return err
		}
	}
	return nil
}

// file reports whether there is something of that name other than a folder, which is there for what is below it.
func (m *mover) file(name string) (bool, error) {
	i, err := m.t.Lstat(name)
	switch {
	case err == nil:
		return !i.IsDir(), nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return false, err
}

// back returns an old file from aside.
func (m *mover) back(name string) error {
	there, err := m.file(m.site.aside(name))
	if err != nil || !there {
		return err
	}
	return m.move(m.site.aside(name), m.site.published(name))
}

// move renames and makes the folder it moves to.
func (m *mover) move(from, to string) error {
	if dir := path.Dir(to); !m.made[dir] {
		if err := m.t.MkdirAll(dir); err != nil {
			return err
		}
		m.made[dir] = true
	}
	return m.t.Rename(from, to)
}

// prune removes folders of the package that have become empty. One that cannot be removed holds something, or harms nobody.
func (m *mover) prune(names []string) {
	dirs := map[string]bool{}
	for _, n := range names {
		for d := path.Dir(n); d != "."; d = path.Dir(d) {
			dirs[d] = true
		}
	}
	list := make([]string, 0, len(dirs))
	for d := range dirs {
		list = append(list, d)
	}
	slices.Sort(list)
	for _, d := range slices.Backward(list) {
		// A file may have taken the folder's place by now.
		if i, err := m.t.Lstat(m.site.published(d)); err != nil || !i.IsDir() {
			continue
		}
		_ = m.t.Remove(m.site.published(d))
		delete(m.made, m.site.published(d))
	}
}

// close ends a publication: without its journal the stage is only rubbish, unless it has a record.
func (m *mover) close(j journal) error {
	if err := m.t.Remove(m.site.journal()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := m.t.Sync(m.site.stage); err != nil {
		return err
	}
	m.prune(j.Remove)
	if kept, err := tree.Exists(m.t, m.site.record()); kept || err != nil {
		return err
	}
	return tree.RemoveAll(m.t, m.site.stage)
}

// removeEmpty removes a folder that holds nothing but empty folders.
func removeEmpty(t tree.Tree, folder string) error {
	entries, err := t.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := removeEmpty(t, path.Join(folder, e.Name())); err != nil {
			return err
		}
	}
	return t.Remove(folder)
}
