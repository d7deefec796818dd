package zip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Lengths and marks of the records that end an archive.
const (
	endLen       = 22
	locatorLen   = 20
	end64Len     = 56
	maxComment   = 1<<16 - 1
	endMark      = "PK\x05\x06"
	locatorMark  = "PK\x06\x07"
	end64Mark    = "PK\x06\x06"
	headerMark   = "PK\x01\x02"
	localMark    = "PK\x03\x04"
	spannedMark  = "PK\x07\x08"
	programMark  = "MZ"
	maxParts     = 1 << 10
	noOffset64   = 1<<32 - 1
	noNumber16   = 1<<16 - 1
	headerLen    = 46
	localLen     = 30
	utf8Flag     = 1 << 11
	encrypted    = 1 << 0
	maskedHeader = 1 << 13
	endMarker    = 1 << 1 // of LZMA
)

// directory is where the central directory lies.
type directory struct {
	at, size int64 // in the joined input
	base     int64 // what must be added to the offsets that it tells
	entries  uint64
	disks    []int64 // where each part of a split archive starts
}

// findDirectory looks for the record at the end of an archive, and opens the other parts of a split one.
func findDirectory(in archive.Input) (archive.Input, directory, error) {
	head := make([]byte, 4)
	if n, _ := in.ReadAt(head, 0); n < len(head) {
		return in, directory{}, archive.ErrFormat
	}
	zipped := string(head) == localMark || string(head) == endMark || string(head) == spannedMark || string(head) == "PK00"
	// The last part of a split archive may begin with anything.
	if !zipped && string(head[:2]) != programMark && !strings.EqualFold(path.Ext(in.Name), ".zip") {
		return in, directory{}, archive.ErrFormat
	}
	in, err := numbered(in)
	if err != nil {
		return in, directory{}, err
	}
	from := max(0, in.Size-endLen-maxComment-locatorLen-end64Len)
	tail := make([]byte, in.Size-from)
	if n, err := in.ReadAt(tail, from); n < len(tail) {
		return in, directory{}, fmt.Errorf("read the end of the archive: %w", err)
	}
	for at := bytes.LastIndex(tail, []byte(endMark)); at >= 0; at = bytes.LastIndex(tail[:at], []byte(endMark)) {
		if at+endLen > len(tail) || int(binary.LittleEndian.Uint16(tail[at+20:])) > len(tail)-at-endLen {
			continue
		}
		joined, d, err := readEnd(in, tail, at, from, zipped)
		if err == nil || !errors.Is(err, archive.ErrCorrupt) {
			return joined, d, err
		}
		if zipped {
			return in, d, err
		}
	}
	if string(head) == localMark {
		return in, directory{}, fmt.Errorf("%w: the list of files at its end is missing, as after an aborted download", archive.ErrCorrupt)
	}
	return in, directory{}, archive.ErrFormat
}

// numbered joins the parts that a name ending in .001 is the first of.
func numbered(in archive.Input) (archive.Input, error) {
	stem, ok := strings.CutSuffix(in.Name, ".001")
	if !ok {
		return in, nil
	}
	parts := []archive.Input{in}
	for len(parts) < maxParts {
		p, err := in.Open(fmt.Sprintf("%s.%03d", stem, len(parts)+1))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return in, err
		}
		parts = append(parts, p)
	}
	return archive.Join(parts), nil
}

// readEnd reads the record at tail[at:]; the tail starts at from in the input.
func readEnd(in archive.Input, tail []byte, at int, from int64, zipped bool) (archive.Input, directory, error) {
	b := tail[at:]
	disk, first := uint32(binary.LittleEndian.Uint16(b[4:])), uint32(binary.LittleEndian.Uint16(b[6:]))
	d := directory{entries: uint64(binary.LittleEndian.Uint16(b[10:])), disks: []int64{0}}
	size, offset := uint64(binary.LittleEndian.Uint32(b[12:])), uint64(binary.LittleEndian.Uint32(b[16:]))
	end := from + int64(at)
	if at >= locatorLen && string(tail[at-locatorLen:at-locatorLen+4]) == locatorMark {
		place := from + int64(at) - locatorLen
		e, where, err := readEnd64(in, tail[at-locatorLen:at], place)
		if err != nil {
			return in, d, err
		}
		if e != nil {
			disk, first = binary.LittleEndian.Uint32(e[16:]), binary.LittleEndian.Uint32(e[20:])
			d.entries, size, offset = binary.LittleEndian.Uint64(e[32:]), binary.LittleEndian.Uint64(e[40:]), binary.LittleEndian.Uint64(e[48:])
			end = where
		}
	}
	if disk != 0 && disk != noNumber16 {
		// A self-extractor is the first part of its set. A program with such a record has the mark among its constants.
		if !zipped && !strings.EqualFold(path.Ext(in.Name), ".zip") {
			return in, d, errDirectory
		}
		before, err := earlierParts(in, int(disk))
		if err != nil {
			return in, d, err
		}
		for _, p := range before {
			d.disks = append(d.disks, d.disks[len(d.disks)-1]+p.Size)
		}
		end += d.disks[len(d.disks)-1]
		beside := in
		in = archive.Join(append(before, in))
		in.Name, in.Beside = beside.Name, beside.Beside
		if int(first) >= len(d.disks) {
			return in, d, errDirectory
		}
		offset += uint64(d.disks[first])
	}
	if size > uint64(end) || offset > uint64(end) {
		return in, d, errDirectory
	}
	d.size = int64(size)
	// What stands in front moves everything. Some tools have reckoned with it, some have not.
	for _, base := range []int64{end - d.size - int64(offset), 0} {
		d.base, d.at = base, base+int64(offset)
		if base < 0 || zipped && base > 0 {
			continue
		}
		mark := make([]byte, 4)
		if d.size == 0 && d.entries == 0 {
			return in, d, nil
		}
		if _, err := in.ReadAt(mark, d.at); err == nil && string(mark) == headerMark {
			return in, d, nil
		}
	}
	return in, d, errDirectory
}

var errDirectory = fmt.Errorf("%w: the list of files is not where the archive tells", archive.ErrCorrupt)

// readEnd64 reads the record that large archives have in front of the locator, which lies at place.
func readEnd64(in archive.Input, locator []byte, place int64) (record []byte, at int64, err error) {
	b := make([]byte, end64Len)
	for _, at := range []int64{place - end64Len, int64(binary.LittleEndian.Uint64(locator[8:]))} {
		if at < 0 || at > place-end64Len {
			continue
		}
		if n, err := in.ReadAt(b, at); n < len(b) {
			return nil, 0, fmt.Errorf("read the end of the archive: %w", err)
		}
		if string(b[:4]) == end64Mark {
			return b, at, nil
		}
	}
	return nil, 0, nil
}

// earlierParts opens NAME.z01 and so on of a split archive whose last part has the name.
func earlierParts(in archive.Input, n int) (parts []archive.Input, err error) {
	if n > maxParts {
		return nil, fmt.Errorf("%w: %d parts, %d are allowed", archive.ErrLimit, n+1, maxParts)
	}
	stem := strings.TrimSuffix(in.Name, path.Ext(in.Name))
	for i := 1; i <= n; i++ {
		name := fmt.Sprintf("%s.z%02d", stem, i)
		p, err := in.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: %s", archive.ErrMissingPart, name)
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}
