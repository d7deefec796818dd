package smb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

func names(t testing.TB, tr tree.Tree, dir string) map[string]int64 {
	t.Helper()
	entries, err := tr.ReadDir(dir)
	must(t, err)
	got := map[string]int64{}
	for _, e := range entries {
		i, err := e.Info()
		must(t, err)
		got[e.Name()] = i.Size()
	}
	return got
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, tr tree.Tree, name, text string) {
	t.Helper()
	_, err := tree.Write(context.Background(), tr, name, strings.NewReader(text), tree.Options{})
	must(t, err)
}

func read(t testing.TB, tr tree.Tree, name string) string {
	t.Helper()
	f, err := tr.Open(name)
	must(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	must(t, err)
	return string(b)
}

// TestLegalNames: each character that Windows allows comes back as it went.
func TestLegalNames(t *testing.T) {
	t.Parallel()
	tr := open(t, smbtest.Start(t, smbtest.Options{}))
	want := map[string]int64{}
	var part []rune
	put := func() {
		// Enclosed, because a name may not end in a dot or a space.
		name := fmt.Sprintf("%04x-%s-", len(want), string(part))
		write(t, tr, name, name)
		want[name] = int64(len(name))
		part = part[:0]
	}
	add := func(r rune) {
		// Where upper and lower case differ, the number in front keeps names apart.
		part = append(part, r)
		if len(part) == 70 {
			put()
		}
	}
	for r := rune(0x20); r <= 0xFFFF; r++ {
		if strings.ContainsRune(`<>:"|?*\/`, r) || r >= 0xD800 && r <= 0xDFFF || r > 0x3FF && !unicode.IsPrint(r) {
			continue
		}
		// Every one of the first thousand; of the rest, one in sixteen.
		if r > 0x3FF && r%16 != 5 {
			continue
		}
		add(r)
	}
	for _, r := range "😀𝄞𠀀\U0010FFFD" {
		add(r)
	}
	put()
	if diff := cmp.Diff(want, names(t, tr, ".")); diff != "" {
		t.Errorf("names changed (-want +got):\n%s", diff)
	}
	for name := range want {
		if got := read(t, tr, name); got != name {
			t.Errorf("%q holds %q", name, got)
		}
	}
}

// TestForbiddenNames: without the check, the server makes names like A1B2~3.TXT of these.
func TestForbiddenNames(t *testing.T) {
	t.Parallel()
	tr := open(t, smbtest.Start(t, smbtest.Options{}))
	for name, say := range map[string]string{
		"a:b": ":", "d/a?b": "?", "a*": "*", `a\b`: `\`, "a<": "<", "a>": ">", "a|b": "|", `a"`: `"`,
		"a\x01b": "U+0001", "a\nb": "U+000A", "dot.": "dot", "space ": "space", "d./x": "dot", "d /x": "space",
		strings.Repeat("é", 256):                               "256 characters, 255",
		strings.Repeat("😀", 128):                               "256 characters, 255",
		strings.Repeat(strings.Repeat("x", 99)+"/", 330) + "x": "33001 characters",
	} {
		for op, err := range map[string]error{"mkdir": tr.MkdirAll(name), "rename": tr.Rename(name, "x"), "create": second(tr.Create(name))} {
			if !errors.Is(err, fs.ErrInvalid) || !strings.Contains(err.Error(), say) {
				t.Errorf("%s %.20q: error %.200v does not say %s", op, name, err, say)
			}
		}
	}
	if got := names(t, tr, "."); len(got) > 0 {
		t.Errorf("left behind: %v", got)
	}
	// The longest name that is allowed.
	write(t, tr, strings.Repeat("x", 255), "x")
}

func second[T any](_ T, err error) error { return err }

// TestLongPaths: Windows programs without the long path setting stop at 260 characters, the share does not.
func TestLongPaths(t *testing.T) {
	t.Parallel()
	tr := open(t, smbtest.Start(t, smbtest.Options{}))
	for _, length := range []int{259, 260, 261, 1000, 3000} {
		dir := ""
		for len(dir)+51 < length-10 {
			dir += strings.Repeat("d", 50) + "/"
		}
		name := dir + strings.Repeat("f", length-len(dir))
		must(t, tr.MkdirAll(strings.TrimSuffix(dir, "/")))
		write(t, tr, name, name)
		if got := read(t, tr, name); got != name {
			t.Errorf("%d characters: read %q", length, got)
		}
		must(t, tr.Rename(name, name+"2"))
		must(t, tr.Sync(name+"2"))
		must(t, tr.Remove(name+"2"))
	}
}

func TestRenames(t *testing.T) {
	t.Parallel()
	tr := open(t, smbtest.Start(t, smbtest.Options{}))
	write(t, tr, "Case.txt", "x")
	must(t, tr.Rename("Case.txt", "CASE.TXT"))
	must(t, tr.MkdirAll("folder/deep"))
	must(t, tr.Rename("folder", "Folder"))
	write(t, tr, "Folder/deep/f", "x")
	want := map[string]string{"CASE.TXT": "x", "Folder/deep/f": "x"}
	if diff := cmp.Diff(want, treetest.Files(t, tr, ".")); diff != "" {
		t.Errorf("after renames that change case only (-want +got):\n%s", diff)
	}
	must(t, tr.MkdirAll("other"))
	must(t, tr.MkdirAll("full"))
	write(t, tr, "full/f", "full")
	write(t, tr, "file", "file")
	for _, c := range []struct{ from, to string }{
		{"other", "full"},   // a folder onto a full one
		{"other", "Folder"}, // in another case
		{"other", "file"},   // a folder onto a file: it would vanish
		{"file", "full"},    // a file onto a folder
		{"file", "none/x"},
		{".", "x"}, {"file", "."},
		{"full", "full/inside"},
	} {
		if err := tr.Rename(c.from, c.to); err == nil {
			t.Errorf("%s was renamed to %s", c.from, c.to)
		}
	}
	if err := tr.Rename("other", "file"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder onto a file: %v", err)
	}
	want["full/f"], want["file"], want["other/"] = "full", "file", ""
	if diff := cmp.Diff(want, treetest.Files(t, tr, ".")); diff != "" {
		t.Errorf("after renames that fail (-want +got):\n%s", diff)
	}
}
