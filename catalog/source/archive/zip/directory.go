package zip

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// file is what extracting an entry needs to know.
type file struct {
	offset       int64 // of the local header
	packed, size int64
	sum          uint32
	method       uint16
	flags        uint16
	inside       bool // its data lie inside those of another file
}

// entryCost is about what an entry takes in memory beside its name.
const entryCost = 200

// readDirectory reads the central directory.
func readDirectory(in archive.Input, d directory, l archive.Limits) ([]archive.Entry, []file, error) {
	if d.entries > uint64(d.size/headerLen)+noNumber16 {
		return nil, nil, fmt.Errorf("%w: a list of %d bytes cannot name %d files", archive.ErrCorrupt, d.size, d.entries)
	}
	var (
		entries []archive.Entry
		files   []file
		cost    int64
	)
	left := d.size
	r := bufio.NewReaderSize(io.NewSectionReader(in, d.at, d.size), 64<<10)
	h := make([]byte, headerLen)
	var text []byte
	for left >= headerLen {
		if mark, err := r.Peek(4); err != nil || string(mark) != headerMark {
			break // a digital signature of the directory may follow
		}
		if _, err := io.ReadFull(r, h); err != nil {
			return nil, nil, fmt.Errorf("read the list of files: %w", err)
		}
		name, extra, comment := int(binary.LittleEndian.Uint16(h[28:])), int(binary.LittleEndian.Uint16(h[30:])), int(binary.LittleEndian.Uint16(h[32:]))
		left -= int64(headerLen + name + extra + comment)
		text = slices.Grow(text[:0], name+extra)[:name+extra]
		if _, err := io.ReadFull(r, text); err != nil || left < 0 {
			return nil, nil, fmt.Errorf("%w: the list of files ends too early", archive.ErrCorrupt)
		}
		if _, err := r.Discard(comment); err != nil {
			return nil, nil, fmt.Errorf("%w: the list of files ends too early", archive.ErrCorrupt)
		}
		if cost += entryCost + int64(name); len(entries) == l.Entries || cost > l.Memory {
			return nil, nil, fmt.Errorf("%w: more than %d entries, or their names are too long", archive.ErrLimit, len(entries))
		}
		e, f, err := entry(h, text[:name], text[name:], d)
		if err != nil {
			return nil, nil, err
		}
		e.Block = len(entries)
		entries, files = append(entries, e), append(files, f)
	}
	// Archives of more than 65,535 files that are not in the 64-bit format count on from 0.
	if uint16(len(entries)) != uint16(d.entries) {
		return nil, nil, fmt.Errorf("%w: %d files are listed, %d are told", archive.ErrCorrupt, len(entries), d.entries)
	}
	findInside(files)
	return entries, files, nil
}

