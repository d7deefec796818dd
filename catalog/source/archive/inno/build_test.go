package inno

import (
	"bytes"
	"compress/zlib"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"io/fs"
	"maps"
	"path"
	"strings"
	"testing"

	"github.com/ulikunitz/xz/lzma"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// setup is an installer to be made.
type setup struct {
	version   string // "5.5.7", "5.5.7 u", "isx 2.0.18" or the whole text
	shape     string // the version whose shape the tables have, if not that which they tell
	method    method
	solid     bool
	separate  bool // tables and data as files of their own, without a loader
	sliceLen  int  // data in slices of that many bytes
	perDisk   int
	files     []packed
	header    record // more fields of the header
	languages []record
	dirs      []string
	junk      bool // one of each other entry
}

// packed is a file of an installer.
type packed struct {
	dest, content string
	calls         bool   // with the filter for programs
	encrypted     bool   // marked so; the bytes are not
	entry         record // more fields of its entry
	location      record // more fields of its location
	same          bool   // shares the location of the file before
	outside       bool   // not in the installer
}

// stamp is when all files were modified: 2010-03-04 05:06:07 UTC.
const stamp = 129121527670000000

func (s setup) ver() version { return named(s.version) }

// shaped is the version by which tables are written.
func (s setup) shaped() version {
	ver := s.ver()
	if s.shape != "" {
		ver.n = named(s.shape).n
	}
	return ver
}

func named(text string) version {
	if !strings.Contains(text, "Setup Data") {
		number, unicode := strings.CutSuffix(text, " u")
		number, isx := strings.CutPrefix(number, "isx ")
		text = "Inno Setup Setup Data (" + number + ")"
		if isx {
			text = "My Inno Setup Extensions Setup Data (" + number + ")"
		}
		if unicode {
			text += " (u)"
		}
	}
	ver, _ := parseVersion([]byte(text))
	return ver
}

// merge joins records; later ones win.
func merge(rs ...record) record {
	out := record{}
	for _, r := range rs {
		maps.Copy(out, r)
	}
	return out
}

// build makes the files of an installer by name: setup.exe and what lies beside it.
func (s setup) build(t testing.TB) map[string][]byte {
	t.Helper()
	ver := s.shaped()
	data, locations := s.pack(t, ver)
	tables := s.tables(t, ver, locations)
	out := map[string][]byte{}
	if s.sliceLen > 0 || s.separate {
		for name, b := range slice(data, s.sliceLen, s.perDisk) {
			out[name] = b
		}
	}
	switch {
	case s.separate:
		out["setup-0.bin"] = tables
		out["setup.exe"] = program(nil)
	case s.sliceLen > 0:
		out["setup.exe"] = loader(ver, tables, nil)
	default:
		out["setup.exe"] = loader(ver, tables, data)
	}
	return out
}

// folder is an input among others of its folder.
func folder(files map[string][]byte, name string) archive.Input {
	in := archivetest.Bytes(name, files[name])
	in.Beside = func(want string) (archive.Input, error) {
		for n := range files {
			if strings.EqualFold(n, want) {
				return folder(files, n), nil
			}
		}
		return archive.Input{}, fs.ErrNotExist
	}
	return in
}

// pack makes the data, and where each file lies in them.
func (s setup) pack(t testing.TB, ver version) (data []byte, locations []record) {
	t.Helper()
	type part struct {
		record
		raw string
	}
	var parts []part
	var chunk []byte
	first := 0
	offset := 0
	if s.sliceLen > 0 || s.separate {
		offset = sliceHead(ver)
	}
	flush := func() {
		if first == len(parts) {
			return
		}
		b := compress(t, s.method, chunk)
		for _, p := range parts[first:] {
			p.record["packed"], p.record["offset"] = len(b), offset+len(data)
			if n := s.sliceLen; n > 0 {
				p.record["firstSlice"], p.record["offset"] = len(data)/n, offset+len(data)%n
			}
		}
		data = append(append(data, chunkMark...), b...)
		chunk, first = nil, len(parts)
	}
	for _, f := range s.files {
		if f.same || f.outside {
			continue
		}
		raw := f.content
		if f.calls {
			raw = filterCalls(ver, raw)
		}
		r := record{"size": len(raw), "time": stamp}
		if ver.n < v(4, 0, 0) {
			r["firstSlice"], r["lastSlice"] = 1, 1
		}
		if ver.n >= v(4, 0, 1) {
			r["at"] = len(chunk)
		}
		if f.calls {
			r["CallInstructionOptimized"] = true
		}
		if f.encrypted {
			r["ChunkEncrypted"] = true
		}
		if ver.n >= v(4, 2, 5) && s.method != stored {
			r["ChunkCompressed"] = true
		}
		name, sum := sumFor(ver, f.content)
		r[name] = sum
		parts = append(parts, part{merge(r, f.location), raw})
		chunk = append(chunk, raw...)
		if !s.solid || ver.n < v(4, 0, 1) {
			flush()
		}
	}
	flush()
	for _, p := range parts {
		locations = append(locations, p.record)
	}
	return data, locations
}

func sumFor(ver version, content string) (string, []byte) {
	b := []byte(content)
	switch {
	case ver.n >= v(6, 4, 0):
		h := sha256.Sum256(b)
		return "sha256", h[:]
	case ver.n >= v(5, 3, 9):
		h := sha1.Sum(b)
		return "sha1", h[:]
	case ver.n >= v(4, 2, 0):
		h := md5.Sum(b)
		return "md5", h[:]
	case ver.n >= v(4, 0, 1):
		return "crc", binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b))
	}
	return "adler", binary.LittleEndian.AppendUint32(nil, adler32.Checksum(b))
}

