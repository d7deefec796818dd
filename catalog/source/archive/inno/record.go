package inno

import (
	"fmt"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// tables is what is kept of an installer's tables. Strings are as stored.
type tables struct {
	ver       version
	header    *header
	languages []language
	dirs      [][]byte
	files     []file
	options   fileOptions // where options are in a file's set
	locations []location
	runs      []run
	whole     bool // also what follows the files has the shape that is known, up to the end
}

type language struct {
	name     []byte
	codePage int // of a version that is not Unicode
}

// file is an entry of [Files].
type file struct {
	condition
	dest     []byte
	location int // -1: not in the installer
	options  flags
}

// condition is what decides whether an entry is installed.
type condition struct {
	components, tasks, languages, check []byte
}

// run is an entry of [Run].
type run struct {
	condition
	name, parameters, dir, verb, description []byte
	options                                  flags
}

// readTables reads the first block. It is wrong about the version if errShape comes back.
func readTables(b []byte, ver version, most int) (*tables, error) {
	c := &cursor{b: b, unicode: ver.unicode}
	t := &tables{ver: ver, header: readHeader(c, ver), options: fileOptionsOf(ver)}
	h := t.header
	if !c.failed && (h.files > most || h.dirs > most || h.locations > most) {
		return nil, fmt.Errorf("%w: the installer claims %d files and %d folders, %d are allowed", archive.ErrLimit, max(h.files, h.locations), h.dirs, most)
	}
	for range h.languages {
		if c.failed {
			break
		}
		t.languages = append(t.languages, readLanguage(c, ver))
	}
	if ver.before(v(4, 0, 0)) {
		t.skipImages(c)
	}
	each(c, h.messages, func() { c.strs(2); c.skip(4) })
	each(c, h.permissions, func() { c.ansi() })
	each(c, h.types, func() { skipType(c, ver) })
	each(c, h.components, func() { skipComponent(c, ver) })
	each(c, h.tasks, func() { skipTask(c, ver) })
	each(c, h.dirs, func() { t.dirs = append(t.dirs, readDir(c, ver)) })
	each(c, h.keys, func() { c.strs(3) })
	each(c, h.files, func() { t.files = append(t.files, readFile(c, ver, t.options.n)) })
	if c.failed {
		return nil, errShape
	}
	// What follows is not needed to unpack files. A variant by others that has other registry entries is read all the same.
	each(c, h.icons, func() { skipIcon(c, ver) })
	each(c, h.inis, func() { c.strs(4); readCondition(c, ver); c.skip(windowsVersions + 1) })
	each(c, h.registry, func() { skipRegistry(c, ver) })
	for range 2 {
		n := h.installDeletes
		h.installDeletes = h.uninstallDeletes
		each(c, n, func() { c.str(); readCondition(c, ver); c.skip(windowsVersions); c.oneOf(3) })
	}
	each(c, h.runs, func() { t.runs = append(t.runs, readRun(c, ver)) })
	each(c, h.uninstallRuns, func() { readRun(c, ver) })
	if c.failed {
		t.runs = nil
	}
	t.whole = t.ends(c)
	return t, nil
}

// each calls read n times, unless the cursor failed.
func each(c *cursor, n int, read func()) {
	for range n {
		if c.failed {
			return
		}
		read()
	}
}

// ends reports whether the table ends where it should: behind the wizard's images and the libraries.
func (t *tables) ends(c *cursor) bool {
	h, ver := t.header, t.ver
	if ver.atLeast(v(6, 5, 0)) { // there is more behind it
		return !c.failed
	}
	if ver.atLeast(v(4, 0, 0)) {
		for range 2 {
			n := 1
			if ver.atLeast(v(5, 6, 0)) {
				n = c.count(4)
			}
			each(c, n, func() { c.ansi() })
		}
		if h.compression == bzipped || h.compression == zipped && ver.atLeast(v(4, 2, 6)) || h.compression == lzma1Method && ver.n == v(4, 1, 5) {
			c.ansi()
		}
		if h.encrypted && ver.before(v(6, 4, 0)) {
			c.ansi()
		}
	}
	return !c.failed && len(c.b) == 0
}

// used reports whether the files lie where there is something, and nothing is left over.
func (t *tables) used() bool {
	seen := make([]bool, len(t.locations))
	left := len(seen)
	for _, f := range t.files {
		switch {
		case f.location == -1:
		case f.location < 0 || f.location >= len(seen):
			return false
		case !seen[f.location]:
			seen[f.location] = true
			left--
		}
	}
	return left == 0
}

// skipImages skips what lies between the languages and the rest before 4.0: the wizard's images, and a library.
func (t *tables) skipImages(c *cursor) {
	c.strs(2)
	if t.header.compression == bzipped {
		c.str()
	}
}

func readLanguage(c *cursor, ver version) language {
	var l language
	if ver.atLeast(v(4, 0, 0)) {
		l.name = c.str()
	}
	variant := ver.n == v4(5, 5, 7, 1) // by others
	c.ansi()                           // its name for people: UTF-16 also where nothing else is
	if variant {
		c.str()
	}
	fonts := 4
	if ver.atLeast(v(6, 6, 0)) {
		fonts = 2
	}
	c.strs(fonts)
	if ver.atLeast(v(4, 0, 0)) {
		c.ansi() // messages
	}
	if ver.atLeast(v(4, 0, 1)) {
		c.ansi() // license, what is shown before and after
		c.ansi()
		c.ansi()
	}
	var id uint32
	if ver.atLeast(v(6, 6, 0)) {
		id = uint32(c.u16())
	} else {
		id = c.u32()
	}
	switch {
	case ver.before(v(4, 2, 2)):
		l.codePage = languageCodePage(id)
	case !ver.unicode:
		l.codePage = int(c.u32())
	case ver.before(v(5, 3, 0)):
		c.skip(4)
	}
	c.skip(4 * 4) // sizes of fonts
	if ver.before(v(4, 1, 0)) || variant {
		c.skip(4)
	}
	if ver.atLeast(v(5, 2, 3)) {
		c.oneOf(2) // right to left
	}
	return l
}

func readCondition(c *cursor, ver version) condition {
	d := condition{components: c.str(), tasks: c.str()}
	if ver.atLeast(v(4, 0, 1)) {
		d.languages = c.str()
	}
	if hasCheck(ver) {
		d.check = c.str()
	}
	if ver.atLeast(v(4, 1, 0)) {
		c.strs(2) // what of the script runs after and before
	}
	return d
}

func hasCheck(ver version) bool { return ver.atLeast(v(4, 0, 0)) || ver.isx }

// skipLanguageAndCheck skips what conditions of types, components and tasks have.
func skipLanguageAndCheck(c *cursor, ver version) {
	if ver.atLeast(v(4, 0, 1)) {
		c.str()
	}
	if hasCheck(ver) {
		c.str()
	}
}

func skipType(c *cursor, ver version) {
	c.strs(2)
	skipLanguageAndCheck(c, ver)
	c.skip(windowsVersions)
	c.skip(1)
	if ver.atLeast(v(4, 0, 3)) {
		c.oneOf(4)
	}
	c.wide(ver.atLeast(v(4, 0, 0)))
}

func skipComponent(c *cursor, ver version) {
	c.strs(3)
	skipLanguageAndCheck(c, ver)
	c.wide(ver.atLeast(v(4, 0, 0)))
	skipLevel(c, ver)
	c.skip(windowsVersions + 1)
	c.wide(ver.atLeast(v(4, 0, 0)))
}

func skipTask(c *cursor, ver version) {
	c.strs(4)
	skipLanguageAndCheck(c, ver)
	skipLevel(c, ver)
	c.skip(windowsVersions + 1)
}

// skipLevel skips how deep a component or task lies in the tree, and whether it is used.
func skipLevel(c *cursor, ver version) {
	switch {
	case ver.atLeast(v(6, 7, 0)):
		c.skip(1)
		c.oneOf(2)
	case ver.atLeast(v(4, 0, 0)), ver.isx && ver.atLeast(v(3, 0, 4)):
		c.skip(4)
		c.oneOf(2)
	case ver.isx && ver.atLeast(v(3, 0, 3)):
		c.skip(4)
	}
}

func readDir(c *cursor, ver version) []byte {
	name := c.str()
	readCondition(c, ver)
	if ver.atLeast(v(4, 0, 11)) && ver.before(v(4, 1, 0)) {
		c.str() // permissions
	}
	if ver.atLeast(v(2, 0, 11)) {
		c.skip(4) // attributes
	}
	c.skip(windowsVersions)
	if ver.atLeast(v(4, 1, 0)) {
		c.skip(2) // permissions
	}
	c.skip(1)
	return name
}

// fileOptions tells where in a file's set of options those are that matter here, and how many there are.
type fileOptions struct {
	temporary, newerTime, sameVersion, ignoreVersion, promptOlder, sameContents, bits32, bits64, n int
}

func fileOptionsOf(ver version) fileOptions {
	o := fileOptions{ignoreVersion: -1, promptOlder: -1, sameContents: -1, bits32: -1, bits64: -1}
	for _, f := range []struct {
		at *int
		n  int // how many
		span
	}{
		{nil, 3, span{}}, // confirm, never uninstall, replace at restart
		{&o.temporary, 1, span{}},
		{nil, 3, span{}}, // register server and type library, shared
		{&o.newerTime, 1, span{}},
		{nil, 3, span{}}, // font, missing source, read-only
		{&o.sameVersion, 1, span{}},
		{nil, 2, span{}}, // name given, only if there is one
		{nil, 1, span{v(2, 0, 5), 0}},
		{nil, 1, span{v(3, 0, 1), 0}},
		{nil, 1, span{v(3, 0, 5), 0}}, // only if there is none
		{&o.ignoreVersion, 1, span{v(3, 0, 5), 0}},
		{&o.promptOlder, 1, span{v(3, 0, 5), 0}},
		{nil, 1, span{v(4, 0, 0), 0}}, // not copied; also in the last My Inno Setup Extensions
		{nil, 1, span{v(4, 0, 5), 0}},
		{nil, 1, span{v(4, 1, 8), 0}},
		{&o.sameContents, 1, span{v(4, 2, 1), 0}},
		{nil, 1, span{v(4, 2, 5), 0}},
		{nil, 1, span{v(5, 0, 3), 0}},
		{nil, 1, span{v(5, 1, 0), 0}},
		{&o.bits32, 1, span{v(5, 1, 2), 0}},
		{&o.bits64, 1, span{v(5, 1, 2), 0}},
		{nil, 3, span{v(5, 2, 0), 0}}, // size told, NTFS compression
		{nil, 1, span{v(5, 2, 5), 0}},
		{nil, 2, span{v(6, 5, 0), 0}}, // downloaded, unpacked
	} {
		if !f.has(ver) && !(f.from == v(4, 0, 0) && ver.isx && ver.atLeast(v4(3, 0, 6, 1))) {
			continue
		}
		if f.at != nil {
			*f.at = o.n
		}
		o.n += f.n
	}
	if ver.atLeast(v(6, 7, 0)) {
		o.n = paddedSet
	}
	return o
}

func readFile(c *cursor, ver version, options int) file {
	c.str() // source, of a file that is not in the installer
	f := file{dest: c.str()}
	c.str() // font
	if ver.atLeast(v(5, 2, 5)) {
		c.str() // assembly
	}
	f.condition = readCondition(c, ver)
	if ver.atLeast(v(6, 5, 0)) {
		c.strs(5) // what is left out, where it is downloaded from
		c.ansi()
		c.skip(32 + 1) // how a download is verified
	}
	c.skip(windowsVersions)
	f.location = int(int32(c.u32()))
	c.skip(4)                       // attributes
	c.wide(ver.atLeast(v(4, 0, 0))) // size, if not in the installer
	if ver.before(v(3, 0, 5)) {
		c.oneOf(4) // when it is copied
	}
	if ver.atLeast(v(4, 1, 0)) {
		c.skip(2) // permissions
	}
	f.options = c.set(options)
	c.oneOf(3) // file, uninstaller, server to register
	return f
}

func skipIcon(c *cursor, ver version) {
	c.strs(6)
	readCondition(c, ver)
	if ver.atLeast(v(5, 3, 5)) {
		c.str() // the application's id
	}
	if ver.atLeast(v(6, 1, 0)) {
		c.skip(16) // of its notifications
	}
	c.skip(windowsVersions + 4 + 4)
	c.oneOf(3)
	if ver.atLeast(v(2, 0, 7)) {
		c.skip(2) // key
	}
	c.skip(1)
}

func skipRegistry(c *cursor, ver version) {
	c.strs(3)
	readCondition(c, ver)
	if ver.atLeast(v(4, 0, 11)) && ver.before(v(4, 1, 0)) {
		c.str() // permissions
	}
	c.skip(windowsVersions + 4)
	if ver.atLeast(v(4, 1, 0)) {
		c.skip(2) // permissions
	}
	c.oneOf(7)
	c.skip(2)
}

func readRun(c *cursor, ver version) run {
	r := run{name: c.str(), parameters: c.str(), dir: c.str()}
	c.str() // only once
	if ver.atLeast(v(2, 0, 2)) {
		c.str() // what is said meanwhile
	}
	if ver.atLeast(v(5, 1, 13)) {
		r.verb = c.str()
	}
	r.description = c.str()
	r.condition = readCondition(c, ver)
	c.skip(windowsVersions + 4)
	c.oneOf(3) // whether to wait
	n := 6
	for _, since := range []uint32{v(2, 0, 8), v(5, 1, 10), v(5, 1, 10), v(5, 2, 0), v(6, 1, 0), v(6, 3, 0)} {
		if ver.atLeast(since) {
			n++
		}
	}
	r.options = c.set(n)
	return r
}

// The options of a run.
const (
	runShell = iota
	runIfThere
	runPostInstall
	runUnchecked
	runSkipSilent
	runSkipNotSilent
)
