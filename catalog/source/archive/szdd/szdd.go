package szdd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

const (
	magicSZDD  = "SZDD\x88\xf0\x27\x33"
	magicBasic = "SZ \x88\xf0\x27\x33\xd1"
	magicKWAJ  = "KWAJ\x88\xf0\x27\xd1"
)

// Methods. Those of KWAJ have its numbers; SZDD's is not among them.
const (
	methodSZDD   = -1
	methodStored = 0
	methodXOR    = 1 // each byte inverted
	methodBasic  = 2 // as in files of QBasic
	methodLZH    = 3
	methodMSZIP  = 4
)

type reader struct {
	in      archive.Input
	kind    string
	entries []archive.Entry
	method  int
	data    int64 // where they begin
}

// Open reads the header of a file.
func Open(in archive.Input, _ archive.Limits) (archive.Reader, error) {
	head := make([]byte, 14)
	n, err := in.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("szdd: %s: %w", in.Name, err)
	}
	if n < 8 {
		return nil, fmt.Errorf("szdd: %s: %w", in.Name, archive.ErrFormat)
	}
	r := &reader{in: in, kind: "szdd", entries: make([]archive.Entry, 1)}
	e := &r.entries[0]
	need := 14
	switch string(head[:8]) {
	case magicSZDD:
		if n > 8 && head[8] != 'A' {
			return nil, fmt.Errorf("szdd: %s: compression mode %q is %w", in.Name, head[8], archive.ErrUnsupported)
		}
		r.method, r.data = methodSZDD, 14
		e.Name, e.Size = restore(in.Name, head[9]), int64(binary.LittleEndian.Uint32(head[10:]))
	case magicBasic:
		need = 12
		r.method, r.data = methodBasic, 12
		e.Name, e.Size = restore(in.Name, 0), int64(binary.LittleEndian.Uint32(head[8:]))
	case magicKWAJ:
		r.kind = "kwaj"
		if n == need {
			err = r.readKWAJ(head)
		}
	default:
		return nil, fmt.Errorf("szdd: %s: %w", in.Name, archive.ErrFormat)
	}
	if n < need || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("szdd: %s: it ends within its header: %w", in.Name, archive.ErrCorrupt)
	} else if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("szdd: %s: %w", in.Name, err)
	}
	e.Packed = max(0, in.Size-r.data)
	return r, nil
}

// What the header of a KWAJ file has behind its first 14 bytes.
const (
	hasLength = 1 << iota
	hasUnknown
	hasData
	hasName
	hasExtension
)

func (r *reader) readKWAJ(head []byte) error {
	r.method = int(binary.LittleEndian.Uint16(head[8:]))
	r.data = int64(binary.LittleEndian.Uint16(head[10:]))
	flags := binary.LittleEndian.Uint16(head[12:])
	e := &r.entries[0]
	e.Size = -1
	if r.method <= methodXOR {
		e.Size = max(0, r.in.Size-r.data)
	}
	b := bufio.NewReader(io.NewSectionReader(r.in, 14, r.in.Size-14))
	number := func(n int) int64 {
		var buf [4]byte
		if _, err := io.ReadFull(b, buf[:n]); err != nil {
			return -1
		}
		return int64(binary.LittleEndian.Uint32(buf[:]))
	}
	if flags&hasLength != 0 {
		if e.Size = number(4); e.Size < 0 {
			return io.ErrUnexpectedEOF
		}
	}
	if flags&hasUnknown != 0 && number(2) < 0 {
		return io.ErrUnexpectedEOF
	}
	if flags&hasData != 0 {
		n := number(2)
		if n < 0 {
			return io.ErrUnexpectedEOF
		}
		if _, err := b.Discard(int(n)); err != nil {
			return io.ErrUnexpectedEOF
		}
	}
	name, ext := "", ""
	var err error
	if flags&hasName != 0 {
		if name, err = namePart(b, 8); err != nil {
			return err
		}
	}
	if flags&hasExtension != 0 {
		if ext, err = namePart(b, 3); err != nil {
			return err
		}
	}
	switch base := r.in.Name[:len(r.in.Name)-len(extension(r.in.Name))]; {
	case name != "" && ext != "":
		e.Name = name + "." + ext
	case name != "":
		e.Name = name
	case ext != "":
		e.Name = base + "." + ext
	default:
		e.Name = restore(r.in.Name, 0)
	}
	return nil
}