// compress packs a chunk. There is no bzip2 in Go that packs: testdata has it.
func compress(t testing.TB, m method, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var err error
	switch m {
	case stored:
		out.Write(b)
	case zipped:
		w := zlib.NewWriter(&out)
		_, err = w.Write(b)
		w.Close()
	case lzma1Method:
		return lzma1Pack(t, b)
	case lzma2Method:
		out.WriteByte(18) // a dictionary of 2 MiB
		var w *lzma.Writer2
		if w, err = (lzma.Writer2Config{DictCap: 2 << 20}).NewWriter2(&out); err == nil {
			_, err = w.Write(b)
			w.Close()
		}
	default:
		t.Fatalf("cannot pack by method %d", m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// lzma1Pack packs with the properties and without the size before it, and with a mark at the end.
func lzma1Pack(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := lzma.WriterConfig{DictCap: 1 << 16, Size: int64(len(b)), SizeInHeader: true, EOSMarker: true}.NewWriter(&out)
	if err == nil {
		_, err = w.Write(b)
		w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes()[:5:5], out.Bytes()[13:]...)
}

// filterCalls makes the addresses in calls absolute, as versions did before packing.
func filterCalls(ver version, s string) string {
	b := []byte(s)
	for at := 0; at < len(b); {
		end := len(b)
		if ver.n >= v(5, 2, 0) {
			end = min(at+0x10000, len(b))
		}
		for at < end {
			op := b[at]
			at++
			if op != 0xE8 && op != 0xE9 {
				continue
			}
			if at+4 > end {
				if ver.n < v(5, 2, 0) { // byte by byte, also where the file ends
					a := append(bytes.Clone(b[at:]), 0, 0, 0, 0)
					binary.LittleEndian.PutUint32(a, binary.LittleEndian.Uint32(a)+uint32(at+4))
					at += copy(b[at:], a)
				}
				continue
			}
			a := b[at : at+4]
			at += 4
			relative := binary.LittleEndian.Uint32(a)
			switch {
			case ver.n < v(5, 2, 0):
				binary.LittleEndian.PutUint32(a, relative+uint32(at))
			case a[3] == 0 || a[3] == 0xFF:
				high := a[3]
				if ver.n >= v(5, 3, 9) && relative&0x800000 != 0 {
					high = ^high
				}
				binary.LittleEndian.PutUint32(a, relative+uint32(at))
				a[3] = high
			}
		}
		at = end
	}
	return string(b)
}

// tables makes the two blocks with the version before them.
func (s setup) tables(t testing.TB, ver version, locations []record) []byte {
	t.Helper()
	head := merge(record{
		"appName": "Example Driver", "appVerName": "Example Driver 1.2", "appId": "example", "publisher": "Example Ltd.",
		"appVersion": "1.2", "defaultDir": `{pf}\Example`, "baseName": "setup",
		"files": len(s.files), "locations": len(locations), "dirs": len(s.dirs), "license": "say yes",
	}, s.header)
	if ver.n >= v(4, 0, 0) || ver.isx {
		head["script"] = []byte{1, 2, 3}
	}
	if ver.n >= v(4, 1, 5) {
		for i, m := range methods(ver) {
			if m == s.method {
				head["compression"] = i
			}
		}
	}
	languages := s.languages
	if languages == nil && ver.n >= v(2, 0, 1) {
		languages = []record{{"languageName": "E\x00n\x00"}}
	}
	if ver.n >= v(4, 0, 0) {
		head = merge(record{"languages": len(languages), "slicesPerDisk": max(s.perDisk, 1)}, head)
	}
	others := []string{"message", "permission", "type", "component", "task", "", "key", "", "icon", "ini", "registry", "delete", "delete", "run", "run"}
	counts := []string{"messages", "permissions", "types", "components", "tasks", "", "keys", "", "icons", "inis", "registry", "installDeletes", "uninstallDeletes", "runs", "uninstallRuns"}
	since := map[string]uint32{"message": v(4, 2, 1), "permission": v(4, 1, 0), "key": v(6, 5, 0)}
	var body []byte
	for _, l := range languages {
		body = append(body, encode(t, ver, shapeLanguage, l)...)
	}
	if ver.n < v(4, 0, 0) {
		body = append(body, encode(t, ver, "s image\ns small", record{"image": "BM", "small": "BM"})...)
	}
	for i, kind := range others {
		switch {
		case counts[i] == "" && i == 5:
			for _, d := range s.dirs {
				body = append(body, encode(t, ver, shapes["dir"], record{"name": d})...)
			}
		case counts[i] == "":
			body = append(body, s.fileEntries(t, ver)...)
		case s.junk && ver.n >= since[kind]:
			head = merge(record{counts[i]: 1}, head)
			r := record{"name": "{app}\\some.exe"}
			switch kind {
			case "permission", "key", "ini":
				r = record{}
			case "run":
				r = record{"name": `{app}\dpinst.exe`, "parameters": "/sw", "components": "main", "SkipIfSilent": true}
			}
			body = append(body, encode(t, ver, shapes[kind], r)...)
		}
	}
	if ver.n >= v(4, 0, 0) {
		body = append(body, s.images(t, ver)...)
	}
	first := append(encode(t, ver, shapeHeader, head), body...)
	var second []byte
	for _, l := range locations {
		second = append(second, encode(t, ver, shapes["location"], l)...)
	}
	out := append([]byte(ver.text), make([]byte, versionLen)...)[:versionLen]
	if ver.n >= v(6, 5, 0) {
		out = append(out, withSum(make([]byte, encryptionLen))...)
	}
	return append(append(out, block(t, ver, first)...), block(t, ver, second)...)
}

// images is what stands at the end: the wizard's images and a library that unpacks.
func (s setup) images(t testing.TB, ver version) []byte {
	t.Helper()
	shape := "4 n 5.6.0-\na image\n4 m 5.6.0-\na small"
	r := record{"image": "BM", "small": "BM"}
	if ver.n >= v(5, 6, 0) {
		r["n"], r["m"] = 1, 1
	}
	if s.method == zipped && ver.n >= v(4, 2, 6) {
		shape += "\na library"
		r["library"] = "MZ"
	}
	return encode(t, ver, shape, r)
}

func (s setup) fileEntries(t testing.TB, ver version) (out []byte) {
	t.Helper()
	n := -1
	for _, f := range s.files {
		where := n
		switch {
		case f.outside:
			where = 1<<32 - 1
		case !f.same:
			n++
			where = n
		}
		out = append(out, encode(t, ver, shapes["file"], merge(record{"dest": f.dest, "location": where}, f.entry))...)
	}
	return out
}

func withSum(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)), b...)
}