// entry reads one header of the directory.
func entry(h, rawName, extra []byte, d directory) (archive.Entry, file, error) {
	f := file{
		flags:  binary.LittleEndian.Uint16(h[8:]),
		method: binary.LittleEndian.Uint16(h[10:]),
		sum:    binary.LittleEndian.Uint32(h[16:]),
		packed: int64(binary.LittleEndian.Uint32(h[20:])),
		size:   int64(binary.LittleEndian.Uint32(h[24:])),
		offset: int64(binary.LittleEndian.Uint32(h[42:])),
	}
	disk := int64(binary.LittleEndian.Uint16(h[34:]))
	e := archive.Entry{
		Name:    rawText(rawName, f.flags),
		ModTime: dosTime(binary.LittleEndian.Uint16(h[14:]), binary.LittleEndian.Uint16(h[12:])),
	}
	for len(extra) >= 4 {
		tag, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		switch b := extra[:n]; tag {
		case 0x0001:
			disk = f.read64(b, disk)
		case 0x000A:
			if t, ok := ntfsTime(b); ok {
				e.ModTime = t
			}
		case 0x5455:
			if len(b) >= 5 && b[0]&1 != 0 {
				e.ModTime = time.Unix(int64(int32(binary.LittleEndian.Uint32(b[1:]))), 0).UTC()
			}
		case 0x7075: // version, checksum of the other name, name
			if len(b) > 5 && b[0] == 1 && binary.LittleEndian.Uint32(b[1:]) == crc32.ChecksumIEEE(rawName) && utf8.Valid(b[5:]) {
				e.Name = string(b[5:])
			}
		}
		extra = extra[n:]
	}
	if f.offset < 0 || f.packed < 0 || f.size < 0 || disk >= int64(len(d.disks)) {
		return e, f, fmt.Errorf("%w: the sizes of %q make no sense", archive.ErrCorrupt, e.Name)
	}
	f.offset += d.base + d.disks[disk]
	e.Name = strings.ReplaceAll(e.Name, `\`, "/")
	e.Size, e.Packed, e.Encrypted = f.size, f.packed, f.flags&encrypted != 0
	e.Mode = mode(h, e)
	return e, f, nil
}

// read64 reads the extra field that holds what does not fit into 32 bits, and returns the number of the part.
func (f *file) read64(b []byte, disk int64) int64 {
	for _, v := range []*int64{&f.size, &f.packed, &f.offset} {
		if *v == noOffset64 && len(b) >= 8 {
			*v, b = int64(binary.LittleEndian.Uint64(b)), b[8:]
		}
	}
	if disk == noNumber16 && len(b) >= 4 {
		disk = int64(binary.LittleEndian.Uint32(b))
	}
	return disk
}

// mode tells what an entry is by the attributes of the system that it was made on.
func mode(h []byte, e archive.Entry) fs.FileMode {
	attributes := binary.LittleEndian.Uint32(h[38:])
	switch host := h[5]; host {
	case 3, 19: // Unix, macOS
		switch attributes >> 16 & 0xF000 {
		case 0, 0x8000:
		case 0x4000:
			return fs.ModeDir
		case 0xA000:
			return fs.ModeSymlink
		default:
			return fs.ModeIrregular
		}
	default:
		if attributes&0x400 != 0 { // FILE_ATTRIBUTE_REPARSE_POINT
			return fs.ModeSymlink
		}
		if attributes&0x10 != 0 && e.Size == 0 {
			return fs.ModeDir
		}
	}
	if strings.HasSuffix(e.Name, "/") {
		return fs.ModeDir
	}
	return 0
}

// rawText turns a name as stored into text.
func rawText(b []byte, flags uint16) string {
	if flags&utf8Flag == 0 && !utf8.Valid(b) {
		if t, err := charmap.CodePage437.NewDecoder().Bytes(b); err == nil {
			return string(t)
		}
	}
	return string(b)
}

// dosTime reads the local time of the machine that packed, whose zone is not known.
func dosTime(date, clock uint16) time.Time {
	if date == 0 {
		return time.Time{}
	}
	return time.Date(1980+int(date>>9), time.Month(date>>5&15), int(date&31), int(clock>>11), int(clock>>5&63), 2*int(clock&31), 0, time.UTC)
}

// ntfsTime reads the first time, of modification, of the extra field that holds NTFS's.
func ntfsTime(b []byte) (time.Time, bool) {
	if len(b) < 16 || binary.LittleEndian.Uint16(b[4:]) != 1 || binary.LittleEndian.Uint16(b[6:]) < 8 {
		return time.Time{}, false
	}
	return archive.FileTime(binary.LittleEndian.Uint64(b[8:]))
}

// findInside marks files whose data lie inside those of another one.
func findInside(files []file) {
	order := make([]int32, len(files))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return int(min(max(files[a].offset-files[b].offset, -1), 1)) })
	end := int64(-1)
	for _, i := range order {
		f := &files[i]
		f.inside = f.offset < end
		if stop := f.offset + localLen + f.packed; stop > f.offset { // else over the end of all files
			end = max(end, stop)
		}
	}
}
