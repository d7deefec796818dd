package nsis

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"sort"
	"time"
	"unicode/utf16"

	xz "github.com/ulikunitz/xz/lzma"
)

// What a string of a script can refer to.
type (
	varRef   uint32
	langRef  uint32
	shellRef [2]byte
)

// builder writes installers for tests: any layout, any compression, any script.
type builder struct {
	layout
	method   method
	solid    bool
	filtered bool // NSIS's LZMA streams with a byte for the filter, which is not used here
	bare     bool // stored blocks without a complement, all data in such blocks
	flags    uint32
	stub     []byte

	strings  []byte
	script   []instruction
	data     bytes.Buffer // files: each its size and its bytes, compressed alone if not solid
	sections [][6]uint32
	langs    map[uint16][]uint32
	install  uint32
}

func newBuilder(l layout) *builder {
	b := &builder{layout: l, stub: stub(1024)}
	b.str()
	return b
}

// stub is an executable for Windows without a section, of so many bytes.
func stub(n int) []byte {
	p := make([]byte, n)
	copy(p, "MZ")
	binary.LittleEndian.PutUint32(p[0x3C:], 0x80)
	copy(p[0x80:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(p[0x80+6:], 1)
	binary.LittleEndian.PutUint16(p[0x80+20:], 0xE0)
	binary.LittleEndian.PutUint16(p[0x80+24:], 0x10B)
	section := p[0x80+24+0xE0:]
	copy(section, ".text")
	binary.LittleEndian.PutUint32(section[16:], uint32(n-512))
	binary.LittleEndian.PutUint32(section[20:], 512)
	return p
}

// str adds a string and returns its place.
func (b *builder) str(parts ...any) uint32 {
	pos := uint32(len(b.strings))
	if b.unicode {
		pos /= 2
	}
	put := func(codes ...uint32) {
		for _, c := range codes {
			if b.unicode {
				b.strings = binary.LittleEndian.AppendUint16(b.strings, uint16(c))
			} else {
				b.strings = append(b.strings, byte(c))
			}
		}
	}
	code := func(kind, n uint32) { // kind as in NSIS 3
		lead := kind
		switch {
		case b.park() && b.unicode:
			put([]uint32{0, codeParkLang, codeParkShell, codeParkVar}[kind], n|0x8000)
			return
		case b.family != nsis3:
			lead = []uint32{0, code2Lang, code2Shell, code2Var}[kind]
		}
		low, high := n&0x7F|0x80, n>>7&0x7F|0x80
		if b.unicode {
			put(lead, low|high<<8)
		} else {
			put(lead, low, high)
		}
	}
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			for _, c := range utf16.Encode([]rune(p)) {
				put(uint32(c))
			}
		case []byte:
			for _, c := range p {
				put(uint32(c))
			}
		case varRef:
			code(code3Var, uint32(p))
		case langRef:
			code(code3Lang, uint32(p))
		case shellRef:
			switch {
			case b.park() && b.unicode:
				put(codeParkShell, uint32(p[0])|uint32(p[1])<<8)
			case b.unicode:
				put(code3Shell, uint32(p[0])|uint32(p[1])<<8)
			case b.family == nsis3:
				put(code3Shell, uint32(p[0]), uint32(p[1]))
			default:
				put(code2Shell, uint32(p[0]), uint32(p[1]))
			}
		}
	}
	put(0)
	return pos
}

// do adds an instruction, numbered as in NSIS 3, in the layout's own number.
func (b *builder) do(op opcode, p ...uint32) {
	s := instruction{raw: op}
	for n := range opcode(opcodes + 8) {
		if b.opcode(n) == op {
			s.raw = n
			break
		}
	}
	copy(s.p[:], p)
	b.script = append(b.script, s)
}

func (b *builder) outPath(parts ...any) { b.do(opCreateDir, b.str(parts...), 1) }

var modified = time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC)

// file adds a file and the instruction that writes it.
func (b *builder) file(content string, name ...any) { b.fileAt(b.add(content), name...) }