// block packs tables as a version does.
func block(t testing.TB, ver version, b []byte) []byte {
	t.Helper()
	packed := compress(t, zipped, b)
	if ver.n >= v(4, 1, 6) {
		packed = lzma1Pack(t, b)
	}
	var body []byte
	for rest := packed; len(rest) > 0; {
		n := min(len(rest), 4096)
		body, rest = append(body, withSum(rest[:n])...), rest[n:]
	}
	var head []byte
	switch {
	case ver.n < v(4, 0, 9):
		head = binary.LittleEndian.AppendUint32(head, uint32(len(packed)))
		head = binary.LittleEndian.AppendUint32(head, uint32(len(b)))
	case ver.n >= v(6, 7, 0):
		head = append(binary.LittleEndian.AppendUint64(head, uint64(len(body))), 1)
	default:
		head = append(binary.LittleEndian.AppendUint32(head, uint32(len(body))), 1)
	}
	return append(withSum(head), body...)
}

// sliceHead is the length of what stands before the data of a slice.
func sliceHead(ver version) int {
	if ver.n >= v(6, 5, 2) {
		return 16
	}
	return 12
}

// slice cuts data into slices by name, of the older kind.
func slice(data []byte, n, perDisk int) map[string][]byte {
	if n == 0 {
		n = len(data) + 1
	}
	out := map[string][]byte{}
	for i := 0; i == 0 || len(data) > 0; i++ {
		part := data[:min(n, len(data))]
		data = data[len(part):]
		b := append([]byte("idska32\x1a"), binary.LittleEndian.AppendUint32(nil, uint32(12+len(part)))...)
		name := "setup-" + string(rune('1'+i)) + ".bin"
		if perDisk > 1 {
			name = "setup-" + string(rune('1'+i/perDisk)) + string(rune('a'+i%perDisk)) + ".bin"
		}
		out[name] = append(b, part...)
	}
	return out
}

