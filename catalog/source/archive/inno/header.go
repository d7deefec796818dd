package inno

// header is what the first record of the tables tells.
type header struct {
	appName, appVerName, appID, publisher, appVersion []byte
	defaultDir, baseName                              []byte
	uninstallName, uninstallKey, uninstallable        []byte
	architectures                                     []byte

	languages, messages, permissions, types, components, tasks, dirs, keys, files, locations,
	icons, inis, registry, installDeletes, uninstallDeletes, runs, uninstallRuns int

	slicesPerDisk int
	privileges    byte
	compression   method
	password      bool
	encrypted     bool // some files are
}

// method is how a chunk is packed.
type method byte

const (
	stored method = iota
	zipped
	bzipped
	lzma1Method
	lzma2Method
)

// methods are the values of the header's field for it, by version.
func methods(ver version) []method {
	switch {
	case ver.atLeast(v(5, 3, 9)):
		return []method{stored, zipped, bzipped, lzma1Method, lzma2Method}
	case ver.atLeast(v(4, 2, 6)):
		return []method{stored, zipped, bzipped, lzma1Method}
	case ver.atLeast(v(4, 2, 5)):
		return []method{stored, bzipped, lzma1Method}
	}
	return []method{zipped, bzipped, lzma1Method}
}

func readHeader(c *cursor, ver version) *header {
	h := &header{}
	h.readStrings(c, ver)
	if ver.atLeast(v(2, 0, 6)) && !ver.unicode {
		c.skip(32) // lead bytes of two-byte characters
	}
	h.readCounts(c, ver)
	h.readFixed(c, ver)
	return h
}

func (h *header) readStrings(c *cursor, ver version) {
	h.appName, h.appVerName, h.appID = c.str(), c.str(), c.str()
	c.str() // copyright
	h.publisher = c.str()
	c.str() // publisher's page
	if ver.atLeast(v(5, 1, 13)) {
		c.str() // support's telephone
	}
	c.strs(2) // support's and updates' page
	h.appVersion, h.defaultDir = c.str(), c.str()
	c.str() // group
	if ver.before(v(3, 0, 0)) {
		c.str() // uninstaller's icon
	}
	h.baseName = c.str()
	if ver.before(v(5, 2, 5)) {
		c.strs(3) // license, what is shown before and after
	}
	c.str() // uninstaller's folder
	h.uninstallName = c.str()
	c.strs(2) // uninstaller's icon, mutex
	if ver.atLeast(v(3, 0, 0)) {
		c.strs(2) // user, organisation
	}
	if ver.atLeast(v(4, 0, 0)) || ver.isx && ver.atLeast(v4(3, 0, 6, 1)) {
		c.str() // serial
	}
	if ver.before(v(5, 2, 5)) && (ver.atLeast(v(4, 0, 0)) || ver.isx) {
		c.str() // script
	}
	if ver.atLeast(v(4, 2, 4)) {
		c.strs(4) // readme, contact, comments, modify path
	}
	if ver.atLeast(v(5, 3, 8)) {
		h.uninstallKey = c.str()
	}
	if ver.atLeast(v(5, 3, 10)) {
		h.uninstallable = c.str()
	}
	for _, since := range []uint32{
		v(5, 5, 0),             // programs to close
		v(5, 5, 6),             // mutex of the setup
		v(5, 6, 1), v(5, 6, 1), // changes of environment, associations
	} {
		if ver.atLeast(since) {
			c.str()
		}
	}
	if ver.atLeast(v(6, 3, 0)) {
		h.architectures = c.str()
		c.str() // where 64-bit mode
	}
	if ver.atLeast(v(6, 4, 2)) {
		c.str() // programs not to close
	}
	if ver.atLeast(v(6, 5, 0)) {
		c.str() // library that unpacks 7z
	}
	if ver.atLeast(v(6, 7, 0)) {
		c.strs(5) // what is kept from an earlier installation
	}
	h.readTexts(c, ver)
}

// readTexts reads what moved to the end of the strings when they became UTF-16: they stayed bytes.
func (h *header) readTexts(c *cursor, ver version) {
	if ver.atLeast(v(5, 2, 5)) {
		for range 3 { // license, what is shown before and after
			c.ansi()
		}
	}
	if ver.atLeast(v(5, 2, 1)) && ver.before(v(5, 3, 10)) {
		c.ansi() // uninstaller's signature
	}
	if ver.atLeast(v(5, 2, 5)) {
		c.ansi() // script
	}
}

func (h *header) readCounts(c *cursor, ver version) {
	switch {
	case ver.atLeast(v(4, 0, 0)):
		h.languages = c.count(4)
	case ver.atLeast(v(2, 0, 1)):
		h.languages = 1
	}
	if ver.atLeast(v(4, 2, 1)) {
		h.messages = c.count(4)
	}
	if ver.atLeast(v(4, 1, 0)) {
		h.permissions = c.count(4)
	}
	h.types, h.components, h.tasks, h.dirs = c.count(4), c.count(4), c.count(4), c.count(4)
	if ver.atLeast(v(6, 5, 0)) {
		h.keys = c.count(4)
	}
	h.files = c.count(4)
	h.locations = int(c.u32()) // in a block of their own
	h.icons, h.inis, h.registry = c.count(4), c.count(4), c.count(4)
	h.installDeletes, h.uninstallDeletes, h.runs, h.uninstallRuns = c.count(4), c.count(4), c.count(4), c.count(4)
	if ver.atLeast(v4(7, 0, 0, 3)) {
		c.skip(4) // version of the script
	}
}

