package inf

import (
	"fmt"
	"strconv"
	"strings"
)

// destinations checks [DestinationDirs], and that every list has a place to go to.
func (c *checker) destinations() {
	g := c.d.graph()
	if sec := c.f.Section("DestinationDirs"); sec != nil {
		for i := range sec.Lines {
			c.destination(&sec.Lines[i])
		}
	}
	told := map[string]bool{}
	for i := range g.refs {
		r := &g.refs[i]
		if u := r.spec.use; r.To == nil || u != useCopy && u != useDelete && u != useRename || told[r.Name] || !g.live(r.From) || len(r.To.Lines) == 0 {
			continue
		}
		told[r.Name] = true
		dest, ok := c.d.Destination(r.Name)
		if !ok {
			c.field(codeNoDestination, "["+r.To.Name+"]", r.Field)
			continue
		}
		if r.spec.use == useCopy && dest.Valid && dest.DirID == DirDriverStore {
			c.stays(r.To, dest)
		}
	}
	c.direct(g)
	c.conflicts(g)
}

// direct checks the destination of files that CopyFiles names itself (@file).
func (c *checker) direct(g *graph) {
	_, ok := c.d.Destination("")
	if ok {
		return
	}
	for _, sec := range g.order {
		if !g.live(sec) {
			continue
		}
		for i := range sec.Lines {
			l := &sec.Lines[i]
			if s := c.d.spec(l); s == nil || s.use != useCopy {
				continue
			}
			for j, fd := range l.Fields {
				if name := c.d.field(l, j); strings.HasPrefix(name, "@") {
					c.field(codeNoDestination, name[1:], fd)
				}
			}
		}
	}
}

// destination checks one entry of [DestinationDirs].
func (c *checker) destination(l *Line) {
	text := c.d.field(l, 0)
	id, ok := parseDirID(text)
	fd := l.Fields[0]
	switch {
	case !l.HasKey:
		return
	case !ok:
		d := c.field(codeDirID, text, fd)
		if raw, ok := strings.CutPrefix(fd.Text, "%"); ok {
			if number, rest, ok := strings.Cut(raw, "%"); ok && rest == "" && !fd.Quoted() {
				if id, ok := parseDirID(number); ok && id.Known() {
					d.Fix = &Fix{Text: "write the number alone", Edits: []Edit{c.f.replaceField(fd, number)}}
				}
			}
		}
	case !id.Known() && !c.customDirID(id):
		c.field(codeDirID, text, fd)
	case id.Absolute():
		c.field(codeNotIsolated, "files go to an absolute path", fd)
	case !submittable(id):
		c.field(codeDirIDOld, text+" ("+dirName(id)+")", fd)
	}
	last := len(l.Fields) - 1
	for last >= 0 && l.Fields[last].Text == "" {
		last--
	}
	if last >= 2 {
		c.add(codeExtraValue, "[DestinationDirs] takes 2", func() Range {
			return Range{Start: c.f.FieldRange(l.Fields[2]).Start, End: c.f.FieldRange(l.Fields[last]).End}
		})
	}
}

func dirName(id DirID) string {
	if name := id.Name(); name != "" {
		return name
	}
	return "shell folder " + strconv.Itoa(int(id)-16384)
}

// customDirID reports whether an identifier, which Windows does not document, may still stand for a folder: those of
// shell folders, and those that an installer defines itself.
func (c *checker) customDirID(id DirID) bool {
	return id >= 16384 && id < 16384+64 || id >= 32768 && id != 65535 && id < 66000
}

// submittable reports whether drivers that are submitted for Windows 11 24H2 and later may copy to an identifier.
// learn.microsoft.com/windows-hardware/drivers/devtest/inf-validation-errors-and-warnings
func submittable(id DirID) bool {
	switch id {
	case 10, 11, 12, 13, 23, 51, 52, 55, 16422, 16425, 16426, 16427, 16428, 66000, 66001, 66002, 66003, 66004:
		return true
	}
	return false
}

