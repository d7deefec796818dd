package packager

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/archive"
	"github.com/drivercat/drivercat/packager/manifest"
)

// inside compares the files in a package's archive with the manifest. The archive itself was compared before: an archive that
// is what was published needs no look inside to be believed, but its maker does.
func (v *verifier) inside(ctx context.Context, m *manifest.Manifest) error {
	whole, advice := len(v.v.Findings) == 0, rehashAgain
	if whole {
		advice = packAgain // a build would take the archive for right
	}
	format := archive.Format(m.Archive.Format)
	switch {
	case format != archive.Zip && format != archive.WIM:
		v.v.Unopened = fmt.Sprintf("this drivercat does not know the format \"%s\"", m.Archive.Format)
		return nil
	case format == archive.WIM && !whole:
		v.v.Unopened = "it is not what was published, and no program is given such a file"
		return nil
	}
	f, err := v.t.Open(v.v.Folder + "/" + m.Archive.Name)
	if err != nil {
		return nil // found already
	}
	defer f.Close()
	info, err := f.Stat()
	at, ok := f.(io.ReaderAt)
	if err != nil || !ok || !info.Mode().IsRegular() {
		return nil // the same
	}
	// The files are what counts, not the one that they lie in.
	v.v.Files, v.v.Bytes = 0, 0
	c := contents{v: v, archive: m.Archive.Name, advice: advice, want: make(map[string]manifest.File, len(m.Files))}
	for _, file := range m.Files {
		c.want[file.Path] = file
	}
	v.o.Meter.FilesTotal.Add(int64(len(m.Files)))
	v.o.Meter.BytesTotal.Add(m.Bytes())
	in := archive.Input{ReaderAt: at, Size: info.Size(), Path: v.localPath(m.Archive.Name, info)}
	opts := archive.Options{Workers: v.o.Workers, Temp: v.o.Temp, Tools: v.o.Packers, Bytes: &v.o.Meter.BytesDone}
	err = format.Read(ctx, in, len(m.Files), opts, func(name string, r io.Reader) error { return c.compare(ctx, name, r) })
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, archive.ErrNoTool):
		v.v.Files, v.v.Bytes = 1, info.Size()
		v.v.Unopened = "no program that opens it is installed and may be used (" + archive.Programs()[0].Name + ")"
		return nil
	case err != nil && whole:
		v.found(FoundUnreadable, m.Archive.Name, advice, "it is what was published, but it cannot be opened: %v", err)
		return nil
	case err != nil:
		return nil // it is known not to be what was published
	}
	for name, file := range c.want {
		v.found(FoundMissing, m.Archive.Name+"/"+name, advice, "missing (%d bytes)", file.Size)
	}
	return nil
}

// localPath is where programs of the system find a file of the tree, "" if they cannot.
func (v *verifier) localPath(name string, info os.FileInfo) string {
	p := filepath.Join(v.t.Root(), filepath.FromSlash(v.v.Folder), name)
	there, err := os.Stat(p)
	if err != nil || !os.SameFile(there, info) {
		return ""
	}
	return p
}

// contents are the files that an archive is to hold and that were not found yet.
type contents struct {
	v       *verifier
	archive string
	advice  string
	mu      sync.Mutex
	want    map[string]manifest.File
}

// compare is called for every file of an archive.
func (c *contents) compare(ctx context.Context, name string, r io.Reader) error {
	c.mu.Lock()
	f, listed := c.want[name]
	delete(c.want, name)
	c.mu.Unlock()
	v, at := c.v, c.archive+"/"+name
	v.o.Meter.FilesDone.Add(1)
	if !listed {
		v.found(FoundExtra, at, c.advice, "is not in the manifest, or is there twice")
		return nil
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(r, f.Size+1))
	got := catalog.Hash(sum.Sum(nil))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		v.found(FoundChanged, at, c.advice, "%s", strings.TrimPrefix(err.Error(), "archive: "))
	case n != f.Size:
		v.found(FoundChanged, at, c.advice, "has another length than %d bytes", f.Size)
	case got != f.SHA256:
		v.found(FoundChanged, at, c.advice, "its content has the SHA-256 %s instead of %s", got.Short(), f.SHA256.Short())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.v.Files++
	v.v.Bytes += n
	return nil
}
