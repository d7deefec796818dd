package archive

import (
	"context"
	"crypto/sha1" // what a WIM knows its files by
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/packager/manifest"
)

// imageName is what the one image in a WIM is called.
const imageName = "Drivers"

// noTime stands for "no time", as in a ZIP.
func noTime() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

// writeWIM lays the files out in a temporary folder, has a program make a WIM of it, and puts that in order.
func writeWIM(ctx context.Context, w io.Writer, files []manifest.File, open Opener, o Options) error {
	tool, err := chooseTool(o.Tools)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.Temp, "drivercat-wim-*")
	if err != nil {
		return temporary(err)
	}
	defer os.RemoveAll(dir)
	content := filepath.Join(dir, "files")
	sums, err := layOut(ctx, content, files, open, o)
	if err != nil {
		return err
	}
	made := filepath.Join(dir, "made.wim")
	if err := tool.capture(ctx, content, made); err != nil {
		return err
	}
	if err := os.RemoveAll(content); err != nil {
		return temporary(err)
	}
	f, err := os.Open(made)
	if err != nil {
		return fmt.Errorf("%w: %s made no file: %w", ErrTool, tool.Name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return settleWIM(w, f, info.Size(), sums, identity(files))
}

func chooseTool(tools []Tool) (Tool, error) {
	for _, p := range Programs() {
		for _, t := range tools {
			if t.Name == p.Name {
				return t, nil
			}
		}
	}
	return Tool{}, ErrNoTool
}

func (t Tool) capture(ctx context.Context, dir, file string) error {
	if t.Name == "dism" {
		return t.run(ctx, "/Capture-Image", "/ImageFile:"+file, "/CaptureDir:"+dir, "/Name:"+imageName, "/Compress:max")
	}
	return t.run(ctx, "capture", dir, file, imageName, "--compress=LZX", "--no-acls", "--norpfix")
}

func (t Tool) apply(ctx context.Context, file, dir string) error {
	if t.Name == "dism" {
		return t.run(ctx, "/Apply-Image", "/ImageFile:"+file, "/Index:1", "/ApplyDir:"+dir)
	}
	return t.run(ctx, "apply", file, "1", dir, "--no-acls", "--no-attributes")
}

// identity is the GUID of a WIM with these files.
func identity(files []manifest.File) (id [16]byte) {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s\x00%d\x00%s\n", f.Path, f.Size, f.SHA256)
	}
	copy(id[:], h.Sum(nil))
	return id
}

// layOut writes the files into a folder, each checked and without its time, and returns the SHA-1 of each in their order.
func layOut(ctx context.Context, dir string, files []manifest.File, open Opener, o Options) ([][sha1.Size]byte, error) {
	sums := make([][sha1.Size]byte, len(files))
	folders := map[string]bool{dir: true}
	for _, f := range files {
		for d := filepath.Dir(filepath.Join(dir, filepath.FromSlash(f.Path))); !folders[d]; d = filepath.Dir(d) {
			folders[d] = true
		}
	}
	for d := range folders {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, temporary(err)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	if g.SetLimit(o.Workers); o.Workers <= 0 {
		g.SetLimit(runtime.GOMAXPROCS(0))
	}
	for i, f := range files {
		g.Go(func() (err error) {
			sums[i], err = layOutFile(ctx, filepath.Join(dir, filepath.FromSlash(f.Path)), f, open, o)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for d := range folders {
		if err := os.Chtimes(d, noTime(), noTime()); err != nil {
			return nil, temporary(err)
		}
	}
	return sums, nil
}

func layOutFile(ctx context.Context, name string, f manifest.File, open Opener, o Options) (sum1 [sha1.Size]byte, err error) {
	src, err := open(ctx, f)
	if err != nil {
		return sum1, &FileError{f.Path, err}
	}
	defer src.Close()
	to, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return sum1, temporary(err)
	}
	h1, h256 := sha1.New(), sha256.New()
	from := &failing{r: io.LimitReader(counted{ctx, src, o}, f.Size+1)}
	n, err := copyThrough(io.MultiWriter(to, h1, h256), from)
	if err = errors.Join(err, to.Close()); err == nil {
		err = os.Chtimes(name, noTime(), noTime())
	}
	switch {
	case from.err != nil:
		return sum1, &FileError{f.Path, from.err}
	case err != nil:
		return sum1, temporary(err)
	}
	return [sha1.Size]byte(h1.Sum(nil)), check(f, n, [32]byte(h256.Sum(nil)))
}

// readWIM has a program unpack a WIM into a temporary folder.
func readWIM(ctx context.Context, in Input, o Options, fn func(name string, r io.Reader) error) error {
	tool, err := chooseTool(o.Tools)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.Temp, "drivercat-wim-*")
	if err != nil {
		return temporary(err)
	}
	defer os.RemoveAll(dir)
	file, content := in.Path, filepath.Join(dir, "files")
	if err := os.Mkdir(content, 0o700); err != nil {
		return temporary(err)
	}
	if file == "" {
		file = filepath.Join(dir, "copy.wim")
		if err := copyFile(ctx, file, in); err != nil {
			return err
		}
	}
	if err := tool.apply(ctx, file, content); err != nil {
		return err
	}
	root, err := os.OpenRoot(content)
	if err != nil {
		return err
	}
	defer root.Close()
	return eachFile(ctx, root, o, fn)
}

func copyFile(ctx context.Context, name string, in Input) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return temporary(err)
	}
	_, err = copyThrough(f, counted{ctx, io.NewSectionReader(in, 0, in.Size), Options{}})
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("copy the archive to %w", temporary(err))
	}
	return nil
}

// eachFile hands out what lies in a folder, in order.
func eachFile(ctx context.Context, root *os.Root, o Options, fn func(name string, r io.Reader) error) error {
	var visit func(dir string) error
	visit = func(dir string) error {
		d, err := root.Open(dir)
		if err != nil {
			return err
		}
		entries, err := d.ReadDir(-1)
		_ = d.Close() // only read
		if err != nil {
			return err
		}
		slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, e := range entries {
			name := strings.TrimPrefix(dir+"/"+e.Name(), "./")
			if e.IsDir() {
				err = visit(name)
			} else {
				err = oneFile(ctx, root, name, e, o, fn)
			}
			if err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	return visit(".")
}

func oneFile(ctx context.Context, root *os.Root, name string, e os.DirEntry, o Options, fn func(name string, r io.Reader) error) error {
	if !e.Type().IsRegular() {
		return fn(name, broken{fmt.Errorf("%w: it is no file", ErrDamaged)})
	}
	f, err := root.Open(name)
	if err != nil {
		return fn(name, broken{err})
	}
	defer f.Close()
	return fn(name, counted{ctx, f, o})
}

// broken is a file that cannot be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
