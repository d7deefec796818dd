package cab

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Numbers of [MS-CAB] 2.
const (
	headerSize = 36
	folderSize = 8
	fileSize   = 16

	flagPrev    = 1
	flagNext    = 2
	flagReserve = 4

	contFromPrev = 0xFFFD // instead of a folder's number: the first one, begun by the part before
	contToNext   = 0xFFFE // the last one, which the next part continues
	contBoth     = 0xFFFF

	attrFolder = 0x10
	attrUTF8   = 0x80

	maxName = 1024 // bytes; the format allows 256
)

// cabinet is one file of a set, as it stands there.
type cabinet struct {
	in         archive.Input
	prev, next string // names of the parts beside it
	set, index int
	reserve    int // bytes between the head of a data block and its data
	folders    []rawFolder
	files      []rawFile
}

type rawFolder struct {
	offset int64 // of the first data block
	blocks int
	method uint16
}

type rawFile struct {
	name    string
	offset  int64 // in its folder, decoded
	size    int64
	folder  int // in the file's own words
	attrs   uint16
	modTime time.Time
}

// table reads the tables in front of the data.
type table struct {
	r   *bufio.Reader
	buf [headerSize]byte
	err error
}

func (t *table) bytes(n int) []byte {
	b := t.buf[:n]
	clear(b)
	if t.err == nil {
		_, t.err = io.ReadFull(t.r, b)
	}
	return b
}

// text reads up to a zero byte.
func (t *table) text() string {
	var b []byte
	for t.err == nil {
		c, err := t.r.ReadByte()
		switch {
		case err != nil:
			t.err = err
		case c == 0:
			return string(b)
		case len(b) == maxName:
			t.err = fmt.Errorf("a name of more than %d bytes", maxName)
		}
		b = append(b, c)
	}
	return ""
}

func (t *table) skip(n int) {
	if t.err == nil {
		_, t.err = t.r.Discard(n)
	}
}

// fail says why the tables could not be read: what the file system says stays as it is.
func fail(in archive.Input, what string, err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return fmt.Errorf("cab: %s: %s: %w", in.Name, what, err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("cab: %s: it ends within its %s: %w", in.Name, what, archive.ErrCorrupt)
	}
	return fmt.Errorf("cab: %s: %s: %w: %w", in.Name, what, archive.ErrCorrupt, err)
}

// parse reads the tables of one cabinet; budget is how many files and bytes of names it may have.
func parse(in archive.Input, b *budget) (*cabinet, error) {
	t := &table{r: bufio.NewReaderSize(io.NewSectionReader(in, 0, in.Size), 64<<10)}
	head := t.bytes(headerSize)
	if string(head[:4]) != "MSCF" || binary.LittleEndian.Uint32(head[12:]) != 0 && head[25] != 1 {
		if t.err != nil && !errors.Is(t.err, io.EOF) && !errors.Is(t.err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("cab: %s: %w", in.Name, t.err)
		}
		return nil, fmt.Errorf("cab: %s: %w", in.Name, archive.ErrFormat)
	}
	if t.err != nil {
		return nil, fail(in, "header", t.err)
	}
	if head[25] != 1 {
		return nil, fmt.Errorf("cab: %s: a cabinet of version %d.%d is %w", in.Name, head[25], head[24], archive.ErrUnsupported)
	}
	word := func(at int) int { return int(binary.LittleEndian.Uint16(head[at:])) }
	c := &cabinet{in: in, set: word(32), index: word(34)}
	folders, files, flags := word(26), word(28), word(30)
	filesAt := int64(binary.LittleEndian.Uint32(head[16:]))
	if filesAt+int64(files)*(fileSize+1) > in.Size || int64(folders)*folderSize > in.Size {
		return nil, fail(in, "tables", io.EOF)
	}
	if err := b.take(files, int64(folders)*250); err != nil {
		return nil, fmt.Errorf("cab: %s: %w", in.Name, err)
	}
	folderReserve := 0
	if flags&flagReserve != 0 {
		r := t.bytes(4)
		folderReserve, c.reserve = int(r[2]), int(r[3])
		t.skip(int(binary.LittleEndian.Uint16(r)))
	}
	if flags&flagPrev != 0 {
		c.prev = t.text()
		t.text() // the disk's name
	}
	if flags&flagNext != 0 {
		c.next = t.text()
		t.text()
	}
	for range folders {
		f := t.bytes(folderSize)
		c.folders = append(c.folders, rawFolder{
			offset: int64(binary.LittleEndian.Uint32(f)),
			blocks: int(binary.LittleEndian.Uint16(f[4:])),
			method: binary.LittleEndian.Uint16(f[6:]),
		})
		t.skip(folderReserve)
	}
	if t.err != nil {
		return nil, fail(in, "table of folders", t.err)
	}
	t.r.Reset(io.NewSectionReader(in, filesAt, in.Size-filesAt))
	for range files {
		f := t.bytes(fileSize)
		file := rawFile{
			size:    int64(binary.LittleEndian.Uint32(f)),
			offset:  int64(binary.LittleEndian.Uint32(f[4:])),
			folder:  int(binary.LittleEndian.Uint16(f[8:])),
			modTime: dosTime(binary.LittleEndian.Uint16(f[10:]), binary.LittleEndian.Uint16(f[12:])),
			attrs:   binary.LittleEndian.Uint16(f[14:]),
		}
		file.name = decodeName(t.text(), file.attrs&attrUTF8 != 0)
		if t.err != nil {
			return nil, fail(in, "table of files", t.err)
		}
		if err := b.take(0, int64(len(file.name))); err != nil {
			return nil, fmt.Errorf("cab: %s: %w", in.Name, err)
		}
		c.files = append(c.files, file)
	}
	return c, nil
}

// budget is what tables may still take.
type budget struct {
	entries int
	memory  int64
}

func (b *budget) take(entries int, names int64) error {
	if entries > b.entries {
		return fmt.Errorf("more files than are allowed: %w", archive.ErrLimit)
	}
	b.entries -= entries
	if b.memory -= int64(entries)*150 + names; b.memory < 0 {
		return fmt.Errorf("the table of files takes more memory than is allowed: %w", archive.ErrLimit)
	}
	return nil
}

// decodeName gives a name forward slashes and Unicode. A cabinet's names are relative to the folder that it is unpacked
// in, also those that begin with a backslash: PackageForTheWeb and makecab with a DestinationDir write such ones.
func decodeName(name string, isUTF8 bool) string {
	if !isUTF8 || !utf8.ValidString(name) {
		for i := range len(name) {
			if name[i] >= utf8.RuneSelf {
				// The decoder has a rune for each byte and cannot fail.
				name, _ = charmap.Windows1252.NewDecoder().String(name)
				break
			}
		}
	}
	return strings.TrimLeft(strings.ReplaceAll(name, `\`, "/"), "/")
}

// dosTime is a time in two words, to two seconds; the zero time if it is none.
func dosTime(date, clock uint16) time.Time {
	year, month, day := 1980+int(date>>9), time.Month(date>>5&15), int(date&31)
	hour, minute, second := int(clock>>11), int(clock>>5&63), int(clock&31)*2
	t := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	if t.Month() != month || t.Day() != day || t.Hour() != hour || t.Minute() != minute || t.Second() != second {
		return time.Time{}
	}
	return t
}
