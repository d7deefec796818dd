package packager

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
)

// OriginalFolder is a model's folder among the originals.
type OriginalFolder struct {
	Folder  string         `json:"folder"` // relative to the share root, as it is spelled there
	Model   string         `json:"model"`  // the folder's name, normalised
	Target  catalog.Target `json:"target"`
	Sources []string       `json:"sources"` // the folders in it, by name
	Loose   int            `json:"loose"`   // files that lie in it directly
}

// Originals lists the <OS>/<Model> folders among the originals, ordered by path, and what there is no place for: folders that
// are no known operating system, files among them, models whose names cannot be used, two folders that are one on Windows or
// one model, and folders with nothing in them.
func Originals(ctx context.Context, t tree.Tree, l layout.Layout) ([]OriginalFolder, []Problem, error) {
	o := originals{t: t}
	root := l.OriginalsRoot()
	entries, err := t.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("packager: list originals: %w", err)
	}
	systems := map[catalog.Target]string{}
	for _, name := range o.sort(root, entries, "operating system") {
		// The folder's own spelling comes first: where names are compared as Windows does it is the only one.
		if target, ok := systemOf(name); ok && (systems[target] == "" || name == target.Folder()) {
			systems[target] = name
		}
	}
	for _, name := range o.sort("", entries, "") {
		if err := ctx.Err(); err != nil {
			return nil, nil, fmt.Errorf("packager: list originals: %w", err)
		}
		folder := path.Join(root, name)
		switch target, ok := systemOf(name); {
		case !ok:
			o.problem(folder, "is no operating system that drivercat knows", "name it like "+knownFolders()+", with -x64 or -arm64 where that is not the usual")
		case systems[target] != name:
			o.problem(folder, "is the same folder as "+systems[target]+" on Windows", "move what is in it to "+systems[target])
		default:
			o.system(folder, target)
		}
	}
	return o.out, o.problems, nil
}

// systemOf reads the folder of an operating system.
func systemOf(name string) (catalog.Target, bool) {
	target, err := catalog.ParseTarget(name, "")
	return target, err == nil && strings.EqualFold(target.Folder(), name)
}

type originals struct {
	t        tree.Tree
	out      []OriginalFolder
	problems []Problem
}

func (o *originals) problem(folder, text, advice string) {
	o.problems = append(o.problems, Problem{Path: folder, Text: text, Advice: advice})
}

// sort gives the folders among entries. If they are to be named for something, files beside them and their absence are told.
func (o *originals) sort(folder string, entries []fs.DirEntry, of string) (folders []string) {
	var files []string
	vendors := false
	for _, e := range entries {
		switch {
		case ours(e.Name()):
		case e.IsDir():
			folders = append(folders, e.Name())
		default:
			files = append(files, e.Name())
			vendors = vendors || !isShellFile(e.Name())
		}
	}
	if of == "" {
		return folders
	}
	if len(files) > 0 {
		text := files[0] + " lies here, in the folder of no " + of
		if len(files) > 1 {
			text = fmt.Sprintf("%s and %s lie here, in the folder of no %s", files[0], others(len(files)-1), of)
		}
		o.problems = append(o.problems, Problem{Path: folder, Text: text, Advice: "move what belongs to a model to its folder, <OS>/<Model>", Warning: !vendors})
	}
	if len(folders) == 0 {
		o.problems = append(o.problems, Problem{Path: folder, Text: "holds no folder of any " + of, Advice: "remove it, or put sources in <OS>/<Model>", Warning: true})
	}
	return folders
}

// isShellFile reports whether a file is what Explorer and Finder leave in the folders that they show.
func isShellFile(name string) bool {
	return slices.Contains([]string{"desktop.ini", "thumbs.db", ".ds_store"}, strings.ToLower(name))
}

// system lists the models of an operating system.
func (o *originals) system(folder string, target catalog.Target) {
	entries, err := o.t.ReadDir(folder)
	if err != nil {
		o.problem(folder, "cannot be listed: "+cause(err), "check the rights on it")
		return
	}
	names := o.sort(folder, entries, "model")
	by := map[string]string{} // by what Windows or CheckModel make of them
	key := func(name string) string { return strings.ToLower(layout.Normalise(name)) }
	for _, name := range names {
		if first, ok := by[key(name)]; !ok || name == layout.Normalise(name) && first != layout.Normalise(first) {
			by[key(name)] = name
		}
	}
	for _, name := range names {
		at := path.Join(folder, name)
		model, err := layout.CheckModel(name)
		switch twin := by[key(name)]; {
		case err != nil:
			o.problem(at, err.Error(), "rename the folder")
		case twin != name:
			o.problem(at, "is the same model as "+twin+" beside it", "move what is in it to "+twin)
		default:
			o.model(at, model, target)
		}
	}
}

// model lists the sources of a model.
func (o *originals) model(folder, model string, target catalog.Target) {
	entries, err := o.t.ReadDir(folder)
	if err != nil {
		o.problem(folder, "cannot be listed: "+cause(err), "check the rights on it")
		return
	}
	f := OriginalFolder{Folder: folder, Model: model, Target: target}
	for _, e := range entries {
		switch {
		case ours(e.Name()):
		case e.IsDir():
			f.Sources = append(f.Sources, e.Name())
		default:
			f.Loose++
		}
	}
	if len(f.Sources)+f.Loose == 0 {
		o.problems = append(o.problems, Problem{Path: folder, Text: "is empty", Advice: "put the model's sources in it, or remove it", Warning: true})
		return
	}
	o.out = append(o.out, f)
}

func knownFolders() string {
	var names []string
	for _, o := range catalog.OperatingSystems() {
		names = append(names, o.Folder)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
