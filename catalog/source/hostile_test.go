package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// TestHostile reads folders that hold an archive which was made to do harm, to the last byte that can be had. It does not run
// beside others: it counts what is allocated.
func TestHostile(t *testing.T) {
	for _, h := range archivetest.Hostile() {
		outer := t.TempDir()
		dir, temp := filepath.Join(outer, "source"), filepath.Join(outer, "temp")
		for _, d := range []string{dir, temp} {
			if err := os.Mkdir(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, h.File), h.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		// What this takes is seconds for a bomb that unpacks to as much as is allowed; everything else takes milliseconds.
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		l, good, bytes := readHostile(ctx, t, dir, temp)
		if ctx.Err() != nil {
			t.Errorf("%s: still not read", h.Name)
		}
		cancel()
		runtime.ReadMemStats(&after)
		if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 800 {
			t.Errorf("%s: %d MiB were allocated", h.Name, n)
		}
		if bytes > budgetFloor {
			t.Errorf("%s: unpacks to %d bytes", h.Name, bytes)
		}
		about := strings.Contains(h.Name, "name") || strings.Contains(h.Name, "link")
		if about && !good {
			t.Errorf("%s: %s did not come out", h.Name, archivetest.HostileGood)
		}
		if n := len(l.Problems); n > maxArchiveProblems+1 {
			t.Errorf("%s: %d problems are told", h.Name, n)
		}
		for _, p := range l.Problems {
			if p.Text == "" || p.Advice == "" {
				t.Errorf("%s: a problem without words: %+v", h.Name, p)
			}
		}
		left, err := filepath.Glob(filepath.Join(outer, "*", "*"))
		if err != nil || len(left) != 1 {
			t.Errorf("%s: left behind: %v, %v", h.Name, left, err)
		}
	}
}

// readHostile lists a folder with what is in its archives, and reads each file.
func readHostile(ctx context.Context, t *testing.T, dir, temp string) (l *Listing, good bool, bytes int64) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if l, err = WalkFolder(ctx, dir, WalkOptions{}); err != nil {
		t.Fatal(err)
	}
	tree := NewTree(root.FS().(Base), TreeOptions{TempDir: temp})
	defer tree.Close()
	if err := tree.OpenAll(ctx, l, nil); err != nil {
		t.Fatal(err)
	}
	files, names := map[string]int32{}, []string{}
	for _, f := range l.Folders {
		for _, e := range f.Entries {
			name := join(f.Path, e.Name)
			if _, err := archive.Clean(name); err != nil {
				t.Errorf("listed: %v", err)
			}
			files[name] = int32(len(names))
			names = append(names, name)
		}
	}
	for _, k := range tree.Tasks(files) {
		err := k.Run(ctx, func(id int32, r io.Reader, _ *io.SectionReader) error {
			n, err := io.Copy(io.Discard, r)
			bytes += n
			if err == nil && strings.HasSuffix(names[id], "/"+archivetest.HostileGood) {
				good = true
			}
			if err != nil && archive.Fault(err) == nil {
				return err
			}
			return nil
		})
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
	}
	return l, good, bytes
}
