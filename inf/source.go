package inf

import (
	"iter"
	"strings"
)

// sourceDisks indexes [SourceDisksFiles] and [SourceDisksNames], with and without architecture.
type sourceDisks struct {
	files map[Arch]*foldMap[*Line]  // "" is the undecorated section; keys are file names
	names map[Arch]map[string]*Line // keys are disk numbers without leading zeros
}

func (s *sourceDisks) read(d *Driver) {
	s.files, s.names = map[Arch]*foldMap[*Line]{}, map[Arch]map[string]*Line{}
	for _, a := range append([]Arch{""}, arches[:]...) {
		suffix := ""
		if a != "" {
			suffix = "." + string(a)
		}
		if sec := d.File.Section("SourceDisksFiles" + suffix); sec != nil {
			s.files[a] = d.index(sec)
		}
		if sec := d.File.Section("SourceDisksNames" + suffix); sec != nil {
			s.names[a] = make(map[string]*Line, len(sec.Lines))
			for i := range sec.Lines {
				number := diskNumber(d.indexKey(&sec.Lines[i]))
				if s.names[a][number] == nil {
					s.names[a][number] = &sec.Lines[i]
				}
			}
		}
	}
}

// index maps a section's expanded keys to their first lines.
func (d *Driver) index(sec *Section) *foldMap[*Line] {
	m := newFoldMap[*Line](len(sec.Lines))
	for i := range sec.Lines {
		m.add(d.indexKey(&sec.Lines[i]), &sec.Lines[i])
	}
	return m
}

// indexKey is the expanded key that an entry is found by. An entry without "=" has its first field as key, as
// SetupFindFirstLine takes it.
func (d *Driver) indexKey(l *Line) string {
	key := l.Fields[0].Text
	if l.HasKey {
		key = l.Key.Text
	}
	return d.exp.expand(key, nil)
}

// diskNumber normalises a disk number: decimal, leading zeros dropped; hexadecimal as written.
func diskNumber(s string) string {
	s = strings.TrimSpace(s)
	if t := strings.TrimLeft(s, "0"); t != "" && t[0] >= '0' && t[0] <= '9' {
		return t
	}
	if strings.Trim(s, "0") == "" && s != "" {
		return "0"
	}
	return strings.ToLower(s)
}

// SourceFile is a file that a driver package needs, at the place where its INF says it lies.
type SourceFile struct {
	Name    string   // source file name, strings substituted
	Targets []string // other names that the file gets where it is copied to; usually none
	// Path is relative to the INF's folder, with forward slashes and the INF's letter case. If the path leads out of that
	// folder it is "" and Escapes is set.
	Path    string
	Cabinet string // path of a cabinet that holds the file if it does not lie loose; "" if none is named
	Listed  bool   // [SourceDisksFiles] lists it; only listed files belong to the signed package
	Escapes bool
	Field   Field // the reference that needs the file
	Line    *Line // the entry it stands in
}

// source says where a source file lies for an architecture.
func (d *Driver) source(ref copyRef, arch Arch) SourceFile {
	sf := SourceFile{Name: ref.name, Field: ref.field, Line: ref.line}
	entry, ok := d.disks.files[arch].get(ref.name)
	if !ok {
		entry, ok = d.disks.files[""].get(ref.name)
	}
	sf.Listed = ok
	var dir, subdir string
	if ok {
		subdir = d.field(entry, 1)
		disk := diskNumber(d.field(entry, 0))
		name, ok := d.disks.names[arch][disk]
		if !ok {
			name, ok = d.disks.names[""][disk]
		}
		if ok {
			dir = d.field(name, 3)
			if tag := d.field(name, 1); strings.HasSuffix(strings.ToLower(tag), ".cab") {
				sf.Cabinet, _ = joinSource(dir, tag)
			}
		}
	}
	path, inside := joinSource(dir, subdir, ref.name)
	if !inside {
		sf.Escapes = true
		return sf
	}
	sf.Path = path
	return sf
}

// field is an entry's field with strings substituted, "" if the entry is shorter.
func (d *Driver) field(l *Line, i int) string {
	if i >= len(l.Fields) {
		return ""
	}
	return d.exp.expand(l.Fields[i].Text, nil)
}

// joinSource joins parts of a source path: backslashes and slashes separate, empty parts and "." vanish. ok is false if
// the path leaves its start or names a drive.
func joinSource(parts ...string) (path string, ok bool) {
	if name, ok := onlyName(parts); ok {
		return name, true
	}
	var elems []string
	for _, p := range parts {
		for _, e := range strings.FieldsFunc(p, func(r rune) bool { return r == '\\' || r == '/' }) {
			switch e = strings.TrimSpace(e); {
			case e == "" || e == ".":
			case e == "..":
				if len(elems) == 0 {
					return "", false
				}
				elems = elems[:len(elems)-1]
			case strings.ContainsRune(e, ':'):
				return "", false
			default:
				elems = append(elems, e)
			}
		}
	}
	return strings.Join(elems, "/"), true
}

// onlyName returns the last part if it is a plain name and no folder stands before it, as for most files.
func onlyName(parts []string) (string, bool) {
	last := len(parts) - 1
	for _, p := range parts[:last] {
		if p != "" && p != "." {
			return "", false
		}
	}
	name := parts[last]
	if strings.ContainsAny(name, `\/:`) || strings.TrimSpace(name) != name || name == "" || name == "." || name == ".." {
		return "", false
	}
	return name, true
}

