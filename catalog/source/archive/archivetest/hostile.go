package archivetest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"strings"
)

// HostileArchive is an archive that was made to do harm.
type HostileArchive struct {
	Name  string        // what it tries
	File  string        // its name in a folder
	Bytes func() []byte // it is built when it is asked for: the largest has 90 MB
}

// HostileGood is a file that the archives hold beside what is hostile, unless they are about sizes and numbers. Whoever
// unpacks one must still get it.
const HostileGood = "good.inf"

const hostileText = "[Version]\r\nSignature=\"$WINDOWS NT$\"\r\n"

// plainFormat is a format and how an archive of it is built.
type plainFormat struct {
	name, file string
	build      func(...Member) []byte
	links      []fs.FileMode
}

func plainFormats() []plainFormat {
	return []plainFormat{
		{"zip", "a.zip", Zip, []fs.FileMode{fs.ModeSymlink}},
		{"7z", "a.7z", SevenZip, []fs.FileMode{fs.ModeSymlink}},
		{"rar 5", "a.rar", Rar5, []fs.FileMode{fs.ModeSymlink, fs.ModeIrregular}},
		{"rar 4", "old.rar", Rar4, []fs.FileMode{fs.ModeSymlink}},
	}
}

// HostileNames are names that must not become paths. Each has the word evil in it, or names a device.
func HostileNames() []string {
	return []string{
		"../evil.inf", "x64/../../evil.inf", "x64/../evil.inf", "../../../../../../../../evil.inf", `..\evil.inf`, `x64\..\..\evil.inf`,
		"/evil.inf", `\evil.inf`, "//server/share/evil.inf", `\\server\share\evil.inf`, `\\?\C:\evil.inf`,
		"C:/evil.inf", `C:\evil.inf`, "C:evil.inf", "evil.inf:stream", "evil.inf::$DATA", "good.inf:evil",
		"NUL", "nul.inf", "x64/COM1", "aux.sys", "CONIN$", "LPT¹.txt",
		"evil.inf.", "evil.inf ", "evil./a.inf", "evil /a.inf", "evil\x01.inf", "evil\n.inf", "evil?.inf", "evil<.inf", "evil|.inf",
		strings.Repeat("evil", 75) + ".inf", strings.Repeat("evil/", 7000) + "a.inf",
	}
}

// Hostile are archives of every plain format that try what archives can try: names that lead out, links, names that
// collide, sizes that are not true, bombs, circles, and a million entries.
func Hostile() []HostileArchive {
	good := Member{Name: HostileGood, Data: hostileText}
	var all []HostileArchive
	for _, f := range plainFormats() {
		add := func(what string, members ...Member) {
			all = append(all, HostileArchive{f.name + ": " + what, f.file, func() []byte { return f.build(members...) }})
		}
		for _, name := range HostileNames() {
			add(fmt.Sprintf("name %.30q", name), Member{Name: name, Data: "evil"}, good)
		}
		add("every name at once", append(everyName(), good)...)
		for _, mode := range f.links {
			for _, target := range []string{"../../evil", "/etc", `C:\Windows`, ".", "link"} {
				add(fmt.Sprintf("link (%v) to %s and a file below it", mode, target),
					Member{Name: "link", Data: target, Mode: mode}, Member{Name: "link/evil.inf", Data: "evil"}, good)
			}
		}
		add("one name twice", good, Member{Name: HostileGood, Data: "evil"})
		add("names that differ in case", good, Member{Name: "GOOD.INF", Data: "evil"}, Member{Name: "Good.Inf", Data: "evil"})
		add("a file and a folder of one name", Member{Name: "x", Data: "evil"}, Member{Name: "x", Mode: fs.ModeDir}, Member{Name: "x/evil.inf", Data: "evil"}, good)
		if f.name != "rar 4" { // of one reader with format 5
			add("a million empty entries", million()...)
		}
	}
	return append(append(all, claims()...), bombs()...)
}

func everyName() (all []Member) {
	for _, n := range HostileNames() {
		all = append(all, Member{Name: n, Data: "evil"})
	}
	return all
}

