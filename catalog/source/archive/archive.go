package archive

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"
)

// What readers report; errors wrap one of these and say what is the matter in words.
var (
	// ErrFormat: the input is not of the reader's format.
	ErrFormat = errors.New("not of this format")
	// ErrCorrupt: the archive contradicts itself or ends too early.
	ErrCorrupt = errors.New("the archive is damaged")
	// ErrEncrypted: a password is needed.
	ErrEncrypted = errors.New("the archive is encrypted")
	// ErrUnsupported: a version or method that the reader does not know. The text names it.
	ErrUnsupported = errors.New("not supported")
	// ErrMissingPart: another part of a split set is needed and not there. The text names it.
	ErrMissingPart = errors.New("a part of the archive is missing")
	// ErrLimit: reading on would take more than Limits allow.
	ErrLimit = errors.New("over the limit")
)

// Fault returns which of the faults above an error wraps; nil if it is another error, such as one of the disk.
func Fault(err error) error {
	for _, f := range []error{ErrFormat, ErrCorrupt, ErrEncrypted, ErrUnsupported, ErrMissingPart, ErrLimit} {
		if errors.Is(err, f) {
			return f
		}
	}
	return nil
}

// Input is the file that an archive is read from.
type Input struct {
	Name string // its own name without folders: split sets and installers name their other parts after it
	io.ReaderAt
	Size int64 // bytes

	// Beside opens another file of the same folder by its name, ignoring case; fs.ErrNotExist if there is none. What it
	// returns stays open until whoever made the Input closes the folder. Nil if there is no folder.
	Beside func(name string) (Input, error)
}

// Open is Beside for an Input that may have none.
func (in Input) Open(name string) (Input, error) {
	if in.Beside == nil {
		return Input{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return in.Beside(name)
}

// Section is a part of the input as an input of its own, for an archive behind a program. It has the same folder.
func (in Input) Section(offset, size int64) Input {
	in.ReaderAt, in.Size = io.NewSectionReader(in.ReaderAt, offset, size), size
	return in
}

// Entry is one entry of an archive.
type Entry struct {
	// Name is the path as stored, separated by forward slashes whatever the format uses. It may be anything: see Clean.
	Name    string
	Size    int64     // bytes unpacked; -1 if only extracting tells
	Packed  int64     // bytes it takes in the archive; 0 if it shares them with others
	ModTime time.Time // zero if not stored; a time without a zone is taken for UTC, so that it is the same everywhere
	// Mode is 0 for a file and fs.ModeDir for a folder. Anything else (fs.ModeSymlink, fs.ModeIrregular for hard links and
	// devices) is told and never extracted.
	Mode fs.FileMode
	// Block numbers what is compressed together: extracting an entry costs decoding what comes before it in its block.
	// Blocks may be decoded at the same time.
	Block     int
	Encrypted bool
}

// Reader is an archive that is open. It is safe for concurrent use.
type Reader interface {
	// Kind names the format and, if it tells one, its version: "cab", "7z", "nsis 3.08", "inno 5.5.7".
	Kind() string
	// Entries lists everything in the order in which it is stored, block by block. The caller must not change it.
	Entries() []Entry
	// Extract decodes the files that want chooses, in the order of Entries, and hands each to fn; r is valid until fn
	// returns, and fn need not read it to its end. What is wrong with one file is the error of r; the others follow all
	// the same as far as they can be decoded. An error of fn ends Extract and is returned as it is, so does the end of
	// ctx. Folders and what is neither file nor folder are not offered to want.
	Extract(ctx context.Context, want func(i int) bool, fn func(i int, r io.Reader) error) error
	Close() error
}

// Stored is implemented by readers that can tell where files lie that are kept as they are, so that they can be read in
// place.
type Stored interface {
	// Section returns the bytes of entry i, or nil if it is not kept as it is.
	Section(i int) *io.SectionReader
}

// Outside is implemented by readers of formats that also name files which lie beside the archive and not in it. Their
// entries have the mode fs.ModeIrregular.
type Outside interface {
	// Outside returns the path of such a file from the folder of the archive; ok is false for all other entries.
	Outside(i int) (path string, ok bool)
}

// Limits bound what one archive may cost. The zero value means DefaultLimits.
type Limits struct {
	Entries int   // entries of one archive
	Memory  int64 // bytes for tables, dictionaries and buffers of one Extract
}

// DefaultLimits are generous for anything that a vendor ships.
func DefaultLimits() Limits { return Limits{Entries: 1 << 18, Memory: 512 << 20} }

// OrDefault fills in what is not set.
func (l Limits) OrDefault() Limits {
	d := DefaultLimits()
	if l.Entries <= 0 {
		l.Entries = d.Entries
	}
	if l.Memory <= 0 {
		l.Memory = d.Memory
	}
	return l
}
