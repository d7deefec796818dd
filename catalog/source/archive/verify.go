package archive

import (
	"fmt"
	"hash/crc32"
	"io"
)

// Verified reads a file whose size and CRC-32 an archive tells. More bytes, fewer bytes and a wrong sum are ErrCorrupt,
// in place of the end of the file.
type Verified struct {
	r    io.Reader
	left int64
	sum  uint32
	want uint32
	none bool
	err  error
}

// Verify returns a reader of size bytes of r. Without a sum, only the size is checked.
func Verify(r io.Reader, size int64, sum uint32, hasSum bool) *Verified {
	return &Verified{r: r, left: size, want: sum, none: !hasSum}
}

// Read reads at most what the archive tells.
func (v *Verified) Read(p []byte) (int, error) {
	if v.err != nil {
		return 0, v.err
	}
	if v.left == 0 {
		v.err = v.end()
		return 0, v.err
	}
	p = p[:min(int64(len(p)), v.left)]
	n, err := v.r.Read(p)
	v.left -= int64(n)
	if !v.none {
		v.sum = crc32.Update(v.sum, crc32.IEEETable, p[:n])
	}
	switch {
	case err == nil || err == io.EOF && v.left == 0:
	case err == io.EOF:
		v.err = fmt.Errorf("%w: a file has %d bytes less than the archive tells", ErrCorrupt, v.left)
	default:
		v.err = err
	}
	return n, v.err
}

// end looks whether the file ends where it should.
func (v *Verified) end() error {
	if !v.none && v.sum != v.want {
		return fmt.Errorf("%w: the checksum of a file is %08x, the archive tells %08x", ErrCorrupt, v.sum, v.want)
	}
	return io.EOF
}