// namePart reads a part of a name, which ends in a zero byte.
func namePart(b *bufio.Reader, most int) (string, error) {
	var out strings.Builder
	for {
		c, err := b.ReadByte()
		switch {
		case err != nil:
			return "", io.ErrUnexpectedEOF
		case c == 0:
			return out.String(), nil
		case out.Len() >= most*2: // code pages of two bytes among them
			return "", fmt.Errorf("a name of more than %d characters: %w", most, archive.ErrCorrupt)
		}
		out.WriteRune(rune(c)) // ASCII in every file seen; others are taken for Latin-1
	}
}

// extension is the last part of a name, with its period.
func extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i:]
	}
	return ""
}

// usual are the extensions that the disc of a driver has, without their last character, and that character.
var usual = map[string]string{
	".38": "6", ".bm": "p", ".ca": "t", ".ch": "m", ".cp": "l", ".dl": "l", ".dr": "v", ".ex": "e", ".hl": "p",
	".in": "f", ".oc": "x", ".sy": "s", ".tx": "t", ".vx": "d",
}

// restore puts back the character that "_" stands for, 0 if it is not known.
func restore(name string, missing byte) string {
	short, found := strings.CutSuffix(name, "_")
	if !found {
		return name
	}
	if missing > ' ' && missing < 0x7F {
		return short + string(rune(missing))
	}
	ext := extension(short)
	if c, ok := usual[strings.ToLower(ext)]; ok {
		if strings.ToUpper(ext) == ext && strings.ToLower(ext) != ext {
			c = strings.ToUpper(c)
		}
		return short + c
	}
	if trimmed := strings.TrimRight(short, "."); trimmed != "" {
		return trimmed
	}
	return name
}

func (r *reader) Kind() string             { return r.kind }
func (r *reader) Entries() []archive.Entry { return r.entries }
func (r *reader) Close() error             { return nil }

// Section is archive.Stored's: KWAJ can keep a file as it is.
func (r *reader) Section(int) *io.SectionReader {
	if size := r.entries[0].Size; r.method == methodStored && r.data+size <= r.in.Size {
		return io.NewSectionReader(r.in, r.data, size)
	}
	return nil
}

func (r *reader) Extract(ctx context.Context, want func(i int) bool, fn func(i int, r io.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !want(0) {
		return nil
	}
	if err := fn(0, r.open(ctx)); err != nil {
		return err
	}
	return ctx.Err()
}

// open is a reader of the file decoded.
func (r *reader) open(ctx context.Context) io.Reader {
	src := bufio.NewReaderSize(io.NewSectionReader(r.in, r.data, max(0, r.in.Size-r.data)), 64<<10)
	o := &output{ctx: ctx, left: r.entries[0].Size}
	switch r.method {
	case methodStored, methodXOR:
		o.dec = &plain{src: src, invert: r.method == methodXOR}
	case methodSZDD:
		o.dec = newLZSS(src, windowSize-16)
	case methodBasic:
		o.dec = newLZSS(src, windowSize-18)
	case methodLZH:
		o.dec = newLZH(src)
	case methodMSZIP:
		o.dec = newZipped(src)
	default:
		o.err = fmt.Errorf("szdd: compression method %d is %w", r.method, archive.ErrUnsupported)
	}
	return o
}

// decoder returns the next bytes, valid until the next call; io.EOF with or behind the last ones.
type decoder interface{ next() ([]byte, error) }

// output is a decoded file, held against its length.
type output struct {
	ctx  context.Context
	dec  decoder
	cur  []byte
	left int64 // -1: nobody knows
	err  error
}

func (o *output) Read(p []byte) (int, error) {
	if o.left == 0 && o.err == nil {
		o.err = io.EOF
	}
	for len(o.cur) == 0 {
		if o.err != nil {
			return 0, o.err
		}
		if o.err = o.ctx.Err(); o.err != nil {
			continue
		}
		o.cur, o.err = o.dec.next()
		if o.left >= 0 && int64(len(o.cur)) > o.left {
			o.cur, o.err = o.cur[:o.left], nil // makers fill up the last byte of bits
		}
		switch {
		case o.err == nil:
		case errors.Is(o.err, io.EOF) && o.left > int64(len(o.cur)):
			o.err = fmt.Errorf("szdd: the file ends too early: %w", archive.ErrCorrupt)
		case !errors.Is(o.err, io.EOF):
			o.err = fmt.Errorf("szdd: %w", o.err)
		}
	}
	n := copy(p, o.cur)
	o.cur = o.cur[n:]
	if o.left > 0 {
		o.left -= int64(n)
		if o.left == 0 {
			o.err = io.EOF
		}
	}
	return n, nil
}
