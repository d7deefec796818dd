package source

import (
	"container/list"
	"errors"
	"io"
	"sync"
)

// blocks keeps pieces of files that are read over a network: readers of archives ask for some bytes here and there, and each
// question would cost the time that an answer takes to come. What was used last stays. It is safe for concurrent use.
type blocks struct {
	mu   sync.Mutex
	have map[blockKey]*list.Element
	used *list.List // of *keptBlock, the last one used in front
}

const (
	blockSize  = 256 << 10
	blocksMost = 128 // of all files, 32 MiB
	// blocksAhead is how many are asked for at once where a file is read from one block on to the next.
	blocksAhead = 4
)

type blockKey struct {
	file *blockFile
	n    int64
}

type keptBlock struct {
	key  blockKey
	data []byte
}

// blockFile is a file that is read in blocks.
type blockFile struct {
	of   *blocks
	r    io.ReaderAt
	size int64

	mu   sync.Mutex
	last int64 // the block that was fetched last, -1 before the first
}

// file reads a file of the given size through the blocks.
func (b *blocks) file(r io.ReaderAt, size int64) io.ReaderAt {
	return &blockFile{of: b, r: r, size: size, last: -1}
}

// ReadAt implements io.ReaderAt.
func (f *blockFile) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 || len(p) >= blockSize*blocksAhead { // who asks for much need not wait often
		return f.r.ReadAt(p, off)
	}
	for n < len(p) {
		at := off + int64(n)
		if at >= f.size {
			return n, io.EOF
		}
		data, err := f.block(at / blockSize)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], data[at%blockSize:])
	}
	return n, nil
}

// block returns a block of the file, which lies within it.
func (f *blockFile) block(n int64) ([]byte, error) {
	if data := f.of.get(blockKey{f, n}); data != nil {
		return data, nil
	}
	f.mu.Lock() // a second reader finds what the first fetched
	defer f.mu.Unlock()
	if data := f.of.get(blockKey{f, n}); data != nil {
		return data, nil
	}
	start, end := n*blockSize, (n+1)*blockSize
	if n == f.last+1 {
		end += (blocksAhead - 1) * blockSize
	}
	buf := make([]byte, min(end, f.size)-start)
	if got, err := f.r.ReadAt(buf, start); got < len(buf) {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // it was longer when it was opened
		}
		return nil, err
	}
	for i := start; i < start+int64(len(buf)); i += blockSize {
		f.last = i / blockSize
		piece := buf[i-start : min(i-start+blockSize, int64(len(buf)))]
		f.of.put(blockKey{f, f.last}, piece)
	}
	return buf[:min(blockSize, len(buf))], nil
}

func (b *blocks) get(k blockKey) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.have[k]
	if e == nil {
		return nil
	}
	b.used.MoveToFront(e)
	return e.Value.(*keptBlock).data
}

func (b *blocks) put(k blockKey, data []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.have == nil {
		b.have, b.used = map[blockKey]*list.Element{}, list.New()
	}
	if b.have[k] != nil {
		return
	}
	b.have[k] = b.used.PushFront(&keptBlock{k, data})
	for len(b.have) > blocksMost {
		old := b.used.Remove(b.used.Back()).(*keptBlock)
		delete(b.have, old.key)
	}
}