// copyRef is one reference of a CopyFiles directive: a file, or a file list section that is read when the files are
// wanted. Install sections share lists, so a list is read once for all of them.
type copyRef struct {
	name   string
	target string   // the name at the destination if it is another one
	list   *Section // not nil for a file list section; name is empty then
	field  Field
	line   *Line
}

// copyFiles adds what the CopyFiles directives of a section name.
func (d *Driver) copyFiles(sec *Section, refs []copyRef) []copyRef {
	for i := range sec.Lines {
		if l := &sec.Lines[i]; d.isDirective(l, "CopyFiles") {
			for _, fd := range l.Fields {
				refs = d.copyField(l, fd, refs)
			}
		}
	}
	return refs
}

// copyField adds what one field of a CopyFiles directive names: a file ("@file") or a file list section. Names of sections
// that do not exist copy nothing.
func (d *Driver) copyField(l *Line, fd Field, refs []copyRef) []copyRef {
	value := d.exp.expand(fd.Text, nil)
	if name, ok := strings.CutPrefix(value, "@"); ok {
		if name = strings.TrimSpace(name); name != "" {
			refs = append(refs, copyRef{name: name, field: fd, line: l})
		}
		return refs
	}
	if list := d.File.Section(value); list != nil {
		refs = append(refs, copyRef{list: list})
	}
	return refs
}

// files yields the file references behind references, each list once. lists remembers the lists that were read.
func (d *Driver) files(refs []copyRef, lists map[*Section]bool) iter.Seq[copyRef] {
	return func(yield func(copyRef) bool) {
		for _, r := range refs {
			if r.list == nil {
				if !yield(r) {
					return
				}
				continue
			}
			if lists[r.list] {
				continue
			}
			lists[r.list] = true
			for i := range r.list.Lines {
				l := &r.list.Lines[i]
				src := l.Fields[0]
				name, target := d.exp.expand(src.Text, nil), ""
				if s := d.field(l, 1); s != "" {
					src, name, target = l.Fields[1], s, name
				}
				if name != "" && !yield(copyRef{name: name, target: target, field: src, line: l}) {
					return
				}
			}
		}
	}
}

// isDirective reports whether an entry is a directive of that name.
func (d *Driver) isDirective(l *Line, name string) bool {
	if !l.HasKey {
		return false
	}
	if len(l.Key.Text) == len(name) && strings.EqualFold(l.Key.Text, name) {
		return true
	}
	return strings.IndexByte(l.Key.Text, '%') >= 0 && strings.EqualFold(d.exp.expand(l.Key.Text, nil), name)
}

// resolve says where the files behind references lie, each once: one name has one place for an architecture.
func (d *Driver) resolve(refs []copyRef, arch Arch) []SourceFile {
	var out []SourceFile
	var seen foldMap[int] // index into out
	for r := range d.files(refs, map[*Section]bool{}) {
		if seen.add(r.name, len(out)) {
			out = append(out, d.source(r, arch))
		}
		if r.target != "" {
			i, _ := seen.get(r.name)
			out[i].addTarget(r.target)
		}
	}
	return out
}

// maxTargets bounds the names that one file may get: real ones get two or three.
const maxTargets = 100

// addTarget adds a name that the file gets where it is copied to.
func (sf *SourceFile) addTarget(name string) {
	if len(sf.Targets) < maxTargets && !sf.CalledBy(name) {
		sf.Targets = append(sf.Targets, name)
	}
}

// CalledBy reports whether a name is the file's, at its source or where it is copied to. Catalogs made by Inf2Cat list a
// renamed file under the name that it gets, older ones under its own.
func (sf *SourceFile) CalledBy(name string) bool {
	if equalFold(sf.Name, name) {
		return true
	}
	for _, t := range sf.Targets {
		if equalFold(t, name) {
			return true
		}
	}
	return false
}

// SourceArches returns the architectures that the INF knows: those of its models, of decorated DefaultInstall sections,
// and of its source sections.
func (d *Driver) SourceArches() []Arch {
	var out []Arch
	models := map[Arch]bool{}
	for _, ms := range d.ModelsSections() {
		models[ms.Arch()] = true
	}
	for _, a := range arches {
		switch {
		case models[a], d.disks.files[a] != nil, d.disks.names[a] != nil, d.File.Section("DefaultInstall.NT"+string(a)) != nil:
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		out = append(out, X86)
	}
	return out
}

// Arch is the architecture that a models section serves: the decoration's, x86 if it names none, "" if the decoration
// cannot be read.
func (ms ModelsSection) Arch() Arch {
	if ms.Decoration == "" {
		return X86
	}
	dec, ok := ParseDecoration(ms.Decoration)
	if !ok {
		return ""
	}
	if dec.Arch == "" {
		return X86
	}
	return dec.Arch
}

// CompressedNames returns the names under which a file may lie compressed beside an INF, as setup's copy queue looks for
// it: the last letter of a three-letter extension becomes "_", a shorter extension gets one.
func CompressedNames(name string) []string {
	dot := strings.LastIndexByte(name, '.')
	switch ext := len(name) - dot - 1; {
	case dot < 0:
		return []string{name + "._"}
	case ext < 3:
		return []string{name + "_"}
	default:
		return []string{name[:len(name)-1] + "_"}
	}
}