// stays checks a list of files that are used where the driver package lies: they can neither be renamed nor moved.
func (c *checker) stays(list *Section, dest Destination) {
	want := strings.ToLower(strings.Trim(strings.ReplaceAll(dest.Subdir, "/", `\`), `\`))
	for i := range list.Lines {
		l := &list.Lines[i]
		name := c.d.field(l, 0)
		src := c.d.field(l, 1)
		if src != "" && name != "" && !equalFold(src, name) {
			c.field(codeStoreMoved, fmt.Sprintf("%s is renamed from %s", name, src), l.Fields[0])
			continue
		}
		if src == "" {
			src = name
		}
		ok, lies := true, ""
		for _, files := range c.d.disks.files {
			if entry, _ := files.get(src); entry != nil {
				sub := strings.ToLower(strings.Trim(strings.ReplaceAll(c.d.field(entry, 1), "/", `\`), `\`))
				if sub == "." {
					sub = ""
				}
				if sub == want {
					ok = true
					break
				}
				ok, lies = false, c.d.field(entry, 1)
			}
		}
		if !ok {
			c.field(codeStoreMoved, fmt.Sprintf(`%s lies in "%s" and is to go to "%s"`, name, lies, dest.Subdir), l.Fields[0])
		}
	}
}

// conflicts finds destination files that one install section gets from two sources. Only a file that is renamed somewhere
// can be one, so most files end here.
func (c *checker) conflicts(g *graph) {
	sources := map[string]string{} // by folded destination name
	suspects := map[string]bool{}
	for _, sec := range c.f.Sections {
		if n := g.nodes[sec]; !g.usedFor(n, useCopy) || n.arches == 0 {
			continue
		}
		for i := range sec.Lines {
			name, src := c.copyNames(&sec.Lines[i])
			if first, ok := sources[name]; ok && first != src {
				suspects[name] = true
			}
			sources[name] = src
		}
	}
	if len(suspects) == 0 {
		return
	}
	work, told := 0, map[*Line]bool{}
	for _, sec := range g.order {
		if n := g.nodes[sec]; n.arches == 0 || n.class != useInstall {
			continue
		}
		for _, a := range arches {
			if bit := archBit(a); g.nodes[sec].arches&bit != 0 {
				work += c.conflict(g, sec, bit, suspects, told)
			}
		}
		if work > maxWork/4 {
			return
		}
	}
}

func (g *graph) usedFor(n *node, u use) bool {
	for _, i := range n.uses {
		if g.refs[i].spec.use == u {
			return true
		}
	}
	return false
}

// copyNames gives the folded destination and source names of an entry of a file list.
func (c *checker) copyNames(l *Line) (name, src string) {
	name = fold(c.d.field(l, 0))
	if src = fold(c.d.field(l, 1)); src == "" {
		src = name
	}
	return name, src
}

// conflict looks at the lists of one install section on one architecture. It returns how much it looked at.
func (c *checker) conflict(g *graph, install *Section, bit archSet, suspects map[string]bool, told map[*Line]bool) int {
	type copied struct {
		src  string
		line *Line
	}
	work := 0
	seen := map[string]copied{}
	visited := map[*Section]bool{install: true}
	queue := []*Section{install}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, i := range g.nodes[queue[0]].out {
			r := &g.refs[i]
			work++
			if r.To == nil || visited[r.To] || r.mask&bit == 0 {
				continue
			}
			visited[r.To] = true
			if r.spec.use != useCopy {
				if r.spec == specSubsection || r.Directive == "Needs" {
					queue = append(queue, r.To)
				}
				continue
			}
			dest, ok := c.d.Destination(r.Name)
			if !ok {
				continue
			}
			folder := fold(dest.Path)
			work += len(r.To.Lines)
			for k := range r.To.Lines {
				l := &r.To.Lines[k]
				name, src := c.copyNames(l)
				if !suspects[name] {
					continue
				}
				path := folder + "\x00" + name
				first, ok := seen[path]
				if !ok {
					seen[path] = copied{src, l}
					continue
				}
				if first.src != src && !told[l] {
					told[l] = true
					d := c.field(codeCopyConflict, c.d.field(l, 0), l.Fields[0])
					d.Related = []Related{{Text: "first here", File: c.f.Name, Range: c.f.FieldRange(first.line.Fields[0])}}
				}
			}
		}
	}
	return work
}
