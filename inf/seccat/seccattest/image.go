package seccattest

import "encoding/binary"

// Image is a PE image to be made: headers, a body, and what stands where a signature would.
type Image struct {
	Wide      bool // of 64 bits
	Body      []byte
	Checksum  uint32
	Signature []byte // "" leaves the image unsigned
	Behind    []byte // what follows the signature
}

// The layout of the images.
const (
	peAt      = 0x80
	optional  = peAt + 24
	directory = 16 // number of directories
)

// Build makes the image. parts are the stretches that Authenticode covers; together, filled up with zeros to a multiple of
// 8 if there is no signature, they are what is hashed.
func (i Image) Build() (image []byte, parts [][]byte) {
	dirs, magic := optional+96, uint16(0x10b)
	if i.Wide {
		dirs, magic = optional+112, 0x20b
	}
	b := make([]byte, dirs+8*directory)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[0x3c:], peAt)
	copy(b[peAt:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(b[optional:], magic)
	binary.LittleEndian.PutUint32(b[optional+64:], i.Checksum)
	binary.LittleEndian.PutUint32(b[dirs-4:], directory)
	b = append(b, i.Body...)
	end := len(b)
	if len(i.Signature) > 0 {
		binary.LittleEndian.PutUint32(b[dirs+32:], uint32(end))
		binary.LittleEndian.PutUint32(b[dirs+36:], uint32(len(i.Signature)))
	}
	b = append(b, i.Signature...)
	b = append(b, i.Behind...)
	return b, [][]byte{b[:optional+64], b[optional+68 : dirs+32], b[dirs+40 : end], i.Behind}
}
