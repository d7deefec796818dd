package chunk

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	chunkers "github.com/PlakarKorp/go-cdc-chunkers"
	_ "github.com/PlakarKorp/go-cdc-chunkers/chunkers/fastcdc" // registers the algorithm
)

// The sizes of chunks. A chunk that ends its content may be smaller than MinBytes.
const (
	MinBytes     = 512
	AverageBytes = 2 << 10
	MaxBytes     = 8 << 10
)

// SmallestContent is from how many bytes on a content is worth a signature: below, a change costs about all of it anyway.
const SmallestContent = 2 * AverageBytes

// algorithm is pinned by its full name: plain "fastcdc" ignores the average.
const algorithm = "fastcdc-v1.0.0"

// Sum is the first 16 bytes of a chunk's SHA-256.
type Sum [16]byte

// Chunk is a piece of a content.
type Chunk struct {
	Sum   Sum
	Bytes int
}

// Signature is the chunks of a content in their order.
type Signature []Chunk

// Size is the content's size in bytes.
func (s Signature) Size() (n int64) {
	for _, c := range s {
		n += int64(c.Bytes)
	}
	return n
}

// Sign reads r to its end and cuts it. Errors are the context's or the reader's.
func Sign(ctx context.Context, r io.Reader) (Signature, error) {
	c, err := chunkers.NewChunker(algorithm, contextReader{ctx, r}, &chunkers.ChunkerOpts{MinSize: MinBytes, NormalSize: AverageBytes, MaxSize: MaxBytes})
	if err != nil {
		return nil, fmt.Errorf("chunk: %w", err)
	}
	var s Signature
	for {
		b, err := c.Next()
		if len(b) > 0 {
			sum := sha256.Sum256(b)
			s = append(s, Chunk{Sum: Sum(sum[:16]), Bytes: len(b)})
		}
		switch {
		case errors.Is(err, io.EOF):
			return s, nil
		case err != nil:
			return nil, err
		}
	}
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// version is the first byte of an encoded signature. Other boundaries or another layout take the next number.
const version = 1

const entryBytes = 2 + len(Sum{})

// ErrDamaged is what Decode reports of bytes that are no signature. Test with errors.Is.
var ErrDamaged = errors.New("damaged signature")

// Encode gives the bytes that Decode reads: the format's number, then two bytes of length (little-endian) and the sum of
// each chunk.
func (s Signature) Encode() []byte {
	b := make([]byte, 1, 1+len(s)*entryBytes)
	b[0] = version
	for _, c := range s {
		b = binary.LittleEndian.AppendUint16(b, uint16(c.Bytes))
		b = append(b, c.Sum[:]...)
	}
	return b
}

// Decode reads an encoded signature and takes nothing that Encode does not write.
func Decode(b []byte) (Signature, error) {
	switch {
	case len(b) == 0:
		return nil, fmt.Errorf("chunk: %w: it is empty", ErrDamaged)
	case b[0] != version:
		return nil, fmt.Errorf("chunk: %w: its format is %d, this drivercat knows %d", ErrDamaged, b[0], version)
	case (len(b)-1)%entryBytes != 0:
		return nil, fmt.Errorf("chunk: %w: it ends inside a chunk", ErrDamaged)
	}
	s := make(Signature, 0, (len(b)-1)/entryBytes)
	for b = b[1:]; len(b) > 0; b = b[entryBytes:] {
		n := int(binary.LittleEndian.Uint16(b))
		last := len(b) == entryBytes
		if n > MaxBytes || n < MinBytes && !last || n == 0 {
			return nil, fmt.Errorf("chunk: %w: chunk %d has %d bytes", ErrDamaged, len(s)+1, n)
		}
		s = append(s, Chunk{Bytes: n, Sum: Sum(b[2:entryBytes])})
	}
	return s, nil
}
