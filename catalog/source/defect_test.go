package source

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// fallen is a reader of boxes that falls over what a file "NAME fall" in them tells: opening, listing, extracting, reading,
// or the section of a stored file.
type fallen struct {
	archive.Reader
	at string
}

func openFallen(in archive.Input, l archive.Limits) (archive.Reader, error) {
	r, err := openBox(in, l)
	if err != nil {
		return nil, err
	}
	at := ""
	for _, e := range r.Entries() {
		if name, ok := strings.CutSuffix(e.Name, ".fall"); ok {
			at = name
		}
	}
	if at == "open" {
		var none []int
		_ = none[len(at)]
	}
	return fallen{r, at}, nil
}

func (f fallen) Kind() string {
	if f.at == "kind" {
		panic("no kind")
	}
	return f.Reader.Kind()
}

func (f fallen) Entries() []archive.Entry {
	if f.at == "entries" {
		panic(errors.New("no entries"))
	}
	return f.Reader.Entries()
}

func (f fallen) Section(int) *io.SectionReader {
	if f.at == "section" {
		panic("no section")
	}
	return nil
}

func (f fallen) Extract(ctx context.Context, want func(int) bool, fn func(int, io.Reader) error) error {
	if f.at == "extract" {
		panic("no extraction")
	}
	return f.Reader.Extract(ctx, want, func(i int, r io.Reader) error {
		if f.at == "read" {
			r = io.MultiReader(io.LimitReader(r, 1), panicking{})
		}
		return fn(i, r)
	})
}

func (f fallen) Close() error {
	panic("no end")
}

// fall makes a tree read boxes with readers that fall over them.
func fall(t *Tree) { t.readers = []openFunc{openFallen} }

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("no byte") }

// TestDefects: a reader that falls over an archive costs that archive, with the place in the program, and nothing else.
func TestDefects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, text string }{
		{"open", "index out of range [4] with length 0 at source/defect_test.go:"}, {"kind", "no kind at source/defect_test.go:"},
		{"entries", "no entries at source/defect_test.go:"}, {"extract", "no extraction"}, {"read", "no byte at source/defect_test.go:"},
	} {
		t.Run(c.at, func(t *testing.T) {
			t.Parallel()
			tree, l := boxes(t, map[string]string{
				"bad.exe":  box(boxFile{name: "a.txt", text: "aa"}, boxFile{name: "b.txt", text: "bb"}, boxFile{name: c.at + ".fall"}),
				"good.zip": box(boxFile{name: "c.txt", text: "cc"}), "d.txt": "dd",
			}, TreeOptions{}, fall)
			want := map[string]int32{"good.zip/c.txt": 0}
			closed := tree.Archive("bad.exe") == nil
			if closed {
				if len(l.Problems) != 1 || l.Problems[0].Code != ProblemArchiveDefect || !strings.Contains(l.Problems[0].Text, c.text) {
					t.Errorf("problems %v", l.Problems)
				}
			} else {
				want["bad.exe/a.txt"], want["bad.exe/b.txt"] = 1, 2
			}
			got := map[int32]string{}
			for _, k := range tree.Tasks(want) {
				err := k.Run(t.Context(), func(id int32, r io.Reader, _ *io.SectionReader) error {
					b, err := io.ReadAll(r)
					got[id] = string(b)
					if err != nil {
						got[id] = err.Error()
						if !errors.Is(err, ErrDefect) || !strings.Contains(err.Error(), c.text) {
							t.Errorf("%d: %v", id, err)
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
			if len(got) != len(want) || got[0] != "cc" {
				t.Errorf("read %q", got)
			}
			if _, err := tree.OpenInner(t.Context(), "bad.exe/a.txt"); !errors.Is(err, ErrDefect) {
				t.Errorf("open: %v", err)
			}
			if f, err := tree.OpenFile(t.Context(), "good.zip/c.txt"); err != nil || f.Size != 2 {
				t.Errorf("good.zip: %v", err)
			}
		})
	}
}

// A stored file that the reader cannot point at is a file that cannot be read.
func TestDefectOfSection(t *testing.T) {
	t.Parallel()
	tree, _ := boxes(t, map[string]string{"bad.zip": box(boxFile{name: "a.txt", text: "aa"}, boxFile{name: "section.fall"})}, TreeOptions{}, fall)
	if _, err := tree.OpenInner(t.Context(), "bad.zip/a.txt"); !errors.Is(err, ErrDefect) {
		t.Errorf("%v", err)
	}
}

// What panics in whoever reads a file is not taken for a fault of the archive's reader.
func TestOwnPanicGoesOn(t *testing.T) {
	t.Parallel()
	tree, _ := boxes(t, map[string]string{"a.zip": box(boxFile{name: "a.txt", text: "aa"})}, TreeOptions{}, fall)
	if _, err := tree.OpenArchive(t.Context(), "a.zip"); err != nil {
		t.Fatal(err)
	}
	var told []any
	func() {
		defer func() { told = append(told, recover()) }()
		for _, k := range tree.Tasks(map[string]int32{"a.zip/a.txt": 0}) {
			_ = k.Run(t.Context(), func(int32, io.Reader, *io.SectionReader) error { panic("mine") })
		}
	}()
	if d := cmp.Diff([]any{"mine"}, told); d != "" || slices.Contains(told, nil) {
		t.Errorf("(-want +got)\n%s", d)
	}
}
