package external_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
)

// tool writes a shell script that stands for a tool: it is called as 7z is, with -oFOLDER and the archive last.
func tool(t *testing.T, script string) external.Tool {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for tools are shell scripts")
	}
	path := filepath.Join(t.TempDir(), "7z")
	head := "#!/bin/sh\nfor a; do case $a in -o*) out=${a#-o};; esac; in=$a; done\n"
	if err := os.WriteFile(path, []byte(head+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return external.Tool{Name: "7z", Path: path}
}

// empty asserts that nothing is left in the folder for temporary files.
func empty(t *testing.T, temp string) {
	t.Helper()
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	sevenZip := tool(t, `mkdir -p "$out/x64/empty"; cp "$in" "$out/x64/copy.sys"; printf two > "$out/b.txt"; ln -s /etc/passwd "$out/link"; ln -s "$out" "$out/up"`)
	open := func(in archive.Input, _ archive.Limits) (archive.Reader, error) {
		return external.Open(t.Context(), sevenZip, in, temp, 1<<20)
	}
	archivetest.Check(t, open, archivetest.Bytes("-v setup.exe", []byte("bytes")), map[string]string{"x64/copy.sys": "bytes", "b.txt": "two"})
	empty(t, temp)
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string
		want   error
		text   string
	}{
		"a tool that fails":                {"echo reading; echo 'Unsupported Method' >&2; exit 2", archive.ErrUnsupported, "7z: Unsupported Method"},
		"a tool that finds nothing":        {"exit 0", archive.ErrUnsupported, "found nothing"},
		"more than allowed":                {`head -c 3000000 /dev/zero > "$out/big"`, archive.ErrLimit, "more than 1048576 bytes"},
		"more than allowed, and on and on": {`head -c 3000000 /dev/zero > "$out/big"; exec sleep 60`, archive.ErrLimit, "more than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			temp := t.TempDir()
			r, err := external.Open(t.Context(), tool(t, c.script), archivetest.Bytes("a.7z", []byte("x")), temp, 1<<20)
			if r != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, %v", r, err)
			}
			empty(t, temp)
		})
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := external.Open(ctx, tool(t, "exec sleep 60"), archivetest.Bytes("a.7z", []byte("x")), temp, 1<<20); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	empty(t, temp)
}

// Files beside the archive are handed to the tool too.
func TestCompanions(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	in := archivetest.Bytes("setup.exe", []byte("one"))
	in.Beside = func(name string) (archive.Input, error) {
		if name == "setup-1.bin" {
			return archivetest.Bytes(name, []byte("two")), nil
		}
		return archive.Input{}, os.ErrNotExist
	}
	r, err := external.Open(t.Context(), tool(t, `cat "$in" "$(dirname "$in")/setup-1.bin" > "$out/both"`), in, temp, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"both": "onetwo"}, archivetest.Files(t, r)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	empty(t, temp)
}
