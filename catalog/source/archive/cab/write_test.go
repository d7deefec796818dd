package cab

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io/fs"
	"math/rand/v2"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// What the tests' cabinets are made of.
type (
	testFile struct {
		name   string
		data   string
		attrs  uint16
		folder int // as it is written
		offset int
		size   int // if it is not data's
	}
	testBlock struct {
		data []byte
		n    int
	}
	testFolder struct {
		method uint16
		blocks []testBlock
	}
	testCabinet struct {
		folders                 []testFolder
		files                   []testFile
		head, perFolder, perBlk int // bytes reserved
		prev, next              string
		set, index              uint16
		noSums                  bool
		reserveSummed           bool // checksums go over what is reserved, as the specification has it
	}
)

const lzx15, lzx21 = 15<<8 | methodLZX, 21<<8 | methodLZX

// compress makes the data blocks of a folder.
func compress(method uint16, data []byte) []testBlock {
	bits := int(method >> 8)
	switch method & methodMask {
	case methodLZX:
		return encodeLZX(bits, []int{lzxVerbatim, lzxAlignedBlock, lzxUncompressed}, 30001, 1<<24, data)
	case methodQuantum:
		return encodeQuantum(bits, data)
	}
	var blocks []testBlock
	for at := 0; at < len(data); at += frameSize {
		b := data[at:min(len(data), at+frameSize)]
		if method != methodStored {
			var out bytes.Buffer
			out.WriteString("CK")
			w, err := flate.NewWriterDict(&out, flate.BestCompression, data[max(0, at-frameSize):at])
			if err == nil {
				_, err = w.Write(b)
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				panic(err)
			}
			b = out.Bytes()
		}
		blocks = append(blocks, testBlock{b, min(frameSize, len(data)-at)})
	}
	return blocks
}

// add puts files into a folder of their own.
func (c *testCabinet) add(method uint16, files ...testFile) {
	var data []byte
	for _, f := range files {
		f.folder, f.offset = len(c.folders), len(data)
		data = append(data, f.data...)
		c.files = append(c.files, f)
	}
	c.folders = append(c.folders, testFolder{method, compress(method, data)})
}

func (c *testCabinet) bytes() []byte {
	le := binary.LittleEndian
	var flags uint16
	var names []byte
	if c.prev != "" {
		flags |= flagPrev
		names = append(names, c.prev+"\x00disk before\x00"...)
	}
	if c.next != "" {
		flags |= flagNext
		names = append(names, c.next+"\x00disk behind\x00"...)
	}
	out := make([]byte, headerSize)
	if c.head+c.perFolder+c.perBlk > 0 {
		flags |= flagReserve
		out = le.AppendUint16(out, uint16(c.head))
		out = append(out, byte(c.perFolder), byte(c.perBlk))
		out = append(out, strings.Repeat("h", c.head)...)
	}
	out = append(out, names...)
	folders := len(out)
	out = append(out, make([]byte, len(c.folders)*(folderSize+c.perFolder))...)
	le.PutUint32(out[16:], uint32(len(out)))
	for _, f := range c.files {
		size := f.size
		if size == 0 {
			size = len(f.data)
		}
		out = le.AppendUint32(out, uint32(size))
		out = le.AppendUint32(out, uint32(f.offset))
		out = le.AppendUint16(out, uint16(f.folder))
		out = le.AppendUint16(out, 31<<9|10<<5|29) // 2011-10-29
		out = le.AppendUint16(out, 13<<11|14<<5|8) // 13:14:16
		out = le.AppendUint16(out, f.attrs)
		out = append(out, f.name+"\x00"...)
	}
	for i, f := range c.folders {
		at := out[folders+i*(folderSize+c.perFolder):]
		le.PutUint32(at, uint32(len(out)))
		le.PutUint16(at[4:], uint16(len(f.blocks)))
		le.PutUint16(at[6:], f.method)
		for _, b := range f.blocks {
			head := le.AppendUint16(nil, uint16(len(b.data)))
			head = le.AppendUint16(head, uint16(b.n))
			head = append(head, strings.Repeat("r", c.perBlk)...)
			sum := checksum(head[:4], checksum(b.data, 0))
			if c.reserveSummed {
				sum = checksum(head, checksum(b.data, 0))
			}
			if c.noSums {
				sum = 0
			}
			out = le.AppendUint32(out, sum)
			out = append(append(out, head...), b.data...)
		}
	}
	copy(out, "MSCF")
	le.PutUint32(out[8:], uint32(len(out)))
	out[24], out[25] = 3, 1
	le.PutUint16(out[26:], uint16(len(c.folders)))
	le.PutUint16(out[28:], uint16(len(c.files)))
	le.PutUint16(out[30:], flags)
	le.PutUint16(out[32:], c.set)
	le.PutUint16(out[34:], c.index)
	return out
}

