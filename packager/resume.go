package packager

import (
	"errors"
	"io/fs"
	"path"

	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// takeUp makes what an interrupted publication kept in the stage ready to go on with. Only files that are to be put stay: a
// stage may be published with one rename, and then all that is in it is. It returns their sizes by path.
func (b *publisher) takeUp(put []manifest.File) (map[string]int64, error) {
	there := map[string]int64{}
	if old, err := tree.Exists(b.t, b.site.stage+"/old"); err != nil {
		return nil, err
	} else if old {
		if err := tree.RemoveAll(b.t, b.site.stage+"/old"); err != nil {
			return nil, err
		}
	}
	wanted := make(map[string]bool, len(put))
	for _, f := range put {
		wanted[f.Path] = true
	}
	_, err := b.takeUpFolder("", wanted, there)
	if errors.Is(err, fs.ErrNotExist) {
		return there, nil // nothing was staged yet
	}
	return there, err
}

// takeUpFolder goes through a folder of the stage and reports whether anything in it stays.
func (b *publisher) takeUpFolder(rel string, wanted map[string]bool, there map[string]int64) (stays bool, err error) {
	entries, err := b.t.ReadDir(b.site.stage + "/new" + slashed(rel))
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		name := path.Join(rel, e.Name())
		if e.IsDir() {
			s, err := b.takeUpFolder(name, wanted, there)
			if err != nil {
				return false, err
			}
			if s {
				stays = true
				continue
			}
		} else if wanted[name] && e.Type().IsRegular() {
			i, err := e.Info()
			if err != nil {
				return false, err
			}
			there[name] = i.Size()
			stays = true
			continue
		}
		if err := b.t.Remove(b.site.staged(name)); err != nil {
			return false, err
		}
	}
	return stays, nil
}

func slashed(rel string) string {
	if rel == "" {
		return ""
	}
	return "/" + rel
}
