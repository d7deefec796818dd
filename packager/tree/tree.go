package tree

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"
)

// ErrLocked is what Lock wraps when somebody else holds the lock; the message names the holder as far as it is known.
var ErrLocked = errors.New("locked by another drivercat")

// ErrLockLost is what writing calls wrap after a lock of this tree ended without being unlocked: with the connection that held
// it, say. Somebody else may hold it by now, so nothing is written any more until the lock is unlocked.
var ErrLockLost = errors.New("the lock was lost")

// ErrUnreachable is what every call wraps while the server of a tree cannot be reached, for longer than it is worth waiting.
// It says nothing about the file that was asked for.
var ErrUnreachable = errors.New("the server cannot be reached")

// Tree is a folder that is written to. Implementations are safe for concurrent use and pass the suite in treetest.
//
// Errors wrap fs.ErrNotExist, fs.ErrExist and fs.ErrPermission where they fit, and name the file. A name that is not
// fs.ValidPath, or that leads out of the tree through a link, is an error and touches nothing.
type Tree interface {
	// Root is the tree's place for messages and for the checks of package layout: a local path or a UNC path.
	Root() string
	// Lstat describes a file or folder and does not follow a symbolic link in the last element. A name below a file is
	// fs.ErrNotExist.
	Lstat(name string) (fs.FileInfo, error)
	// Open opens a file for reading. It implements io.ReaderAt and io.Seeker as well. The caller closes it.
	Open(name string) (fs.File, error)
	// ReadDir lists a folder, ordered by name byte by byte.
	ReadDir(name string) ([]fs.DirEntry, error)
	// MkdirAll makes a folder and those above it. One that is there already is no error.
	MkdirAll(name string) error
	// Create makes a new file for writing; fs.ErrExist if there is one of that name. The caller closes it.
	Create(name string) (Writer, error)
	// Rename moves a file or folder. A file replaces one at the new name in one step; a folder is moved only to a name
	// that is free (an empty folder at the new name may be replaced or be refused).
	Rename(from, to string) error
	// Remove removes a file, a link or an empty folder. A missing one is fs.ErrNotExist.
	Remove(name string) error
	// SetTime sets a file's modification time. Where the tree cannot keep times this is no error.
	SetTime(name string, mtime time.Time) error
	// Sync makes what was written to the named files durable, and the folders they lie in as far as the tree can; a
	// server's refusal to sync a folder is no error. Files must be closed before.
	Sync(names ...string) error
	// Lock takes the lock of that name, a file beside what it guards, or returns an error that wraps ErrLocked without
	// waiting. The holder text is shown to whoever finds it taken. The lock ends with unlock or with this process,
	// however it dies; unlock may be called twice.
	Lock(name, holder string) (unlock func() error, err error)
}

// Writer is a file being written. It is for one goroutine. If it implements io.ReaderFrom, that is a fast path for files of
// the same system, which may copy without passing the bytes through the program.
type Writer interface {
	io.Writer
	// Close ends writing; an error means that the content cannot be relied on. A second Close is an error and does nothing.
	Close() error
}

// Cloner is implemented by Writers whose fast path may let two files share their blocks.
type Cloner interface {
	// Clones reports whether it does, as far as is known.
	Clones() bool
}

// Sized is implemented by Writers whose Close asks how long the file has become: on a network that is cheaper with the open file
// than by its name.
type Sized interface {
	// Size is the length in bytes that the tree told when the file was closed. It means nothing before a successful Close.
	Size() int64
}

// RangeCopier is implemented by Writers of trees whose server, or system, can copy by itself.
type RangeCopier interface {
	// CopyRange appends length bytes of another file of the same tree, from offset on, to what was written so far, without
	// the bytes passing through the program. It confirms that as many bytes arrived as were asked for; what they are, only
	// reading them can tell. An error that wraps errors.ErrUnsupported means that nothing was appended and that this
	// tree cannot do it: read and write instead. A range that ends behind the end of the file is an error.
	CopyRange(from string, offset, length int64) error
}

// Appender is implemented by trees that can go on writing a file, so that a large one need not be sent again from its start.
type Appender interface {
	// Append opens an existing file to write on behind its first size bytes; what is behind them is cut off. One that is
	// shorter is ErrWrongLength.
	Append(name string, size int64) (Writer, error)
}

// Traffic is what went over the network, protocol and all, in bytes.
type Traffic struct {
	Sent     int64 `json:"sent"`
	Received int64 `json:"received"`
}

// Metered is implemented by trees that are reached over a network by the program itself.
type Metered interface {
	// Traffic counts what crossed the wire since the tree was opened.
	Traffic() Traffic
}

// Network reports whether the program itself reaches the tree, or the one that it wraps, over a network.
func Network(t Tree) bool { return Meter(t) != nil }

// Remote reports whether reading a file of the tree costs its bytes on a wire: it is reached over a network by the program,
// or by a UNC path through the system.
func Remote(t Tree) bool { return Network(t) || strings.HasPrefix(t.Root(), `\\`) }

// Meter finds the counters of the tree, or of the one that it wraps; nil if the program does not reach it over a network.
func Meter(t Tree) Metered {
	for {
		if m, ok := t.(Metered); ok {
			return m
		}
		w, ok := t.(interface{ Unwrap() Tree })
		if !ok {
			return nil
		}
		t = w.Unwrap()
	}
}
