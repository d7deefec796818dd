package nsis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// header is the decoded header of an installer: its tables, and the script that it would run.
type header struct {
	b         []byte
	layout    layout
	entries   []byte // the script
	strings   stringTable
	languages []uint16
	langTable []byte // of all languages
	langSize  uint32 // of one
	textLeft  int    // bytes that the strings of the script may still take
}

// block is one table of the header.
type block struct{ offset, count uint32 }

// The blocks of a header, by their places in it.
const (
	blockPages = iota
	blockSections
	blockEntries
	blockStrings
	blockLangTables
	blockCount = 8
)

// block returns one entry of the directory that the header starts with.
func (h *header) block(i int) block {
	if h.layout.wide {
		return block{u32(h.b[4+12*i:]), u32(h.b[4+12*i+8:])}
	}
	return block{u32(h.b[4+8*i:]), u32(h.b[4+8*i+4:])}
}

// parse reads the tables of a header.
func parse(b []byte, l archive.Limits) (*header, error) {
	h := &header{b: b, textLeft: int(l.Memory / 8)}
	if len(b) < 4+8*blockCount {
		return nil, corrupt("a header of %d bytes", len(b))
	}
	// In 64-bit builds offsets have eight bytes, of which the upper ones are zero.
	h.layout.wide = len(b) >= 4+12*blockCount
	for i := 0; i < blockCount && h.layout.wide; i++ {
		h.layout.wide = u32(b[4+12*i+4:]) == 0
	}
	size := uint32(len(b))
	entries, str, lang := h.block(blockEntries), h.block(blockStrings), h.block(blockLangTables)
	if str.offset > size || lang.offset > size || entries.offset > size || lang.offset < str.offset+2 || lang.offset < str.offset {
		return nil, corrupt("the tables of the installer's header lie outside it")
	}
	t := b[str.offset:lang.offset]
	if t[len(t)-1] != 0 {
		return nil, corrupt("the strings of the installer do not end")
	}
	h.strings = stringTable{b: t, n: uint32(len(t))}
	if u16(t) == 0 {
		if len(t)%2 != 0 || t[len(t)-2] != 0 {
			return nil, corrupt("the strings of the installer do not end")
		}
		h.strings.unicode, h.strings.n = true, uint32(len(t)/2)
		h.layout.unicode = true
	}
	if uint64(entries.count)*instructionSize > uint64(size-entries.offset) {
		return nil, corrupt("a script of %d instructions in a header of %d bytes", entries.count, size)
	}
	h.entries = b[entries.offset:][:entries.count*instructionSize]
	h.detect()
	h.readLanguages(lang)
	return h, nil
}

// parametersAt is where what follows the directory starts. Old builds have one block less.
func (h *header) parametersAt() int {
	switch {
	case h.layout.wide:
		return 4 + 12*blockCount
	case h.block(blockPages).offset == 276:
		return 4 + 8*(blockCount-1)
	}
	return 4 + 8*blockCount
}

// A language table starts with the language, its dialogue and the direction of its writing.
const langHead = 10

func (h *header) readLanguages(lang block) {
	at := h.parametersAt() + 32
	if lang.count == 0 || at+4 > len(h.b) {
		return
	}
	size := u32(h.b[at:])
	if size < langHead || uint64(lang.count)*uint64(size) > uint64(len(h.b))-uint64(lang.offset) {
		return
	}
	h.langSize, h.langTable = size, h.b[lang.offset:][:lang.count*size]
	for i := range min(lang.count, 1000) {
		h.languages = append(h.languages, u16(h.langTable[i*size:]))
	}
}

// langString finds the string for a number in English if there is any, otherwise in the first language that has it.
func (h *header) langString(id uint32) (pos uint32, ok bool) {
	if uint64(id) >= (uint64(h.langSize)-min(langHead, uint64(h.langSize)))/4 {
		return 0, false
	}
	for i, l := range h.languages {
		v := u32(h.langTable[uint32(i)*h.langSize+langHead+4*id:])
		if v != 0 && (!ok || l == 1033) {
			pos, ok = v, true
		}
		if l == 1033 {
			break
		}
	}
	return pos, ok
}

// item is one file that the script writes.
type item struct {
	name        string // raw
	prefix      int    // in header.items' list of folders, -1 for none
	folder      string // raw, "" without prefix
	pos         uint32
	patch       uint32 // size of an uninstaller's patch for the program in front, 0 if none is needed
	empty       bool   // made by FileOpen and FileClose
	uninstaller bool
	time        time.Time
}

// items walks the script and lists what it writes, as if each instruction were run once, in the order of the script.
func (h *header) items(l archive.Limits) ([]item, error) {
	w := walk{h: h, folders: []string{"$INSTDIR"}, outDir2: varOutDir2}
	if h.layout.before != 0 {
		w.outDir2 = varOutDir225
	}
	for i := range h.count() {
		if err := w.step(i); err != nil {
			return nil, err
		}
		if len(w.list) > l.Entries {
			return nil, fmt.Errorf("%w: the installer has more than %d files", archive.ErrLimit, l.Entries)
		}
	}
	for i := range w.list {
		if p := w.list[i].prefix; p >= 0 {
			w.list[i].folder = w.folders[p]
		}
	}
	return h.sort(w.list), nil
}

// walk is where items stands in a script.
type walk struct {
	h       *header
	list    []item
	folders []string // what SetOutPath set, the current one last
	outDir2 uint32   // number of the variable that SetOutPath's macros keep $OUTDIR in
	kept    string   // its value, if it is a folder
}

func (w *walk) current() string { return w.folders[len(w.folders)-1] }