// million shares its members among the formats.
func million() []Member {
	all := make([]Member, 1_000_000)
	for i := range all {
		all[i].Name = fmt.Sprintf("%x", i)
	}
	return all
}

// claims are archives of about 10 KB that claim terabytes.
func claims() []HostileArchive {
	const size = 4 << 40
	junk := strings.Repeat("claim ", 1700)
	sevenZip := func(coder ...byte) func() []byte {
		return func() []byte {
			return Seal([]byte(junk), oneFile(uint64(len(junk)), size, coder...))
		}
	}
	return []HostileArchive{
		{"zip: 10 KB claim 4 TB", "claim.zip", func() []byte { return zipOf([]zipEntry{{"evil.sys", []byte(junk), 0, size, -1}}) }},
		{"zip: 10 KB deflated claim 4 TB", "claim.zip", func() []byte { return zipOf([]zipEntry{{"evil.sys", deflated(junk), 8, size, -1}}) }},
		{"7z: 10 KB claim 4 TB", "claim.7z", sevenZip(1, 0)},
		{"7z: 10 KB of LZMA claim 4 TB and a dictionary of 4 GB", "claim.7z", sevenZip(0x23, 3, 1, 1, 5, 93, 0xFF, 0xFF, 0xFF, 0xFF)},
		{"7z: 10 KB of LZMA2 claim 4 TB and a dictionary of 4 GB", "claim.7z", sevenZip(0x21, 0x21, 1, 40)},
		{"7z: 10 KB of PPMd claim 4 TB and 2 GB of memory", "claim.7z", sevenZip(0x23, 3, 4, 1, 5, 6, 0xFF, 0xFF, 0xFF, 0x7F)},
		{"7z: a list that claims 4 TB", "claim.7z", func() []byte {
			return Seal([]byte(junk), append([]byte{23}, folder(uint64(len(junk)), size, 1, 0)...))
		}},
		{"rar 5: 10 KB claim 4 TB", "claim.rar", func() []byte {
			all := Rar5()
			return append(append(all[:len(all)-8:len(all)-8], Rar5File(Member{Name: "evil.sys", Data: junk}, size)...), all[len(all)-8:]...)
		}},
	}
}

// oneFile is a 7z header of one file in one folder of one coder.
func oneFile(packed, size uint64, coder ...byte) []byte {
	h := append([]byte{1, 4}, folder(packed, size, coder...)...)
	return append(append(h, SevenZipFiles([]Member{{Name: "evil.sys", Data: "x"}})...), 0)
}

// folder describes one packed stream and one folder of one coder.
func folder(packed, size uint64, coder ...byte) []byte {
	h := append(append([]byte{6, 0, 1, 9}, Number(packed)...), 0)
	h = append(append(append(h, 7, 11, 1, 0, 1), coder...), 12)
	return append(append(h, Number(size)...), 0, 0)
}

func deflated(s string) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	must(err)
	_, err = w.Write([]byte(s))
	must(err)
	must(w.Close())
	return b.Bytes()
}