func (b *builder) fileAt(pos uint32, name ...any) {
	ft := uint64(modified.Unix()+11644473600) * 1e7
	b.do(opExtract, 0, b.str(name...), pos, uint32(ft), uint32(ft>>32), 0)
}

// add puts a file's content into the archive.
func (b *builder) add(content string) uint32 {
	pos := uint32(b.data.Len())
	c, flag := []byte(content), uint32(0)
	if !b.solid && b.method != stored && len(c) > 20 {
		c, flag = b.compress(c), packedFlag
	}
	b.data.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(c))|flag))
	b.data.Write(c)
	return pos
}

// header lays the tables out.
func (b *builder) header() []byte {
	entry := 8
	if b.wide {
		entry = 12
	}
	head := make([]byte, 4+entry*blockCount+40+40+33*4+5*4)
	at := func(i, offset, count int) {
		binary.LittleEndian.PutUint32(head[4+entry*i:], uint32(offset))
		binary.LittleEndian.PutUint32(head[4+entry*i+entry-4:], uint32(count))
	}
	at(blockPages, len(head), 0)
	at(blockSections, len(head), len(b.sections))
	var body []byte
	for _, s := range b.sections {
		for _, v := range s {
			body = binary.LittleEndian.AppendUint32(body, v)
		}
		body = append(body, make([]byte, 2048)...)
	}
	at(blockEntries, len(head)+len(body), len(b.script))
	for _, s := range b.script {
		body = binary.LittleEndian.AppendUint32(body, uint32(s.raw))
		for _, p := range s.p {
			body = binary.LittleEndian.AppendUint32(body, p)
		}
	}
	at(blockStrings, len(head)+len(body), 0)
	body = append(body, b.strings...)
	at(blockLangTables, len(head)+len(body), len(b.langs))
	size := uint32(0)
	var ids []uint16
	for id := range b.langs {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		before := len(body)
		body = binary.LittleEndian.AppendUint16(body, id)
		body = append(body, make([]byte, 8)...)
		for _, v := range b.langs[id] {
			body = binary.LittleEndian.AppendUint32(body, v)
		}
		size = uint32(len(body) - before)
	}
	for i := blockLangTables + 1; i < blockCount; i++ {
		at(i, len(head)+len(body), 0)
	}
	parameters := 4 + entry*blockCount
	binary.LittleEndian.PutUint32(head[parameters+32:], size)
	binary.LittleEndian.PutUint32(head[parameters+40+40+33*4:], b.install)
	return append(head, body...)
}

func (b *builder) bytes() []byte {
	header := b.header()
	var data []byte
	sized := binary.LittleEndian.AppendUint32(nil, uint32(len(header)))
	switch {
	case b.solid:
		data = b.compress(slices.Concat(sized, header, b.data.Bytes()))
	case b.method == stored:
		data = slices.Concat(sized, header, b.data.Bytes())
	default:
		packed := b.compress(header)
		data = slices.Concat(binary.LittleEndian.AppendUint32(nil, uint32(len(packed))|packedFlag), packed, b.data.Bytes())
	}
	out := slices.Clone(b.stub)
	out = binary.LittleEndian.AppendUint32(out, b.flags)
	out = append(out, signature...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(header)))
	out = binary.LittleEndian.AppendUint32(out, uint32(firstHeader+len(data)+4))
	out = append(out, data...)
	return binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(out[min(step, len(out)):]))
}

func (b *builder) compress(p []byte) []byte {
	var out bytes.Buffer
	switch b.method {
	case deflated:
		if b.bare {
			return bareBlocks(p)
		}
		w, _ := flate.NewWriter(&out, flate.BestCompression)
		_, _ = w.Write(p)
		_ = w.Close()
	case bzipped:
		var w bitWriter
		for len(p) > 0 {
			n := min(len(p), 2000)
			bzipBlock(&w, p[:n])
			p = p[n:]
		}
		w.put(0x17, 8)
		return w.b
	case lzmaed:
		w, err := xz.WriterConfig{Properties: &xz.Properties{LC: 3, LP: 0, PB: 2}, DictCap: 1 << 19, EOSMarker: true}.NewWriter(&out)
		if err != nil {
			panic(err)
		}
		_, _ = w.Write(p)
		_ = w.Close()
		packed := slices.Concat(out.Bytes()[:5], out.Bytes()[13:])
		if b.filtered {
			packed = append([]byte{0}, packed...)
		}
		return packed
	}
	return out.Bytes()
}

