package source

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source/archive"
)

// The codes of problems in archives.
const (
	ProblemArchiveName   = "archive-name"      // an entry whose name leads out of the archive or cannot be a path; not in the listing
	ProblemArchiveLink   = "archive-link"      // an entry that is a link or a device; not in the listing
	ProblemArchiveTwice  = "archive-twice"     // more entries of one name than anybody means; the first ones are in the listing
	ProblemArchiveLocked = "archive-encrypted" // a file that needs a password
	ProblemArchiveClosed = "archive-closed"    // an archive that cannot be opened; the file itself is in the listing
	ProblemArchiveDefect = "archive-defect"    // the same, or a file in one, by a fault of drivercat
)

// maxArchiveProblems bounds how many entries of one archive are told one by one.
const maxArchiveProblems = 20

// list takes what is safe of an archive's entries and tells of the rest.
func (a *Archive) list() error {
	entries := a.reader.Entries()
	outside, _ := a.reader.(archive.Outside)
	a.names = make(map[string]int, len(entries))
	folders := map[string]string{} // folded path -> path
	var bytes int64
	for i := range entries {
		e := &entries[i]
		if e.Mode&fs.ModeDir != 0 {
			continue
		}
		if outside != nil {
			if _, ok := outside.Outside(i); ok {
				continue // the listing of its folder has it
			}
		}
		name, err := archive.Clean(e.Name)
		switch {
		case err != nil:
			a.problem(ProblemArchiveName, "", err.Error(), "the entry was left out: get the archive again from the vendor, and be careful with this one")
			continue
		case e.Mode != 0:
			a.problem(ProblemArchiveLink, name, "a link or a device, no file", "the entry was left out; no driver needs one")
			continue
		}
		if name = a.vacant(folders, name); name == "" {
			a.problem(ProblemArchiveTwice, e.Name, fmt.Sprintf("more than %d entries have its name", maxTwins), "the others were left out; tell the vendor")
			continue
		}
		if e.Encrypted {
			a.problem(ProblemArchiveLocked, name, "it needs a password", "unpack the archive with the vendor's password, then import the folder")
		}
		if e.Size > 0 {
			if bytes += e.Size; bytes < 0 {
				bytes = 1<<63 - 1
				break
			}
		}
		a.names[foldName(name)] = len(a.files)
		a.files = append(a.files, archived{name, i})
	}
	if err := a.budget.take(len(a.files), bytes); err != nil {
		return err
	}
	a.fold()
	return nil
}

// maxTwins bounds how many entries may have one name.
const maxTwins = 16

// vacant gives a name's place in the archive: its own or, if another entry has that (setup programs bring one file for each
// system), the same in a folder @2 for the second, @3 for the third, so that what belongs together stays together. "" if
// there are too many.
func (a *Archive) vacant(folders map[string]string, name string) string {
	at := name
	for n := 2; n <= maxTwins+1; n++ {
		key := foldName(at)
		if _, taken := a.names[key]; !taken && folders[key] == "" && a.openFolders(folders, at) {
			return at
		}
		at = fmt.Sprintf("@%d/%s", n, name)
	}
	return ""
}

// openFolders books the folders that a file lies in, in the spelling of the first file in them. It reports whether none
// of them is a file.
func (a *Archive) openFolders(folders map[string]string, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		key := foldName(dir)
		if _, file := a.names[key]; file {
			return false
		}
		if folders[key] != "" {
			return true
		}
		folders[key] = dir
	}
	return true
}

func (a *Archive) problem(code, name, text, advice string) {
	p := Problem{Code: code, Path: a.Path, Text: text, Advice: advice}
	if name != "" {
		p.Path += "/" + name
	}
	switch n := len(a.Problems); {
	case n < maxArchiveProblems:
		a.Problems = append(a.Problems, p)
	case n == maxArchiveProblems:
		a.Problems = append(a.Problems, Problem{Code: code, Path: a.Path, Text: "more of its entries are like this", Advice: advice})
	}
}

// fold makes folders of the files. Spellings of one folder that differ in case become one, as on Windows.
func (a *Archive) fold() {
	spelled := map[string]string{} // folded -> as first spelled
	for i := range a.files {
		dir, base := path.Split(a.files[i].path)
		dir = strings.TrimSuffix(dir, "/")
		key := foldName(dir)
		if _, ok := spelled[key]; !ok {
			spelled[key] = dir
		}
		a.files[i].path = path.Join(spelled[key], base)
	}
	entries := a.reader.Entries()
	slices.SortStableFunc(a.files, func(x, y archived) int {
		return cmp.Or(strings.Compare(path.Dir(x.path), path.Dir(y.path)), strings.Compare(x.path, y.path))
	})
	by := map[string]*Folder{}
	for i, f := range a.files {
		a.names[foldName(f.path)] = i
		dir := path.Dir(f.path)
		if by[dir] == nil {
			by[dir] = &Folder{Path: path.Join(a.Path, dir)}
		}
		e := &entries[f.entry]
		by[dir].Entries = append(by[dir].Entries, Entry{Name: path.Base(f.path), Size: e.Size, MTime: nanoseconds(e.ModTime)})
	}
	var print []byte
	for _, f := range by {
		raw := make([]rawEntry, len(f.Entries))
		for i, e := range f.Entries {
			raw[i] = rawEntry{name: e.Name, size: e.Size, mtime: e.MTime, kind: kindFile}
		}
		f.Fingerprint, print = fingerprint(raw, print)
		a.Folders = append(a.Folders, *f)
	}
	slices.SortFunc(a.Folders, func(x, y Folder) int { return strings.Compare(x.Path, y.Path) })
}

// nanoseconds is a time as listings have it; 0 if there is none, or none that they can hold.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() || t.Year() < 1970 || t.Year() > 2261 {
		return 0
	}
	return t.UnixNano()
}

// foldName makes names comparable that Windows takes for the same.
func foldName(name string) string { return strings.ToLower(name) }

// Size is what the archive unpacks to in bytes, without archives in it, and how many files it holds; known sizes only.
func (a *Archive) Size() (files int, bytes int64) {
	for _, f := range a.Folders {
		for _, e := range f.Entries {
			files++
			bytes += max(0, e.Size)
		}
	}
	return files, bytes
}

// Top is the file of the source that the archive lies in, through all archives around it.
func (a *Archive) Top() *Archive {
	for a.Outer != nil {
		a = a.Outer
	}
	return a
}

// closedProblem tells of an archive that cannot be opened.
func closedProblem(name string, err error) Problem {
	p := Problem{
		Code: ProblemArchiveClosed, Path: name, Text: fmt.Sprintf("the archive cannot be opened: %v", err),
		Advice: "get it again from the vendor, or unpack it with another program and import the folder",
	}
	if errors.Is(err, ErrDefect) {
		p.Code, p.Advice = ProblemArchiveDefect, AdviceDefect
	}
	return p
}

// mergeFolders puts the folders of archives among those of a listing.
func mergeFolders(l *Listing, as []*Archive, meter *catalog.Meter) {
	for _, a := range as {
		files, bytes := a.Size()
		meter.FilesTotal.Add(int64(files))
		meter.BytesTotal.Add(bytes)
		l.Folders = append(l.Folders, a.Folders...)
		l.Problems = append(l.Problems, a.Problems...)
	}
	slices.SortFunc(l.Folders, func(x, y Folder) int { return strings.Compare(x.Path, y.Path) })
}