// split cuts a cabinet of one folder into parts: cuts are places in its blocks, of which the one at a cut is shared by
// two parts.
func split(method uint16, files []testFile, name func(i int) string, cuts ...int) map[string][]byte {
	var whole testCabinet
	whole.add(method, files...)
	blocks := whole.folders[0].blocks
	parts := map[string][]byte{}
	from, begin := 0, 0 // the first block of the part, and where it begins in the folder
	var rest *testBlock
	for i := 0; i <= len(cuts); i++ {
		c := testCabinet{set: 77, index: uint16(i)}
		f := testFolder{method: method}
		bottom, start := begin, begin
		if rest != nil {
			start += rest.n // what begins in the shared block is the part before's
			f.blocks = append(f.blocks, *rest)
			begin += rest.n
			from++
		}
		last := len(blocks)
		if i < len(cuts) {
			last = cuts[i]
		}
		for ; from < last; from++ {
			f.blocks = append(f.blocks, blocks[from])
			begin += blocks[from].n
		}
		end := begin
		if i < len(cuts) {
			b := blocks[from]
			half := len(b.data) / 2
			f.blocks = append(f.blocks, testBlock{b.data[:half], 0})
			rest = &testBlock{b.data[half:], b.n}
			end += b.n // its files are named here and in the next part
		}
		c.folders = []testFolder{f}
		for _, file := range whole.files {
			fileEnd := file.offset + len(file.data)
			if fileEnd <= bottom || file.offset >= end {
				continue
			}
			first, going := file.offset < start, i < len(cuts) && fileEnd > begin
			switch {
			case first && going:
				file.folder = contBoth
			case first:
				file.folder = contFromPrev
			case going:
				file.folder = contToNext
			}
			c.files = append(c.files, file)
		}
		if i > 0 {
			c.prev = name(i - 1)
		}
		if i < len(cuts) {
			c.next = name(i + 1)
		}
		parts[name(i)] = c.bytes()
	}
	return parts
}

// besides is an input in a folder with others.
func besides(files map[string][]byte, name string) archive.Input {
	in := archivetest.Bytes(name, files[name])
	in.Beside = func(name string) (archive.Input, error) {
		for n := range files {
			if strings.EqualFold(n, name) {
				return besides(files, n), nil
			}
		}
		return archive.Input{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return in
}

// text looks like a program: words that come again at any distance, and calls of few functions.
func text(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]byte, 0, n+300)
	for len(out) < n {
		switch back := 1 + r.IntN(1+r.IntN(1<<20)); {
		case r.IntN(20) == 0:
			out = append(out, 0xE8)
			out = binary.LittleEndian.AppendUint32(out, uint32(100000*r.IntN(5)-len(out)))
		case r.IntN(3) > 0 && back < len(out):
			from := len(out) - back
			for i := range 3 + r.IntN(1+r.IntN(260)) {
				out = append(out, out[from+i])
			}
		default:
			for range 1 + r.IntN(9) {
				out = append(out, byte(r.IntN(1+r.IntN(256))))
			}
		}
	}
	return string(out[:n])
}