// bareBlocks stores everything in blocks of DEFLATE, as NSIS 2 writes them.
func bareBlocks(p []byte) (out []byte) {
	for {
		n := min(len(p), 0xFFFF)
		last := byte(0)
		if n == len(p) {
			last = 1
		}
		out = append(binary.LittleEndian.AppendUint16(append(out, last), uint16(n)), p[:n]...)
		if p = p[n:]; last == 1 {
			return out
		}
	}
}

// bzipBlock compresses one block, with the simplest codes that are legal.
func bzipBlock(w *bitWriter, p []byte) {
	last, origin := bzipSort(p)
	w.put(0x31, 8)
	w.put(uint32(origin), 24)
	var used [256]bool
	groups := uint32(0)
	for _, c := range last {
		used[c] = true
		groups |= 1 << (15 - c/16)
	}
	w.put(groups, 16)
	var front []byte
	for c, u := range used {
		if groups>>(15-c/16)&1 == 0 {
			continue
		}
		w.put(0, 1)
		if u {
			w.b[len(w.b)-1] |= 1 << (7 - (w.n-1)%8)
			front = append(front, byte(c))
		}
	}
	end := len(front) + 1
	symbols := append(bzipSymbols(last, front), end)
	selectors := (len(symbols) + bzGroup - 1) / bzGroup
	w.put(2, 3)
	w.put(uint32(selectors), 15)
	for i := range selectors { // both trees in turn
		w.put(uint32(min(i, 1)*2), min(i, 1)+1)
	}
	width := 1
	for 1<<width < end+1 {
		width++
	}
	// The second tree has a longer code for everything: it is wasteful, and legal.
	for t := range 2 {
		w.put(uint32(width+4*t), 5)
		w.put(0, end+1)
	}
	for i, s := range symbols {
		w.put(uint32(s), width+4*(i/bzGroup%2))
	}
}

// bzipSort shortens repetitions of four and more and transforms the result.
func bzipSort(p []byte) (last []byte, origin int) {
	var b []byte
	for i := 0; i < len(p); {
		n := 1
		for i+n < len(p) && p[i+n] == p[i] && n < 255+4 {
			n++
		}
		b = append(b, bytes.Repeat(p[i:i+1], min(n, 4))...)
		if n >= 4 {
			b = append(b, byte(n-4))
		}
		i += n
	}
	order := make([]int, len(b))
	for i := range order {
		order[i] = i
	}
	twice := append(slices.Clone(b), b...)
	sort.SliceStable(order, func(x, y int) bool {
		return bytes.Compare(twice[order[x]:order[x]+len(b)], twice[order[y]:order[y]+len(b)]) < 0
	})
	for _, o := range order {
		last = append(last, b[(o+len(b)-1)%len(b)])
	}
	return last, slices.Index(order, 0)
}

// bzipSymbols moves to front and counts repetitions.
func bzipSymbols(last, front []byte) (symbols []int) {
	front = slices.Clone(front)
	run := 0
	flush := func() {
		for ; run > 0; run = (run - 1) / 2 {
			symbols = append(symbols, 1-run&1)
		}
	}
	for _, c := range last {
		i := bytes.IndexByte(front, c)
		if i == 0 {
			run++
			continue
		}
		flush()
		symbols = append(symbols, i+1)
		copy(front[1:i+1], front[:i])
		front[0] = c
	}
	flush()
	return symbols
}

type bitWriter struct {
	b []byte
	n int // bits
}

func (w *bitWriter) put(v uint32, n int) {
	for n--; n >= 0; n-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>n&1) << (7 - w.n%8)
		w.n++
	}
}
