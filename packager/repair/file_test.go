package repair_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager/repair"
)

// folder makes a folder of files and opens it.
func folder(t *testing.T, files map[string]string) (dir string, root *os.Root) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return dir, root
}

// contents reads a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFile(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	was := func(s string) [32]byte { return sha256.Sum256([]byte(s)) }
	cases := map[string]struct {
		ctx   context.Context
		files map[string]string
		name  string
		want  error
		after map[string]string
	}{
		"replaced":                  {files: map[string]string{"a": "old", "b": "x"}, name: "a", after: map[string]string{"a": "new!", "b": "x"}},
		"below a folder":            {files: map[string]string{"sub/a": "old"}, name: "sub/a", after: map[string]string{"sub/a": "new!"}},
		"a killed repair is no bar": {files: map[string]string{"a": "old", "a.drivercat-0": "ne"}, name: "a", after: map[string]string{"a": "new!", "a.drivercat-0": "ne"}},
		"changed meanwhile":         {files: map[string]string{"a": "OLD"}, name: "a", want: repair.ErrChanged, after: map[string]string{"a": "OLD"}},
		"missing":                   {files: map[string]string{"b": "old"}, name: "a", want: fs.ErrNotExist, after: map[string]string{"b": "old"}},
		"a folder":                  {files: map[string]string{"a/b": "old"}, name: "a", want: repair.ErrLink, after: map[string]string{"a/b": "old"}},
		"interrupted":               {ctx: ended, files: map[string]string{"a": "old"}, name: "a", want: context.Canceled, after: map[string]string{"a": "old"}},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, root := folder(t, tt.files)
			ctx := tt.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			if err := repair.File(ctx, root, tt.name, was("old"), []byte("new!")); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if d := cmp.Diff(tt.after, contents(t, dir)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestLinksAndPermissions(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links and permission bits are another matter on Windows")
	}
	dir, root := folder(t, map[string]string{"sub/a": "old", "b": "old"})
	outside := filepath.Join(t.TempDir(), "c")
	if err := os.WriteFile(outside, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"inside": "b", "outside": outside, "folder": filepath.Dir(outside)} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	was := sha256.Sum256([]byte("old"))
	for _, name := range []string{"inside", "outside", "folder/c", "../x"} {
		if err := repair.File(t.Context(), root, name, was, []byte("new")); err == nil {
			t.Errorf("%s was replaced", name)
		}
	}
	if b, err := os.ReadFile(outside); err != nil || string(b) != "old" {
		t.Errorf("outside: %q, %v", b, err)
	}
	if err := repair.File(t.Context(), root, "b", was, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(dir, "b")); err != nil || st.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
}
