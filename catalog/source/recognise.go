package source

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/source/archive/msi"
)

// The kinds of setup programs that Recognise tells apart.
const (
	KindMSI           = "msi"
	KindMSP           = "msp" // a Windows Installer patch
	KindNSIS          = "nsis"
	KindInno          = "inno"
	KindInstallShield = "installshield"
	KindBurn          = "wix-burn"
	Kind7z            = "7z-sfx"
	KindCab           = "cab-sfx"
	KindZip           = "zip-sfx"
	KindRar           = "rar-sfx"
	KindDPInst        = "dpinst"
	KindExe           = "exe" // technology unknown
)

// Recognise tells whether a file is a setup program, of which technology, and by which bytes or name. It reads at most
// 512 KiB of the file, wherever they lie, and may be called concurrently if r may. A file that cannot be read is none.
//
// A program that shows no sign of setting anything up is none either, nor are uninstallers, libraries, and the files
// that InstallerData knows. A name decides alone only where the content is a program: then the kind is "exe".
func Recognise(name string, r io.ReaderAt, size int64) (catalog.InstallerInfo, bool) {
	base := baseName(name)
	w := &window{r: r, size: size, left: maxLook}
	c := candidate{base: base, lower: strings.ToLower(base), w: w}
	if InstallerData(base) {
		return catalog.InstallerInfo{}, false
	}
	var ok bool
	switch extension(c.lower) {
	case ".exe":
		if c.p = readProgram(w); c.p == nil || c.p.library {
			return catalog.InstallerInfo{}, false
		}
		ok = c.program()
	case ".msi", ".msp":
		ok = c.database()
	}
	if !ok {
		return catalog.InstallerInfo{}, false
	}
	return c.info, true
}

// candidate is a file that may be a setup program.
type candidate struct {
	base, lower string
	w           *window
	p           *program
	version     versionInfo
	resources   []resource
	info        catalog.InstallerInfo
	title       string // of what an extractor holds
}

// is records what the candidate is and by which bytes.
func (c *candidate) is(kind string, offset int64, signature string) bool {
	c.info.Kind = kind
	c.info.Evidence = catalog.Place{Path: c.base, Offset: offset, Signature: signature}
	return true
}

func (c *candidate) database() bool {
	p, ok := msi.Probe(c.w, c.w.size)
	if !ok {
		return false
	}
	switch {
	case p.Class == msi.ClassDatabase:
		c.is(KindMSI, p.ClassAt, "{000C1084-0000-0000-C000-000000000046}")
	case p.Class == msi.ClassPatch:
		c.is(KindMSP, p.ClassAt, "{000C1086-0000-0000-C000-000000000046}")
	case extension(c.lower) == ".msp":
		c.is(KindMSP, 0, "compound file named .msp")
	default:
		c.is(KindMSI, 0, "compound file named .msi")
	}
	c.describeDatabase(p)
	return true
}

func (c *candidate) program() bool {
	if c.p.format == "PE" {
		c.resources = c.p.listResources()
		for _, r := range c.resources {
			if r.typ == typeVersion {
				c.version = readVersion(c.w, r)
				break
			}
		}
		c.info.Product = c.version.first("ProductName", "FileDescription")
		c.info.Version = c.version.first("FileVersion")
		if c.info.Version == "" {
			c.info.Version = c.version.fixed
		}
		c.info.Company = c.version.first("CompanyName")
	}
	if c.uninstaller() {
		return false
	}
	// From what identifies a technology for certain to what merely suggests one: an InstallShield package is also a
	// self-extracting cabinet, and its own silent switches are the ones that work.
	found := c.burn() || c.nsis() || c.inno() || c.installShield() || c.byVersion() || c.otherFormats() || c.cabinetInside() ||
		c.appended() || c.named()
	if found {
		c.describe()
		if c.describesExtractor() {
			c.info.Product, c.info.Version, c.info.Company = c.title, "", ""
		} else if c.info.Product == "" {
			c.info.Product = c.title
		}
	}
	return found
}

