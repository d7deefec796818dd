package seccat

import "bytes"

// RestoreLines undoes what version control and copying tools do to text: it tries other line ends until the catalog lists
// the result. Tried are, in this order, LF to CR LF where the CR is missing and CR LF to LF, on bytes and on the
// characters of UTF-16 text. ok is false if no result is listed, or src is as it is already.
//
// Nothing is guessed: what is returned has a digest that the catalog holds.
func (c *Catalog) RestoreLines(src []byte) (restored []byte, ok bool) {
	tries := []func([]byte) []byte{addCR, dropCR}
	if len(src)%2 == 0 && bytes.HasPrefix(src, []byte{0xff, 0xfe}) {
		tries = []func([]byte) []byte{addCRWide, dropCRWide, dropCR, addCR}
	}
	for _, try := range tries {
		if b := try(src); !bytes.Equal(b, src) && c.Find(FlatSums(b)) != nil {
			return b, true
		}
	}
	return nil, false
}

// addCR puts a CR before each LF that has none.
func addCR(b []byte) []byte {
	out := make([]byte, 0, len(b)+bytes.Count(b, []byte{'\n'}))
	for i, c := range b {
		if c == '\n' && (i == 0 || b[i-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, c)
	}
	return out
}

func dropCR(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// addCRWide does the same to UTF-16 LE text.
func addCRWide(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(b)/16)
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == '\n' && b[i+1] == 0 && (i < 2 || b[i-2] != '\r' || b[i-1] != 0) {
			out = append(out, '\r', 0)
		}
		out = append(out, b[i], b[i+1])
	}
	return out
}

func dropCRWide(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i+1 < len(b); i += 2 {
		if i+3 < len(b) && b[i] == '\r' && b[i+1] == 0 && b[i+2] == '\n' && b[i+3] == 0 {
			continue
		}
		out = append(out, b[i], b[i+1])
	}
	return out
}