func (w *walk) step(i int) error {
	h := w.h
	switch s := h.instruction(i); s.op {
	case opCreateDir:
		if s.p[1] != 0 {
			return w.setOutPath(s.p[0])
		}
	case opAssign:
		if s.p[0] == w.outDir2 {
			w.kept = ""
			if h.isVar(s.p[1], varOutDir) && s.p[2] == 0 && s.p[3] == 0 {
				w.kept = w.current()
			}
		}
	case opExtract:
		it := item{pos: s.p[2], time: fileTime(s.p[3], s.p[4])}
		if err := w.setName(&it, w.named(i, s.p[1])); err != nil {
			return err
		}
		w.list = append(w.list, it)
	case opFileOpen:
		const createAlways, write = 2, 1 << 30
		if s.p[1] != write || s.p[2] != createAlways || i+1 >= h.count() {
			return nil
		}
		if next := h.instruction(i + 1); next.op != opFileClose || next.p[0] != s.p[0] {
			return nil
		}
		it := item{empty: true}
		if err := w.setName(&it, s.p[3]); err != nil {
			return err
		}
		w.list = append(w.list, it)
	case opUninstaller:
		// An instruction that was taken for this one because its layout is not known would add a file that is not there.
		if s.p[0] == 0 || !h.goodString(s.p[0]) || h.layout.bad >= 0 && h.layout.bad <= int(opUninstaller) {
			return nil
		}
		it := item{pos: s.p[1], patch: s.p[2], uninstaller: true}
		name := s.p[0]
		if err := w.setName(&it, name); err != nil {
			return err
		}
		if s.p[3] != 0 && it.prefix >= 0 { // from 2.29 on: the name below $INSTDIR, for one that is not absolute
			if err := w.setName(&it, s.p[3]); err != nil {
				return err
			}
		}
		it.prefix = -1
		w.list = append(w.list, it)
	}
	return nil
}

func (w *walk) setOutPath(pos uint32) error {
	before := ""
	switch v, n := w.h.variable(pos); {
	case v >= 0 && uint32(v) == w.outDir2:
		before, pos = w.kept, pos+n
	case v == varOutDir:
		before, pos = w.current(), pos+n
	}
	s, err := w.h.raw(pos)
	if err != nil {
		return err
	}
	if len(before)+len(s) > maxText {
		return fmt.Errorf("%w: a folder's name of %d characters", archive.ErrLimit, len(before)+len(s))
	}
	w.folders = append(w.folders, before+s)
	return w.h.spend(len(before))
}

// named returns the name of a file that is extracted. InstallLib's macro extracts to $R0, and its real name was put into
// $R4 a fixed number of instructions before.
func (w *walk) named(i int, pos uint32) uint32 {
	if !w.h.isVar(pos, varR0) {
		return pos
	}
	back := 28
	if i > 1 && w.h.instruction(i-1).raw == opNop {
		back = 26
	}
	if i > back {
		if s := w.h.instruction(i - back); s.raw == opAssign && s.p[0] == varR4 && s.p[2] == 0 && s.p[3] == 0 {
			return s.p[1]
		}
	}
	return pos
}

// setName names a file, below the current folder unless its name is absolute.
func (w *walk) setName(it *item, pos uint32) (err error) {
	if it.name, err = w.h.raw(pos); err != nil {
		return err
	}
	it.prefix = len(w.folders) - 1
	switch v, _ := w.h.variable(pos); v {
	case varInstDir, varExeDir, varTemp, varPluginDir:
		it.prefix = -1
	}
	if n := it.name; strings.HasPrefix(n, `\\`) || len(n) >= 2 && n[1] == ':' && (n[0]|0x20) >= 'a' && (n[0]|0x20) <= 'z' {
		it.prefix = -1
	}
	return nil
}

// fileTime turns a FILETIME, 100 ns since 1601, into a time; those that 7-Zip takes for none are none.
func fileTime(low, high uint32) time.Time {
	if high <= 0x01000000 || high >= 0xFF000000 {
		return time.Time{}
	}
	const to1970 = 11644473600 // seconds
	n := int64(high)<<32 | int64(low)
	return time.Unix(n/1e7-to1970, n%1e7*100).UTC()
}

// sort puts files into the order in which they lie in the archive and drops those that are told twice.
func (h *header) sort(list []item) []item {
	order := strings.Compare
	if h.strings.unicode {
		order = compareUTF16
	}
	slices.SortStableFunc(list, func(a, b item) int {
		if c := cmp.Compare(a.pos, b.pos); c != 0 {
			return c
		}
		if a.empty != b.empty {
			if a.empty {
				return -1
			}
			return 1
		}
		if a.prefix != b.prefix {
			switch {
			case a.prefix < 0:
				return -1
			case b.prefix < 0:
				return 1
			}
			if c := order(a.folder, b.folder); c != 0 {
				return c
			}
		}
		return order(a.name, b.name)
	})
	return slices.CompactFunc(list, func(a, b item) bool {
		return !a.empty && a.pos == b.pos && a.name == b.name && (a.prefix < 0) == (b.prefix < 0) && a.folder == b.folder
	})
}

// path is the name of a file in the listing: below $INSTDIR without that, and with forward slashes.
func (h *header) path(it *item, stub bool) string {
	name := it.name
	if name == "" {
		name = "file"
	}
	if it.prefix >= 0 && it.folder != "" {
		if strings.HasSuffix(it.folder, `\`) {
			name = it.folder + name
		} else {
			name = it.folder + `\` + name
		}
	}
	const root = `$INSTDIR\`
	if len(name) >= len(root) && strings.EqualFold(name[:len(root)], root) {
		name = strings.TrimPrefix(name[len(root):], `\`)
	}
	if it.patch != 0 && !stub {
		name += ".nsis"
	}
	return strings.ReplaceAll(h.text(name), `\`, "/")
}
