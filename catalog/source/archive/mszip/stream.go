package mszip

import "errors"

// Stream decodes a Deflate stream that stands alone: without the mark of a block, and without a reference to anything
// before it. It may take n bytes at most, 256 KiB at the very most. Last tells whether the stream says that it ends; one
// that does not ends with src. What it returns is valid until the next call. It has nothing to do with the blocks of the
// same Decoder, which begin anew behind it.
func (d *Decoder) Stream(src []byte, n int) (out []byte, last bool, err error) {
	if n > room {
		return nil, false, errLong
	}
	d.Reset()
	s := state{in: src}
	for !last && !s.done() {
		if last, err = d.part(&s, n); err != nil {
			return nil, false, err
		}
	}
	return d.buf[:s.pos:s.pos], last, nil
}

// done reports whether there is no further Deflate block: what is left are bits that fill up the last byte.
func (s *state) done() bool { return s.ip-int(s.n>>3) >= len(s.in) }

// part decodes one Deflate block, up to end.
func (d *Decoder) part(s *state, end int) (last bool, err error) {
	s.fill()
	last = s.take(1) == 1
	switch s.take(2) {
	case 0:
		err = d.stored(s, end)
	case 1:
		d.fixedCodes()
		err = d.inflate(s, end)
	case 2:
		if err = d.readCodes(s); err == nil {
			err = d.inflate(s, end)
		}
	default:
		err = errors.New("a Deflate block of an unknown kind")
	}
	if err == nil && s.over() {
		err = errShort
	}
	return last, err
}