// readFixed reads the fields of fixed size.
func (h *header) readFixed(c *cursor, ver version) {
	c.skip(windowsVersions)
	c.skip(looks(ver))
	c.skip(passwordLen(ver))
	h.slicesPerDisk = 1
	if ver.atLeast(v(4, 0, 0)) {
		c.skip(8) // disk space
		h.slicesPerDisk = int(c.u32())
	} else {
		c.skip(4)
	}
	if ver.before(v(5, 0, 0)) {
		c.oneOf(3) // how silent
	}
	c.oneOf(3) // uninstaller's log
	if ver.before(v(5, 0, 0)) {
		c.oneOf(2) // uninstaller's style
	}
	c.oneOf(3) // warn of an existing folder
	if ver.isx && ver.atLeast(v(2, 0, 10)) && ver.before(v(3, 0, 0)) {
		c.skip(4) // line of the script
	}
	if ver.atLeast(v(3, 0, 0)) && ver.before(v(3, 0, 3)) {
		c.oneOf(3) // restart
	}
	if ver.atLeast(v(3, 0, 4)) || ver.isx && ver.atLeast(v(3, 0, 3)) {
		h.privileges = c.oneOf(4)
	}
	if ver.atLeast(v(5, 7, 0)) {
		c.u8() // who may lower them
	}
	if ver.atLeast(v(4, 0, 10)) {
		c.oneOf(3) // ask for the language
		c.oneOf(3) // how else it is found
	}
	h.compression = zipped
	if ver.atLeast(v(4, 1, 5)) {
		m := methods(ver)
		if i := c.oneOf(byte(len(m))); !c.failed {
			h.compression = m[i]
		}
	}
	if ver.atLeast(v(5, 1, 0)) && ver.before(v(6, 3, 0)) {
		c.skip(2) // processors
	}
	if ver.atLeast(v(5, 2, 1)) && ver.before(v(5, 3, 10)) {
		c.skip(8) // signed uninstaller
	}
	if ver.atLeast(v(5, 3, 3)) {
		c.oneOf(3) // pages not shown
		c.oneOf(3)
	}
	if ver.atLeast(v(5, 3, 6)) {
		c.wide(ver.atLeast(v(5, 5, 0))) // size that is shown
	}
	if ver.n&0xFF == 1 && ver.atLeast(v(5, 3, 10)) && ver.before(v(5, 5, 7)) {
		c.skip(1) // in a variant by others
	}
	h.readOptions(c, ver)
}

// windowsVersions is the size of the range of Windows versions that a record is for.
const windowsVersions = 20

// looks is the size of the fields that tell how the wizard looks.
func looks(ver version) int {
	n := 0
	for _, f := range []struct {
		from, to uint32
		size     int
	}{
		{0, v4(6, 4, 0, 1), 8}, // background
		{0, v(5, 5, 7), 4},     // behind the image
		{0, v(5, 0, 4), 4},     // behind the small image
		{v(6, 0, 0), 0, 9},     // style and size
		{v(5, 5, 7), 0, 1},     // alpha channel
		{v(6, 5, 2), 0, 8},     // behind the images
		{v(6, 6, 0), 0, 8},     // in the dark
		{v(6, 6, 1), 0, 1},     // opacity
		{v(6, 7, 0), 0, 10},    // background, its opacity, controls
	} {
		if ver.atLeast(f.from) && (f.to == 0 || ver.before(f.to)) {
			n += f.size
		}
	}
	return n
}

// passwordLen is the size of what a password is checked with.
func passwordLen(ver version) int {
	switch {
	case ver.atLeast(v(6, 5, 0)): // before the tables
		return 0
	case ver.atLeast(v(6, 4, 0)):
		return 4 + 16 + 4 + 24
	case ver.atLeast(v(5, 3, 9)):
		return 20 + 8
	case ver.atLeast(v(4, 2, 2)):
		return 16 + 8
	case ver.atLeast(v(4, 2, 0)):
		return 16
	}
	return 4
}

// span is a range of versions, up to but not including to; 0 is no end.
type span struct{ from, to uint32 }

func (s span) has(ver version) bool {
	return ver.atLeast(s.from) && (s.to == 0 || ver.before(s.to))
}

