package sqlite

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strconv"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// archBit is the bit of each architecture in the database; it never changes, whatever order inf lists them in.
func archBit(a inf.Arch) int64 {
	switch a {
	case inf.X86:
		return 1
	case inf.AMD64:
		return 2
	case inf.ARM64:
		return 4
	case inf.IA64:
		return 8
	case inf.ARM:
		return 16
	}
	return 0
}

func archBits(arches []inf.Arch) (bits int64) {
	for _, a := range arches {
		bits |= archBit(a)
	}
	return bits
}

// archesOf returns the architectures in the order of inf.Arches, nil for none.
func archesOf(bits int64) (arches []inf.Arch) {
	for _, a := range inf.Arches() {
		if bits&archBit(a) != 0 {
			arches = append(arches, a)
		}
	}
	return arches
}

// numbers writes a list of numbers as JSON, "" for none.
func numbers(list []int) string {
	if len(list) == 0 {
		return ""
	}
	b := []byte{'['}
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return string(append(b, ']'))
}

// numbersOf reads what numbers wrote.
func numbersOf(text string) (list []int, err error) {
	if text == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(text), &list)
	return list, err
}

// spelling is a hash over all of a driver's record but its identity and its INF: over what can differ between two
// records of the same content, such as the case of file names. It returns buf for the next call.
func spelling(buf []byte, d *catalog.Driver) (grown, sum []byte) {
	b := buf[:0]
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	number := func(n int64) { b = binary.AppendVarint(b, n) }
	place := func(p catalog.Place) {
		text(p.Path)
		number(int64(p.Line))
		number(int64(p.Column))
		number(p.Offset)
		text(p.Signature)
	}
	text(d.Name)
	text(string(d.Verdict))
	number(archBits(d.Complete))
	number(archBits(d.Unsigned))
	number(int64(len(d.Reasons)))
	for _, r := range d.Reasons {
		text(r.Code)
		text(string(r.Level))
		text(r.Text)
		place(r.Place)
	}
	number(int64(len(d.Files)))
	for _, f := range d.Files {
		text(f.Path)
		number(f.Size)
		b = append(b, f.SHA256[:]...)
		text(string(f.Role))
		number(archBits(f.Arches))
	}
	number(int64(len(d.Missing)))
	for _, m := range d.Missing {
		text(m.Path)
		number(archBits(m.Arches))
		text(numbers(m.Sections))
		text(string(m.Role))
		place(m.Place)
	}
	if i := d.Installer; i != nil {
		info, _ := json.Marshal(i) // of strings and numbers: it cannot fail
		text(string(info))
	}
	if signatures, err := signatureText(d); err == nil && signatures != "" {
		text(signatures)
	}
	h := sha256.Sum256(b)
	return b, h[:16]
}