// describesExtractor reports whether the version resource is that of the extractor a vendor used, such as 7-Zip 4.14,
// and says nothing about what is in it.
func (c *candidate) describesExtractor() bool {
	switch c.info.Kind {
	case Kind7z, KindCab, KindZip, KindRar:
	default:
		return false
	}
	switch c.version.first("CompanyName") {
	case "Igor Pavlov", "Alexander Roshal", "Oleg N. Scherbakov", "WinZip Computing, Inc.":
		return true
	}
	return strings.Contains(c.version.first("FileDescription"), "Cabinet Self-Extractor")
}

// uninstaller reports whether the program says that it removes what another set up.
func (c *candidate) uninstaller() bool {
	if strings.HasPrefix(c.lower, "unins") || strings.Contains(c.lower, "uninst") {
		return true
	}
	for _, s := range c.version.strings {
		switch s.key {
		case "FileDescription", "InternalName", "OriginalFilename":
			if strings.Contains(strings.ToLower(s.value), "uninst") {
				return true
			}
		}
	}
	return false
}

func (c *candidate) burn() bool {
	at, ok := c.p.section(".wixburn")
	return ok && c.is(KindBurn, at, ".wixburn")
}

// nsis looks for the header that NSIS appends at a multiple of 512 bytes: flags, 0xDEADBEEF, a name.
func (c *candidate) nsis() bool {
	const reach = 8 // multiples looked at
	b := c.w.bytes(c.p.overlay, reach*512+28)
	for at := 0; at+24 <= len(b); at += 512 {
		if !bytes.Equal(b[at+4:at+8], []byte{0xEF, 0xBE, 0xAD, 0xDE}) {
			continue
		}
		// NSIS 1.x: "nsisinstall"; 2 and 3: "NullsoftInst".
		if mark := b[at+8 : at+20]; strings.EqualFold(string(mark), "NullsoftInst") || string(mark[:11]) == "nsisinstall" {
			return c.is(KindNSIS, c.p.overlay+int64(at)+8, strings.TrimRight(string(mark), "\x00"))
		}
	}
	return false
}

// inno looks for the table that Inno Setup's loader finds its data by: in a resource since 5.1.5, before by a mark in
// the DOS header.
func (c *candidate) inno() bool {
	for _, r := range c.resources {
		if r.typ != typeRCData || r.name != "#11111" {
			continue
		}
		if b := c.w.exactly(r.offset, 6); string(b) == "rDlPtS" {
			return c.is(KindInno, r.offset, "rDlPtS")
		}
	}
	if b := c.w.exactly(0x30, 12); string(b[:min(4, len(b))]) == "Inno" {
		if at := binary.LittleEndian.Uint32(b[4:]); at == ^binary.LittleEndian.Uint32(b[8:]) {
			return c.is(KindInno, 0x30, "Inno")
		}
	}
	for _, s := range c.version.strings {
		if strings.Contains(s.value, "built with Inno Setup") {
			return c.is(KindInno, s.offset, "built with Inno Setup")
		}
	}
	return false
}

// installShield goes by the stream that newer versions append, and by what the launcher says of itself. Vendors replace
// the product's name, but not the keys that InstallShield adds.
func (c *candidate) installShield() bool {
	const stream = "ISSetupStream"
	if b := c.w.exactly(c.p.overlay, len(stream)); string(b) == stream {
		return c.is(KindInstallShield, c.p.overlay, stream)
	}
	for _, s := range c.version.strings {
		if strings.HasPrefix(s.key, "ISInternal") {
			return c.is(KindInstallShield, s.offset, s.key)
		}
		if strings.Contains(s.value, "InstallShield") || strings.HasPrefix(s.value, "PackageForTheWeb") {
			return c.is(KindInstallShield, s.offset, s.value)
		}
	}
	return false
}

// byVersion goes by names that vendors leave in the version resource.
func (c *candidate) byVersion() bool {
	for _, key := range []string{"OriginalFilename", "InternalName"} {
		s := c.version.get(key)
		switch strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(s.value), ".mui"), ".exe") {
		case "dpinst":
			return c.is(KindDPInst, s.offset, s.value)
		case "wextract":
			return c.is(KindCab, s.offset, s.value)
		}
	}
	return false
}

