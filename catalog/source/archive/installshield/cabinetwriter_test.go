package installshield_test

import (
	"bytes"
	"compress/flate"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// A writer of InstallShield cabinets, as far as the reader must know them.

// cabFile is a file to be written.
type cabFile struct {
	group, folder, name string
	data                string
	stored, obfuscated  bool
	endless             bool // chunks whose streams do not say that they end
	old                 bool // one stream that does not say that it ends
	invalid             bool
	absent              bool   // only listed: its data is elsewhere
	link                int    // 1 more than the index of the file whose data it has
	md5                 string // another one than its own
}

// cabSet is a set of cabinets to be written.
type cabSet struct {
	version uint32
	volume  int  // bytes of data in a volume; 0: all of them in one
	inside  bool // data1.cab holds the header
	files   []cabFile
}

// blob is a structure that is being written.
type blob struct{ b []byte }

func (b *blob) len() int               { return len(b.b) }
func (b *blob) add(p []byte) (at int)  { at = len(b.b); b.b = append(b.b, p...); return at }
func (b *blob) room(n int) (at int)    { return b.add(make([]byte, n)) }
func (b *blob) put16(at int, v uint16) { binary.LittleEndian.PutUint16(b.b[at:], v) }
func (b *blob) put32(at int, v int)    { binary.LittleEndian.PutUint32(b.b[at:], uint32(v)) }
func (b *blob) put64(at int, v int)    { binary.LittleEndian.PutUint64(b.b[at:], uint64(v)) }
func (b *blob) text(s string, wide bool) int {
	if wide {
		return b.add(utf16Bytes(s + "\x00"))
	}
	return b.add([]byte(s + "\x00"))
}

func utf16Bytes(s string) (p []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		p = binary.LittleEndian.AppendUint16(p, u)
	}
	return p
}

func deflated(data string, final bool) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression)
	_, _ = w.Write([]byte(data))
	if final {
		_ = w.Close()
	} else {
		_ = w.Flush()
	}
	return out.Bytes()
}

// pack is the data of a file as a volume has it.
func (f *cabFile) pack() []byte {
	var out []byte
	switch {
	case f.stored:
		out = []byte(f.data)
	default:
		const most = 60000
		for data := f.data; data != ""; {
			n := min(len(data), most)
			c := deflated(data[:n], !f.old && !f.endless)
			if !f.old {
				out = binary.LittleEndian.AppendUint16(out, uint16(len(c)))
			}
			out = append(out, c...)
			data = data[n:]
		}
	}
	if f.obfuscated {
		for i, b := range out {
			b += byte(i % 0x47)
			out[i] = (b<<2 | b>>6) ^ 0xD5
		}
	}
	return out
}

func (f *cabFile) flags() (v uint16) {
	if f.obfuscated {
		v |= 2
	}
	if !f.stored {
		v |= 4
	}
	if f.invalid {
		v |= 8
	}
	return v
}

// placed is where a file was written.
type placed struct {
	at, packed, volume int
	split              bool
}

// volumePart is what the header of a volume says of a file that has a part in it.
type volumePart struct{ index, at, size, packed int }

func (s *cabSet) major() int {
	if s.version>>24 == 1 {
		return int(s.version >> 12 & 15)
	}
	return int(s.version&0xFFFF) / 100
}

// build writes the set and returns its files by name.
func (s *cabSet) build() map[string][]byte {
	const headLen = 0x200
	var volumes []*blob
	var firsts, lasts []volumePart
	next := func() {
		v := &blob{}
		v.room(headLen)
		volumes = append(volumes, v)
		firsts, lasts = append(firsts, volumePart{index: -1}), append(lasts, volumePart{index: -1})
	}
	next()
	places := make([]placed, len(s.files))
	for i := range s.files {
		f := &s.files[i]
		data := f.pack()
		if f.link > 0 {
			places[i] = placed{at: 1, packed: len(data), volume: 1}
			continue
		}
		p := placed{packed: len(data)}
		for begun := false; len(data) > 0 || !begun; {
			v := volumes[len(volumes)-1]
			free := len(data)
			if s.volume > 0 {
				free = headLen + s.volume - v.len()
			}
			if free <= 0 && len(data) > 0 {
				next()
				continue
			}
			n := max(0, min(free, len(data)))
			at := v.add(data[:n])
			data = data[n:]
			k := len(volumes) - 1
			if !begun {
				p.at, p.volume, begun = at, k+1, true
			}
			part := volumePart{i, at, n, n}
			if firsts[k].index < 0 {
				firsts[k] = part
			}
			if lasts[k] = part; len(data) > 0 {
				p.split = true
				next()
			}
		}
		places[i] = p
	}
	for i := range s.files {
		if s.files[i].absent {
			places[i].at = volumes[0].len()
		}
	}
	out := map[string][]byte{}
	header := s.header(places)
	for k, v := range volumes {
		s.volumeHeader(v, firsts[k], lasts[k])
		if k == 0 && s.inside {
			at := v.add(header)
			v.put32(12, at)
			v.put32(16, len(header))
		}
		out[fmt.Sprintf("data%d.cab", k+1)] = v.b
	}
	if !s.inside {
		h := &blob{}
		h.room(headLen)
		s.volumeHeader(h, volumePart{index: 0}, volumePart{index: 0})
		h.put32(12, headLen)
		h.put32(16, len(header))
		h.add(header)
		h.put32(20, h.len())
		out["data1.hdr"] = h.b
	}
	return out
}

