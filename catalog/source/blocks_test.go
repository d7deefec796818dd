package source

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/iotest"
)

// countedAt counts the calls to what it reads.
type countedAt struct {
	io.ReaderAt
	mu    sync.Mutex
	calls int
}

func (c *countedAt) ReadAt(p []byte, off int64) (int, error) {
	c.mu.Lock()
	c.calls++
	c.mu.Unlock()
	return c.ReaderAt.ReadAt(p, off)
}

// TestBlocks: a file that is read in blocks has the same bytes everywhere, with few questions.
func TestBlocks(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, 6*blockSize + 77} {
		text := make([]byte, size)
		for i := range text {
			text[i] = byte(i ^ i>>8 ^ i>>16)
		}
		under := &countedAt{ReaderAt: bytes.NewReader(text)}
		b := &blocks{}
		f := b.file(under, int64(size))
		if err := iotest.TestReader(io.NewSectionReader(f, 0, int64(size)), text); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if most := 2*size/blockSize + 2; under.calls > most {
			t.Errorf("%d bytes: %d calls, want %d at most", size, under.calls, most)
		}
		r := rand.New(rand.NewPCG(1, uint64(size)))
		for range 200 {
			p := make([]byte, r.IntN(blockSize*5))
			off := r.Int64N(int64(size) + 2)
			n, err := f.ReadAt(p, off)
			want := text[min(int(off), size):min(int(off)+len(p), size)]
			if !bytes.Equal(p[:n], want) || (n < len(p)) != (err == io.EOF) && len(p) > 0 {
				t.Fatalf("%d bytes at %d of %d: %d, %v", len(p), off, size, n, err)
			}
		}
	}
}

// In order, a block is never fetched twice, and several come at once.
func TestBlocksAhead(t *testing.T) {
	t.Parallel()
	under := &countedAt{ReaderAt: bytes.NewReader(make([]byte, 16*blockSize))}
	if _, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{io.NewSectionReader((&blocks{}).file(under, 16*blockSize), 0, 16*blockSize)}, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if under.calls != 16/blocksAhead {
		t.Errorf("%d calls", under.calls)
	}
}

// Of many files no more is kept than there is room for, and what is read at the same time is right.
func TestBlocksMost(t *testing.T) {
	t.Parallel()
	b := &blocks{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := bytes.Repeat([]byte{byte(i)}, 30*blockSize)
			f := b.file(bytes.NewReader(text), int64(len(text)))
			p := make([]byte, 1000)
			for off := 0; off < len(text); off += blockSize / 2 {
				if _, err := f.ReadAt(p, int64(off)); err != nil || !bytes.Equal(p, text[:len(p)]) {
					t.Errorf("file %d at %d: %v", i, off, err)
				}
			}
		})
	}
	wg.Wait()
	if len(b.have) != blocksMost || b.used.Len() != blocksMost {
		t.Errorf("%d blocks are kept", len(b.have))
	}
}

// What fails is told and tried again by the next.
func TestBlocksFaults(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	fail := true
	f := (&blocks{}).file(readerAt(func(p []byte, off int64) (int, error) {
		if fail {
			return len(p) / 2, gone
		}
		return len(p), nil
	}), 100)
	if _, err := f.ReadAt(make([]byte, 10), 0); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	fail = false
	if n, err := f.ReadAt(make([]byte, 10), 0); n != 10 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	short := (&blocks{}).file(bytes.NewReader(make([]byte, 50)), 100)
	if _, err := short.ReadAt(make([]byte, 10), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("shorter: %v", err)
	}
}

type readerAt func([]byte, int64) (int, error)

func (r readerAt) ReadAt(p []byte, off int64) (int, error) { return r(p, off) }
