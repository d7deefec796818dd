package sevenzip

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

var errBranches = fmt.Errorf("%w: the BCJ2 data make no sense", archive.ErrCorrupt)

// bcj2 puts x86 code together from four streams: the code without the targets of calls and jumps, the targets of calls,
// those of jumps, and a range coder that tells which opcodes have one.
type bcj2 struct {
	main, call, jump, choice *bufio.Reader
	probs                    [2 + 256]uint16
	rng, code                uint32
	started                  bool
	prev                     byte
	place                    uint32 // bytes written
	buf                      []byte
	from                     int
	err                      error
}

func newBCJ2(in []io.Reader) *bcj2 {
	z := &bcj2{buf: make([]byte, 0, filterSize)}
	for i, r := range []**bufio.Reader{&z.main, &z.call, &z.jump, &z.choice} {
		*r = bufio.NewReaderSize(in[i], filterSize)
	}
	for i := range z.probs {
		z.probs[i] = 1 << 10
	}
	return z
}

// Read decodes.
func (z *bcj2) Read(p []byte) (int, error) {
	for z.from == len(z.buf) {
		if z.err != nil {
			return 0, z.err
		}
		z.buf, z.from = z.buf[:0], 0
		z.err = z.fill()
	}
	n := copy(p, z.buf[z.from:])
	z.from += n
	return n, nil
}

func (z *bcj2) fill() error {
	if !z.started {
		var b [5]byte
		if _, err := io.ReadFull(z.choice, b[:]); err != nil {
			return ended(err)
		}
		if b[0] != 0 {
			return errBranches
		}
		z.started, z.rng, z.code = true, 0xFFFFFFFF, binary.BigEndian.Uint32(b[1:])
	}
	for len(z.buf)+5 <= cap(z.buf) {
		if _, err := z.main.Peek(1); err != nil {
			return err
		}
		code, _ := z.main.Peek(min(z.main.Buffered(), cap(z.buf)-len(z.buf)-4))
		n, opcode := z.scan(code)
		z.buf = append(z.buf, code[:n]...)
		z.place += uint32(n)
		if _, err := z.main.Discard(n); err != nil {
			return err
		}
		if opcode {
			if err := z.branch(); err != nil {
				return err
			}
		} else {
			z.prev = code[n-1]
		}
	}
	return nil
}

// scan finds the first opcode that may have a target, and returns how many bytes go up to it.
func (z *bcj2) scan(code []byte) (n int, found bool) {
	prev := z.prev
	for i, b := range code {
		if b&0xFE == 0xE8 || prev == 0x0F && b&0xF0 == 0x80 {
			z.prev = prev
			return i + 1, true
		}
		prev = b
	}
	return len(code), false
}

// branch reads the target of the opcode that was written last, if it has one. The byte before it is in prev.
func (z *bcj2) branch() error {
	opcode := z.buf[len(z.buf)-1]
	p, targets := &z.probs[0], z.jump
	switch opcode {
	case 0xE8:
		p, targets = &z.probs[2+int(z.prev)], z.call
	case 0xE9:
		p = &z.probs[1]
	}
	z.prev = opcode
	if z.rng < 1<<24 {
		b, err := z.choice.ReadByte()
		if err != nil {
			return ended(err)
		}
		z.rng, z.code = z.rng<<8, z.code<<8|uint32(b)
	}
	bound := z.rng >> 11 * uint32(*p)
	if z.code < bound {
		z.rng = bound
		*p += (2048 - *p) >> 5
		return nil
	}
	z.rng -= bound
	z.code -= bound
	*p -= *p >> 5
	var b [4]byte
	if _, err := io.ReadFull(targets, b[:]); err != nil {
		return ended(err)
	}
	z.place += 4
	to := binary.BigEndian.Uint32(b[:]) - z.place
	z.buf = binary.LittleEndian.AppendUint32(z.buf, to)
	z.prev = byte(to >> 24)
	return nil
}

// ended is the error of a stream that ends while more is needed.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: packed data end too early", archive.ErrCorrupt)
	}
	return err
}
