package seccat

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The tags of the DER elements in a catalog.
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagBits       = 0x03
	tagOctets     = 0x04
	tagOID        = 0x06
	tagUTF8       = 0x0c
	tagPrintable  = 0x13
	tagT61        = 0x14
	tagIA5        = 0x16
	tagUTCTime    = 0x17
	tagTime       = 0x18
	tagBMP        = 0x1e
	tagSequence   = 0x30
	tagSet        = 0x31
	tagContext0   = 0xa0
	tagContext1   = 0xa1
	tagContext3   = 0xa3
	longestLength = 4 // bytes of a length: elements stay below 4 GiB
)

var (
	errCut  = errors.New("an element ends behind the file's end")
	errForm = errors.New("an element has a tag or length that DER does not have")
)

// element is one DER element.
type element struct {
	tag  byte
	body []byte
	raw  []byte // with its header
}

// next reads one element and returns what follows it.
func next(b []byte) (e element, rest []byte, err error) {
	if len(b) < 2 {
		return e, nil, errCut
	}
	if b[0]&0x1f == 0x1f { // tags of more than one byte: a catalog has none
		return e, nil, errForm
	}
	n, head := int64(b[1]), 2
	if n >= 0x80 {
		size := int(n & 0x7f)
		if size == 0 || size > longestLength {
			return e, nil, errForm
		}
		if len(b) < 2+size {
			return e, nil, errCut
		}
		n = 0
		for _, c := range b[2 : 2+size] {
			n = n<<8 | int64(c)
		}
		head += size
	}
	if n > int64(len(b)-head) {
		return e, nil, errCut
	}
	end := head + int(n)
	return element{b[0], b[head:end], b[:end]}, b[end:], nil
}

// expect reads one element that must have a tag.
func expect(b []byte, tag byte) (e element, rest []byte, err error) {
	e, rest, err = next(b)
	if err == nil && e.tag != tag {
		err = errForm
	}
	return e, rest, err
}

// each calls f for every element of a body, until one of them is no element or f returns an error.
func each(b []byte, f func(element) error) error {
	for len(b) > 0 {
		e, rest, err := next(b)
		if err != nil {
			return err
		}
		if err := f(e); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

// oid gives an object identifier with dots, "" if it is malformed.
func oid(b []byte) string {
	if len(b) == 0 || len(b) > 64 || b[len(b)-1]&0x80 != 0 {
		return ""
	}
	out := make([]byte, 0, 64)
	var n uint64
	first := true
	for _, c := range b {
		if n > 1<<56 {
			return ""
		}
		n = n<<7 | uint64(c&0x7f)
		if c&0x80 != 0 {
			continue
		}
		if first {
			top := min(n/40, 2)
			out = appendUint(out, top)
			out = append(out, '.')
			n -= top * 40
			first = false
		} else {
			out = append(out, '.')
		}
		out = appendUint(out, n)
		n = 0
	}
	return string(out)
}

func appendUint(b []byte, n uint64) []byte {
	if n >= 10 {
		b = appendUint(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

// text decodes a string element of any of the types that names and attributes use. What cannot be decoded becomes U+FFFD.
func text(e element) string {
	switch e.tag {
	case tagBMP:
		return utf16Text(e.body, true)
	case tagT61: // Latin-1 in practice
		r := make([]rune, len(e.body))
		for i, c := range e.body {
			r[i] = rune(c)
		}
		return string(r)
	}
	return strings.ToValidUTF8(string(e.body), string(utf8.RuneError))
}

// utf16Text decodes UTF-16 up to its first NUL. Nearly all of it is ASCII.
func utf16Text(b []byte, big bool) string {
	low := 0
	if big {
		low = 1
	}
	ascii := make([]byte, 0, 128)
	for i := 0; ; i += 2 {
		if i+1 >= len(b) || b[i] == 0 && b[i+1] == 0 {
			return string(ascii)
		}
		if b[i+1-low] != 0 || b[i+low] >= utf8.RuneSelf {
			break
		}
		ascii = append(ascii, b[i+low])
	}
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		c := uint16(b[i]) | uint16(b[i+1])<<8
		if big {
			c = c<<8 | c>>8
		}
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u))
}