// loader puts tables and data behind a program that points to them.
func loader(ver version, tables, data []byte) []byte {
	old := ver.n < v(5, 1, 5)
	at := 0x800
	offset := at + len(tables)
	if data == nil {
		offset = 0
	}
	u32 := func(ns ...int) (b []byte) {
		for _, n := range ns {
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
		}
		return b
	}
	mark := ""
	for _, m := range loaderMarks {
		if ver.n >= m.n && (mark == "" || !strings.HasPrefix(m.mark, "nS5")) {
			mark = m.mark
		}
	}
	table := []byte(mark)
	switch {
	case ver.n >= v(6, 5, 0):
		table = append(table, u32(2, 0, 0, 0, 0, 0, 0, at, 0, offset, 0, 0)...)
	case !old:
		table = append(table, u32(1, 0, 0, 0, 0, at, offset)...)
	default:
		table = append(table, u32(0, 0)...)
		if ver.n < v(4, 1, 6) {
			table = append(table, u32(0)...)
		}
		table = append(table, u32(0, 0)...)
		if ver.n < v(4, 0, 0) {
			table = append(table, u32(0)...)
		}
		table = append(table, u32(at, offset)...)
	}
	if ver.n >= v(4, 0, 10) {
		table = append(table, u32(int(crc32.ChecksumIEEE(table)))...)
	}
	var b []byte
	if old {
		b = program(nil)
		copy(b[0x30:], append([]byte("Inno"), u32(0x700, ^0x700)...))
		b = append(b, make([]byte, at-len(b))...)
		copy(b[0x700:], table)
	} else {
		b = program(table)
		b = append(b, make([]byte, at-len(b))...)
	}
	return append(append(b, tables...), data...)
}

// program is an executable with one resource, RCDATA 11111, if there is one.
func program(resource []byte) []byte {
	b := make([]byte, 0x600)
	le := binary.LittleEndian
	copy(b, "MZ")
	le.PutUint32(b[0x3C:], 0x80)
	copy(b[0x80:], "PE\x00\x00\x4C\x01")
	le.PutUint16(b[0x86:], 1)
	le.PutUint16(b[0x94:], 0xE0)
	o := b[0x98:]
	le.PutUint16(o, 0x10B)
	le.PutUint32(o[92:], 16)
	sections := o[0xE0:]
	copy(sections, ".rsrc")
	le.PutUint32(sections[8:], 0x200)
	le.PutUint32(sections[12:], 0x1000)
	le.PutUint32(sections[16:], 0x200)
	le.PutUint32(sections[20:], 0x400)
	if resource == nil {
		return b
	}
	le.PutUint32(o[96+16:], 0x1000)
	le.PutUint32(o[96+20:], 0x200)
	root := b[0x400:]
	const folder = 1 << 31
	for i, e := range [][2]uint32{{10, folder | 0x20}, {loaderResource, folder | 0x40}, {0x409, 0x60}} {
		d := root[i*0x20:]
		le.PutUint16(d[14:], 1)
		le.PutUint32(d[16:], e[0])
		le.PutUint32(d[20:], e[1])
	}
	le.PutUint32(root[0x60:], 0x1080)
	le.PutUint32(root[0x64:], uint32(len(resource)))
	copy(root[0x80:], resource)
	return b
}

// contents are the files that an installer must unpack to, by name.
func (s setup) contents() map[string]string {
	out := map[string]string{}
	content := ""
	for _, f := range s.files {
		if f.outside {
			continue
		}
		if !f.same {
			content = f.content
		}
		name := strings.NewReplacer(`\`, "/", "{", "", "}", "").Replace(f.dest)
		out[path.Clean(name)] = content
	}
	return out
}