func (s *cabSet) volumeHeader(v *blob, first, last volumePart) {
	v.put32(0, 0x28635349)
	v.put32(4, int(s.version))
	v.put32(12, 0x200)
	v.put32(20, 0x200)
	v.put32(0x1C, first.index)
	v.put32(0x20, last.index)
	for i, p := range []volumePart{first, last} {
		if s.major() >= 6 {
			at := 0x24 + 24*i
			v.put64(at, p.at)
			v.put64(at+8, p.size)
			v.put64(at+16, p.packed)
			continue
		}
		at := 0x24 + 12*i
		v.put32(at, p.at)
		v.put32(at+4, p.size)
		v.put32(at+8, p.packed)
	}
}

// header writes the descriptor and the tables behind it.
func (s *cabSet) header(places []placed) []byte {
	six, wide := s.major() >= 6, s.major() >= 17
	var folders []string
	folderOf := map[string]int{}
	for _, f := range s.files {
		if _, ok := folderOf[f.folder]; !ok {
			folderOf[f.folder] = len(folders)
			folders = append(folders, f.folder)
		}
	}
	b := &blob{}
	b.room(0x27E)
	s.groups(b, wide)
	table := b.room(4 * (len(folders) + len(s.files)))
	b.put32(0x0C, table)
	b.put32(0x1C, len(folders))
	b.put32(0x28, len(s.files))
	for i, name := range folders {
		b.put32(table+4*i, b.text(name, wide)-table)
	}
	const six6, five5 = 0x57, 0x3A
	files := 0
	if six {
		files = b.room(six6 * len(s.files))
		b.put32(0x2C, files-table)
	}
	for i, f := range s.files {
		p := places[i]
		name := b.text(f.name, wide) - table
		sum := md5.Sum([]byte(f.data))
		if f.md5 != "" {
			copy(sum[:], f.md5)
		}
		flags, date, clock := f.flags(), uint16(2009-1980)<<9|7<<5|14, uint16(13)<<11|37<<5|21
		if !six {
			at := b.room(five5)
			b.put32(table+4*(len(folders)+i), at-table)
			b.put32(at, name)
			b.put32(at+4, folderOf[f.folder])
			b.put16(at+8, flags)
			b.put32(at+0x0A, len(f.data))
			b.put32(at+0x0E, p.packed)
			b.put32(at+0x16, int(date))
			b.put32(at+0x1A, int(clock))
			b.put32(at+0x26, p.at)
			continue
		}
		at := files + six6*i
		if p.split {
			flags |= 1
		}
		b.put16(at, flags)
		b.put64(at+2, len(f.data))
		b.put64(at+0x0A, p.packed)
		b.put64(at+0x12, p.at)
		copy(b.b[at+0x1A:], sum[:])
		b.put32(at+0x3A, name)
		b.put16(at+0x3E, uint16(folderOf[f.folder]))
		b.put16(at+0x44, date)
		b.put16(at+0x46, clock)
		if f.link > 0 {
			b.put32(at+0x4C, f.link-1)
			b.b[at+0x54] = 1
		}
		b.put16(at+0x55, uint16(p.volume))
	}
	return b.b
}

// groups writes the file groups: runs of files with the same name. Two share a chain.
func (s *cabSet) groups(b *blob, wide bool) {
	chain, link := 0, 0
	for i := 0; i < len(s.files); {
		last := i
		for last+1 < len(s.files) && s.files[last+1].group == s.files[i].group {
			last++
		}
		if name := s.files[i].group; name != "" {
			entry, desc := b.room(12), b.room(0x60)
			b.put32(entry+4, desc)
			b.put32(desc, b.text(name, wide))
			first := desc + 0x4C
			if s.major() >= 6 {
				first = desc + 0x16
			}
			b.put32(first, i)
			b.put32(first+4, last)
			if chain%2 == 0 {
				b.put32(0x3E+4*(chain/2), entry)
			} else {
				b.put32(link+8, entry)
			}
			link = entry
			chain++
		}
		i = last + 1
	}
}

// folder is an input with the files of a set beside it.
func folder(files map[string][]byte, name string) archive.Input {
	in := archivetest.Bytes(name, files[name])
	in.Beside = func(other string) (archive.Input, error) {
		for n := range files {
			if strings.EqualFold(n, other) {
				return folder(files, n), nil
			}
		}
		return archive.Input{}, &fs.PathError{Op: "open", Path: other, Err: fs.ErrNotExist}
	}
	return in
}

// written is the time that the writers give each file.
func written() time.Time { return time.Date(2009, 7, 14, 13, 37, 42, 0, time.UTC) }

// noise is text that packs badly, the same every time.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(n)*2654435761 + 1
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
		if i%7 == 0 {
			b[i] = ' '
		}
	}
	return string(b)
}

func mustOpen(t *testing.T, in archive.Input) archive.Reader {
	t.Helper()
	r, err := open(in, archive.Limits{})
	if err != nil {
		t.Fatalf("open %s: %v", in.Name, err)
	}
	return r
}
