package source

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// linuxReader lists folders with getdents64 and fstatat: one system call for some thousand names, one for each file,
// none that looks up a whole path for a file.
type linuxReader struct {
	root    int
	buffers *sync.Pool // of *direntBuffer
}

// direntBuffer is what one call of readFolder works with.
type direntBuffer struct {
	records [64 << 10]byte // as the kernel writes them
	names   []byte         // of one folder, end to end
}

// openReader falls back on os.Root where openat2 is missing (Linux before 5.6) or forbidden by a sandbox.
func openReader(root string) (folderReader, error) {
	fd, err := ignoringEINTR(func() (int, error) {
		return unix.Open(root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: root, Err: err}
	}
	r := linuxReader{fd, &sync.Pool{New: func() any { return new(direntBuffer) }}}
	probe, err := r.open(".")
	if err != nil {
		unix.Close(fd)
		return openRootReader(root)
	}
	unix.Close(probe)
	return r, nil
}

func (r linuxReader) Close() error { return os.NewSyscallError("close", unix.Close(r.root)) }

// maxStep is how many bytes of a path are given to the kernel at once, which takes up to 4,095.
const maxStep = 4000

// open opens a folder below the root, in steps if its path is longer than the kernel takes.
func (r linuxReader) open(rel string) (int, error) {
	at := r.root
	for {
		step := rel
		if len(rel) > maxStep {
			// A name has at most 255 bytes, so there is a slash.
			step = rel[:strings.LastIndexByte(rel[:maxStep], '/')]
		}
		fd, err := r.openStep(at, step)
		if at != r.root {
			unix.Close(at)
		}
		if err != nil || step == rel {
			return fd, err
		}
		at, rel = fd, rel[len(step)+1:]
	}
}

func (r linuxReader) openStep(at int, rel string) (int, error) {
	how := unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC | unix.O_NOFOLLOW,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS,
	}
	return ignoringEINTR(func() (int, error) { return unix.Openat2(at, rel, &how) })
}

func (r linuxReader) readLink(rel string) (string, error) {
	dir, name := ".", rel
	if i := strings.LastIndexByte(rel, '/'); i >= 0 {
		dir, name = rel[:i], rel[i+1:]
	}
	fd, err := r.open(dir)
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	defer unix.Close(fd)
	buf := make([]byte, unix.PathMax)
	n, err := ignoringEINTR(func() (int, error) { return unix.Readlinkat(fd, name, buf) })
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: rel, Err: err}
	}
	return string(buf[:n]), nil
}

func (r linuxReader) readFolder(rel string, s *scratch) (id folderID, err error) {
	s.entries = s.entries[:0]
	fd, err := r.open(rel)
	if err != nil {
		return id, &fs.PathError{Op: "open", Path: rel, Err: err}
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return id, &fs.PathError{Op: "stat", Path: rel, Err: err}
	}
	id = folderID{dev: uint64(st.Dev), ino: st.Ino} // Dev is 32 bits wide on mips
	buf := r.buffers.Get().(*direntBuffer)
	readErr := s.readNames(fd, buf)
	r.buffers.Put(buf)
	for i := range s.entries {
		if e := &s.entries[i]; e.kind == kindFile || e.kind == kindUnknown {
			e.lookAt(fd, &st)
		}
	}
	if readErr != nil {
		return id, &fs.PathError{Op: "read", Path: rel, Err: readErr}
	}
	return id, nil
}

// lookAt asks for size, time and kind. The kind is asked even if the listing told it: the entry may have been exchanged.
func (e *rawEntry) lookAt(fd int, st *unix.Stat_t) {
	_, err := ignoringEINTR(func() (int, error) { return 0, unix.Fstatat(fd, e.name, st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		e.kind, e.err = kindUnknown, err
		return
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		e.kind, e.size, e.mtime = kindFile, st.Size, ticks(st.Mtim.Nano())
	case unix.S_IFDIR:
		e.kind = kindFolder
	case unix.S_IFLNK:
		e.kind = kindLink
	default:
		e.kind = kindSpecial
	}
}

// The layout of struct linux_dirent64, getdents64(2): inode, offset, record length, type, name up to a zero byte.
const (
	direntLen  = 16
	direntType = 18
	direntName = 19
)

// readNames fills s.entries with the names and kinds of a folder's entries. All names share one string.
func (s *scratch) readNames(fd int, buf *direntBuffer) error {
	buf.names = buf.names[:0]
	var failed error
	for {
		n, err := ignoringEINTR(func() (int, error) { return unix.ReadDirent(fd, buf.records[:]) })
		if err != nil {
			failed = err
			break
		}
		if n == 0 {
			break
		}
		for b := buf.records[:n]; len(b) > direntName; {
			length := int(binary.NativeEndian.Uint16(b[direntLen:]))
			name, _, _ := bytes.Cut(b[direntName:length], []byte{0})
			if string(name) != "." && string(name) != ".." {
				buf.names = append(buf.names, name...)
				// The end of each name, until all are known.
				s.entries = append(s.entries, rawEntry{kind: direntKind(b[direntType]), size: int64(len(buf.names))})
			}
			b = b[length:]
		}
	}
	all := string(buf.names)
	var start int64
	for i := range s.entries {
		e := &s.entries[i]
		e.name, start, e.size = all[start:e.size], e.size, 0
	}
	return failed
}

func direntKind(t byte) kind {
	switch t {
	case unix.DT_REG:
		return kindFile
	case unix.DT_DIR:
		return kindFolder
	case unix.DT_LNK:
		return kindLink
	case unix.DT_UNKNOWN: // some file systems do not tell
		return kindUnknown
	}
	return kindSpecial
}

func ignoringEINTR(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}