// bombs are small archives that unpack to much, and such as refer to themselves.
func bombs() []HostileArchive {
	const big = 64 << 20
	zeros := func() string { return string(make([]byte, big)) }
	return []HostileArchive{
		{"zip: 64 MiB of zeros, a thousand to one", "bomb.zip", func() []byte { return Zip(Member{Name: "evil.sys", Data: zeros()}) }},
		{"7z: 64 MiB of zeros, a thousand to one", "bomb.7z", func() []byte {
			data := deflated(zeros())
			return Seal(data, oneFile(uint64(len(data)), big, 3, 4, 1, 8))
		}},
		{"zip: ten archives of ten archives of ten archives of 8 MiB", "42.zip", func() []byte {
			b := Zip(Member{Name: "evil.sys", Data: string(make([]byte, 8<<20))})
			for range 3 {
				var members []Member
				for i := range 10 {
					members = append(members, Member{Name: fmt.Sprintf("%d.zip", i), Data: string(b)})
				}
				b = Zip(members...)
			}
			return b
		}},
		{"zip: an archive in an archive, 200 deep", "deep.zip", func() []byte {
			b := Zip(Member{Name: "evil.inf", Data: "evil"})
			for range 200 {
				b = Zip(Member{Name: "deep.zip", Data: string(b)})
			}
			return b
		}},
		{"7z: an archive in an archive, 200 deep", "deep.7z", func() []byte {
			b := SevenZip(Member{Name: "evil.inf", Data: "evil"})
			for range 200 {
				b = SevenZip(Member{Name: "deep.7z", Data: string(b)})
			}
			return b
		}},
		{"zip: 5,000 entries on the same 16 MiB", "overlap.zip", func() []byte {
			data := deflated(string(make([]byte, 16<<20)))
			entries := []zipEntry{{"evil", data, 8, 16 << 20, -1}}
			for i := range 5000 {
				entries = append(entries, zipEntry{fmt.Sprintf("evil%d", i), data, 8, 16 << 20, 0})
			}
			return zipOf(entries)
		}},
		{"7z: a list of files that is packed in itself", "self.7z", func() []byte {
			h := append([]byte{23}, folder(0, 0, 1, 0)...)
			h[5], h[len(h)-3] = byte(len(h)), byte(len(h))
			return Seal(h, h)
		}},
		{"7z: two decoders that feed each other", "circle.7z", func() []byte {
			h := append([]byte{1, 4, 6, 0, 1, 9, 4, 0, 7, 11, 1, 0}, 3, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 12, 4, 4, 4, 0, 0)
			return Seal([]byte("evil"), append(append(h, SevenZipFiles([]Member{{Name: "evil.sys", Data: "evil"}})...), 0))
		}},
	}
}

// zipEntry is an entry of an archive that is put together by hand: what it claims need not be true.
type zipEntry struct {
	name   string
	data   []byte
	method uint16
	size   uint64 // claimed
	same   int    // the entry whose data it shares, -1 if it has its own
}

// zipOf builds a ZIP archive whose sizes all stand in the fields for 64 bits.
func zipOf(entries []zipEntry) []byte {
	u16, u32, u64 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32, binary.LittleEndian.AppendUint64
	var b, directory []byte
	at := make([]uint64, len(entries))
	for i, e := range entries {
		packed := uint64(len(e.data))
		if e.method == 0 {
			packed = e.size // stored: both are the same
		}
		head := u32(u16(u16(u16(nil, 45), 0), e.method), 0)
		head = u32(u32(u32(head, crc32.ChecksumIEEE(e.data)), 0xFFFFFFFF), 0xFFFFFFFF)
		sizes := u64(u64(nil, e.size), packed)
		if e.same >= 0 {
			at[i] = at[e.same]
		} else {
			at[i] = uint64(len(b))
			b = append(append(b, "PK\x03\x04"...), head...)
			b = append(u16(u16(b, uint16(len(e.name))), 20), e.name...)
			b = append(append(u16(u16(b, 1), 16), sizes...), e.data...)
		}
		directory = append(append(append(directory, "PK\x01\x02"...), 45, 0), head...)
		directory = u16(u16(directory, uint16(len(e.name))), 28)
		directory = u32(append(directory, make([]byte, 10)...), 0xFFFFFFFF)
		directory = append(directory, e.name...)
		directory = u64(append(u16(u16(directory, 1), 24), sizes...), at[i])
	}
	start := uint64(len(b))
	b = append(b, directory...)
	end := uint64(len(b))
	b = u32(u32(u16(u16(u64(append(b, "PK\x06\x06"...), 44), 45), 45), 0), 0)
	b = u64(u64(u64(u64(b, uint64(len(entries))), uint64(len(entries))), uint64(len(directory))), start)
	b = u32(u64(u32(append(b, "PK\x06\x07"...), 0), end), 1)
	return u16(u32(u32(u16(u16(u32(append(b, "PK\x05\x06"...), 0), 0xFFFF), 0xFFFF), 0xFFFFFFFF), 0xFFFFFFFF), 0)
}
