package rar

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// The marks that archives begin with.
const (
	mark4 = "Rar!\x1A\x07\x00"
	mark5 = "Rar!\x1A\x07\x01\x00"
)

// laterVolume reports whether an archive of format 4 is a volume of a set whose first file began in the one before. Format 5
// numbers its volumes, so the decoder tells.
func laterVolume(in archive.Input) bool {
	const mainBlock, fileBlock = 0x73, 0x74
	const volume, splitBefore = 1, 1 // flags of the main block, of a file's block
	b := make([]byte, 7)
	if n, _ := in.ReadAt(b, int64(len(mark4))); n < len(b) || b[2] != mainBlock || b[3]&volume == 0 {
		return false
	}
	next := int64(len(mark4)) + int64(binary.LittleEndian.Uint16(b[5:]))
	n, _ := in.ReadAt(b, next)
	return n == len(b) && b[2] == fileBlock && b[3]&splitBefore != 0
}

// folder is where the decoder finds the volumes. It counts the headers of each one that it has not seen before, so that
// none is read that holds more than is allowed.
type folder struct {
	in    archive.Input
	limit int

	mu      sync.Mutex
	left    int
	counted map[string]bool
	missing string // the volume that is not there
}

func newFolder(in archive.Input, limit int) *folder {
	return &folder{in: in, limit: limit, left: limit, counted: map[string]bool{}}
}

// Open implements fs.FS.
func (f *folder) Open(name string) (fs.File, error) {
	in := f.in
	if name != in.Name {
		var err error
		if in, err = f.in.Open(name); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				f.mu.Lock()
				defer f.mu.Unlock()
				if f.missing == "" { // then it is asked for in the spelling of older versions
					f.missing = name
				}
			}
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.missing = ""
	if !f.counted[name] {
		if f.left -= countHeaders(in, f.left+1); f.left < 0 {
			return nil, fmt.Errorf("%w: more than %d entries", archive.ErrLimit, f.limit)
		}
		f.counted[name] = true
	}
	return &volume{io.NewSectionReader(in, 0, in.Size), name}, nil
}

// lacks is the volume that is not there.
func (f *folder) lacks() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.missing
}

// volume is an open volume. Reading it leaves the input as it is.
type volume struct {
	*io.SectionReader
	name string
}

// Stat, Close and the rest implement fs.File and fs.FileInfo.
func (v *volume) Stat() (fs.FileInfo, error) { return v, nil }
func (v *volume) Close() error               { return nil }
func (v *volume) Name() string               { return v.name }
func (v *volume) Mode() fs.FileMode          { return 0o444 }
func (v *volume) ModTime() time.Time         { return time.Time{} }
func (v *volume) IsDir() bool                { return false }
func (v *volume) Sys() any                   { return nil }

// countHeaders counts the headers of a volume, up to most. What does not look like one ends it: judging is the decoder's.
func countHeaders(in archive.Input, most int) (n int) {
	r := io.NewSectionReader(in, 0, in.Size)
	buf := bufio.NewReaderSize(r, 4096)
	mark := make([]byte, len(mark5))
	if _, err := io.ReadFull(buf, mark); err != nil {
		return 0
	}
	at := int64(len(mark4))
	step := header4
	if string(mark) == mark5 {
		at, step = int64(len(mark5)), header5
	}
	for n < most && at < in.Size {
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			return n
		}
		buf.Reset(io.LimitReader(r, 64))
		size := step(buf)
		if size <= 0 || size > in.Size-at {
			return n
		}
		at += size
		n++
	}
	return n
}

// header4 reads how far it is to the next header: checksum, type, flags, length; what follows it if the flags say so.
func header4(r *bufio.Reader) int64 {
	const hasData, large, file, service = 0x8000, 0x100, 0x74, 0x7A
	b, _ := r.Peek(36)
	if len(b) < 7 {
		return 0
	}
	flags, size := binary.LittleEndian.Uint16(b[3:]), int64(binary.LittleEndian.Uint16(b[5:]))
	if size < 7 {
		return 0
	}
	if kind := b[2]; flags&hasData != 0 && len(b) >= 11 {
		size += int64(binary.LittleEndian.Uint32(b[7:]))
		if (kind == file || kind == service) && flags&large != 0 && len(b) == 36 {
			size += int64(binary.LittleEndian.Uint32(b[32:])) << 32
		}
	}
	return size
}

// header5 does the same for format 5: checksum, length, type, flags, length of the extra area, length of the data.
func header5(r *bufio.Reader) int64 {
	const extra, data = 1, 2
	sum := make([]byte, 4)
	if _, err := io.ReadFull(r, sum); err != nil {
		return 0
	}
	length, err := binary.ReadUvarint(r)
	if err != nil || length > 4<<20 {
		return 0
	}
	next := int64(4+uvarintLen(length)) + int64(length)
	var kind, flags, size uint64
	if kind, err = binary.ReadUvarint(r); err != nil || kind == 4 { // what follows is encrypted
		return 0
	}
	if flags, err = binary.ReadUvarint(r); err != nil {
		return 0
	}
	if flags&extra != 0 {
		if _, err = binary.ReadUvarint(r); err != nil {
			return 0
		}
	}
	if flags&data != 0 {
		if size, err = binary.ReadUvarint(r); err != nil || size > 1<<62 {
			return 0
		}
	}
	return next + int64(size)
}

func uvarintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}