// options are the elements of the header's set of options, in order: how many of them there are tells its size. "ansi" is
// not in Unicode versions, "isx" is the tree of tasks in My Inno Setup Extensions alone.
var options = []struct {
	name string
	span
}{
	{"no start prompt", span{}},
	{"uninstallable", span{0, v(5, 3, 10)}},
	{"create folder", span{}},
	{"no folder page", span{0, v(5, 3, 3)}},
	{"no group page", span{0, v(5, 3, 3)}},
	{"allow no icons", span{}},
	{"restart", span{0, v(3, 0, 0)}},
	{"restart", span{v(3, 0, 3), 0}},
	{"personal group", span{}},
	{"window", span{0, v4(6, 4, 0, 1)}},
	{"window caption", span{0, v4(6, 4, 0, 1)}},
	{"window resizable", span{0, v4(6, 4, 0, 1)}},
	{"window maximized", span{0, v4(6, 4, 0, 1)}},
	{"folder is missing", span{}},
	{"no append", span{0, v(4, 1, 2)}},
	{"password", span{}},
	{"root folder", span{}},
	{"no last page", span{}},
	{"administrator", span{0, v(3, 0, 4)}},
	{"uninstall icon", span{0, v(3, 0, 0)}},
	{"associations", span{0, v(5, 6, 1)}},
	{"uninstall key", span{0, v(5, 3, 8)}},
	{"previous folder", span{0, v(6, 7, 0)}},
	{"gradient", span{0, v4(6, 4, 0, 1)}},
	{"previous group", span{0, v(6, 7, 0)}},
	{"log name", span{}},
	{"previous type", span{0, v(6, 7, 0)}},
	{"no ready memo", span{}},
	{"always components", span{}},
	{"flat components", span{}},
	{"component sizes", span{}},
	{"previous tasks", span{0, v(6, 7, 0)}},
	{"no ready page", span{}},
	{"show folder", span{v(2, 0, 7), 0}},
	{"show group", span{v(2, 0, 7), 0}},
	{"bzip2", span{v(2, 0, 17), v(4, 1, 5)}},
	{"network paths", span{v(2, 0, 18), 0}},
	{"user page", span{v(3, 0, 0), 0}},
	{"previous user", span{v(3, 0, 0), v(6, 7, 0)}},
	{"restart uninstall", span{v(3, 0, 1), 0}},
	{"restart by run", span{v(3, 0, 3), 0}},
	{"isx", span{v(3, 0, 3), v(4, 0, 0)}},
	{"task lines", span{v(4, 0, 0), 0}},
	{"ask language", span{v(4, 0, 0), v(4, 0, 10)}},
	{"language by locale", span{v(4, 0, 1), v(4, 0, 10)}},
	{"cancel", span{v(4, 0, 9), 0}},
	{"stretch image", span{v(4, 1, 3), 0}},
	{"append folder", span{v(4, 1, 8), 0}},
	{"append group", span{v(4, 1, 8), 0}},
	{"encrypted", span{v(4, 2, 2), v(6, 5, 0)}},
	{"environment", span{v(5, 0, 4), v(5, 6, 1)}},
	{"ansi", span{v(5, 1, 7), 0}},
	{"log", span{v(5, 1, 13), 0}},
	{"signed uninstaller", span{v(5, 2, 1), 0}},
	{"previous language", span{v(5, 3, 8), 0}},
	{"no welcome page", span{v(5, 3, 9), 0}},
	{"close programs", span{v(5, 5, 0), 0}},
	{"restart programs", span{v(5, 5, 0), 0}},
	{"network drive", span{v(5, 5, 0), 0}},
	{"force close", span{v(5, 5, 7), 0}},
	{"constants in name", span{v(6, 0, 0), 0}},
	{"previous rights", span{v(6, 0, 0), 0}},
	{"wizard resizable", span{v(6, 0, 0), v(6, 6, 0)}},
	{"uninstall log", span{v(6, 3, 0), 0}},
	{"modern", span{v(6, 6, 0), 0}},
	{"border", span{v(6, 6, 0), 0}},
	{"aspect ratio", span{v(6, 6, 0), 0}},
	{"plain buttons", span{v(6, 6, 0), v(6, 7, 0)}},
	{"redirection guard", span{v(6, 7, 0), 0}},
	{"no bevels", span{v(6, 7, 0), 0}},
}

// paddedSet is how many elements the larger sets have since 6.7, so that they take 8 bytes.
const paddedSet = 57

func (h *header) readOptions(c *cursor, ver version) {
	at, n := map[string]int{}, 0
	for _, o := range options {
		if !o.has(ver) || o.name == "ansi" && ver.unicode || o.name == "isx" && !ver.isx {
			continue
		}
		if o.name != "" {
			at[o.name] = n
		}
		n++
	}
	if ver.atLeast(v(6, 7, 0)) {
		n = paddedSet
	}
	set := c.set(n)
	has := func(name string) bool {
		i, ok := at[name]
		return ok && set.has(i)
	}
	h.password, h.encrypted = has("password"), has("encrypted")
	if has("bzip2") {
		h.compression = bzipped
	}
	if ver.before(v(5, 3, 10)) {
		h.uninstallable = yesNo(has("uninstallable"), ver)
	}
	if ver.before(v(5, 3, 8)) {
		h.uninstallKey = yesNo(has("uninstall key"), ver)
	}
}

// yesNo is a flag as later versions write it, in the encoding of the version.
func yesNo(yes bool, ver version) []byte {
	s := "no"
	if yes {
		s = "yes"
	}
	if !ver.unicode {
		return []byte(s)
	}
	var out []byte
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}