// cabinetInside looks for a cabinet in a resource (IExpress and others) or at the start of a section (Windows updates).
func (c *candidate) cabinetInside() bool {
	const smallest = 64 // a cabinet's header and one folder
	for _, r := range c.resources {
		if r.size >= smallest && isCabinet(c.w.bytes(r.offset, 8)) {
			return c.is(KindCab, r.offset, "MSCF")
		}
	}
	for i := range c.p.sections {
		s := &c.p.sections[i]
		if s.SizeOfRawData >= smallest && isCabinet(c.w.bytes(int64(s.PointerToRawData), 8)) {
			return c.is(KindCab, int64(s.PointerToRawData), "MSCF")
		}
	}
	return false
}

func isCabinet(b []byte) bool { return bytes.HasPrefix(b, []byte("MSCF\x00\x00\x00\x00")) }

// appended looks for an archive behind the program.
func (c *candidate) appended() bool {
	const config = ";!@Install@!UTF-8!"
	const reach = 64 << 10 // how far a configuration text and padding can push an archive
	n := int(max(0, min(reach, c.p.end-c.p.overlay)))
	b := c.w.bytes(c.p.overlay, n)
	if at := bytes.Index(b, []byte(config)); at >= 0 {
		return c.is(Kind7z, c.p.overlay+int64(at), config)
	}
	best := -1
	for _, a := range archiveMarks() {
		at := bytes.Index(b, []byte(a.mark))
		if at < 0 || best >= 0 && at >= best || a.plausible != nil && !a.plausible(b[at:]) {
			continue
		}
		best = at
		c.is(a.kind, c.p.overlay+int64(at), a.show)
	}
	return best >= 0 || c.zipEnd()
}

type archiveMark struct {
	kind, mark, show string
	plausible        func([]byte) bool // for marks so short that they occur by chance
}

func archiveMarks() [4]archiveMark {
	return [...]archiveMark{
		{Kind7z, "7z\xBC\xAF\x27\x1C", "7z BC AF 27 1C", nil},
		{KindRar, "Rar!\x1A\x07", "Rar!", nil},
		{KindCab, "MSCF\x00\x00\x00\x00", "MSCF", nil},
		{KindZip, "PK\x03\x04", "PK 03 04", func(b []byte) bool {
			// Version needed to extract, method, length of the file name.
			if len(b) < 30 {
				return false
			}
			name := binary.LittleEndian.Uint16(b[26:])
			return b[4] <= 63 && binary.LittleEndian.Uint16(b[8:]) < 100 && 0 < name && name < 1024
		}},
	}
}

// zipEnd looks for the record that ends a zip archive, in case the archive starts far behind the program.
func (c *candidate) zipEnd() bool {
	const record, comment = 22, 32 << 10
	from := max(c.p.overlay, c.p.end-record-comment)
	b := c.w.bytes(from, int(max(0, c.p.end-from)))
	for at := bytes.LastIndex(b, []byte("PK\x05\x06")); at >= 0; at = bytes.LastIndex(b[:at], []byte("PK\x05\x06")) {
		if at+record > len(b) {
			continue
		}
		directory := int64(binary.LittleEndian.Uint32(b[at+12:]))
		entries := binary.LittleEndian.Uint16(b[at+10:])
		if entries > 0 && directory > 0 && directory <= from+int64(at) {
			return c.is(KindZip, from+int64(at), "PK 05 06")
		}
	}
	return false
}

// named goes by the file's name, then by what the program calls itself.
func (c *candidate) named() bool {
	what := "a Windows program"
	switch c.p.format {
	case "NE":
		what = "a 16-bit Windows program"
	case "MZ":
		what = "a DOS program"
	}
	if setupName(strings.TrimSuffix(c.lower, ".exe")) {
		return c.is(KindExe, c.p.header, what+", named like a setup program")
	}
	for _, key := range []string{"FileDescription", "OriginalFilename", "InternalName"} {
		s := c.version.get(key)
		if setupName(strings.TrimSuffix(strings.ToLower(s.value), ".exe")) {
			return c.is(KindExe, s.offset, s.value)
		}
	}
	return false
}
