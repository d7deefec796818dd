package manifest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

// files reads "path=content path=content"; a content's size is the length of its name.
func files(text string) *Manifest {
	m := &Manifest{}
	for _, f := range strings.Fields(text) {
		p, c, _ := strings.Cut(f, "=")
		m.Files = append(m.Files, File{Path: p, Size: int64(len(c)), SHA256: catalog.Hash([]byte(fmt.Sprintf("%-32s", c)))})
	}
	m.Encode()
	return m
}

// told is a difference as text.
func told(d Difference) (out []string) {
	for _, f := range d.Added {
		out = append(out, "+"+f.Path)
	}
	for _, f := range d.Removed {
		out = append(out, "-"+f.Path)
	}
	for _, c := range d.Changed {
		out = append(out, "!"+c.New.Path)
	}
	for _, c := range d.Moved {
		sign := ">"
		if c.Renamed() {
			sign = "~"
		}
		out = append(out, c.Old.Path+sign+c.New.Path)
	}
	return append(out, fmt.Sprint(d.Same))
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, next, want string }{
		{"nothing", "", "", "0"},
		{"the same", "a=1 b=2", "a=1 b=2", "2"},
		{"added, removed, changed", "a=1 b=2 c=3", "a=1 b=22 d=4", "+d -c !b 1"},
		{"renamed", "n/a.sys=1", "n/b.sys=1", "n/a.sys~n/b.sys 0"},
		{"moved", "n/a.sys=1", "m/a.sys=1", "n/a.sys>m/a.sys 0"},
		{"moved and renamed", "n/a.sys=1", "m/b.sys=1", "n/a.sys>m/b.sys 0"},
		{"case only", "n/A.SYS=1", "n/a.sys=1", "n/A.SYS~n/a.sys 0"},
		{"a folder's case", "Net/a.sys=1", "net/a.sys=1", "Net/a.sys>net/a.sys 0"},
		{"a copy has not moved", "a=1", "a=1 b=1", "+b 1"},
		{"one of two copies is gone", "a=1 b=1", "a=1", "-b 1"},
		{"a file takes another's place", "a=1 b=2", "b=1", "-a !b 0"},
		{"two copies move with their names", "x/a=1 x/b=1", "y/a=1 y/b=1", "x/a>y/a x/b>y/b 0"},
		{"two copies move with their folders", "p/amd64/x=1 p/x86/x=1", "q/x86/x=1 q/amd64/x=1", "p/amd64/x>q/amd64/x p/x86/x>q/x86/x 0"},
		{"the name counts more than the folder", "p/a=1 q/b=1", "p/b=1", "-p/a q/b>p/b 0"},
		{"the folder counts more than the order", "p/a=1 q/b=1", "q/c=1", "-p/a q/b~q/c 0"},
		{"more than before", "p/a=1", "q/a=1 r/a=1", "+r/a p/a>q/a 0"},
		{"fewer than before", "p/a=1 q/a=1", "r/a=1", "-q/a p/a>r/a 0"},
		{"another size is another content", "a=1", "b=", "+b -a 0"},
		{"empty files with other names are other files", "p/a=", "p/b=", "+p/b -p/a 0"},
		{"empty files with the same name", "p/a=", "q/a=", "p/a>q/a 0"},
		{"ordered by the new path", "a/x=1 b/y=2", "c/y=2 d/x=1", "b/y>c/y a/x>d/x 0"},
	} {
		if got := strings.Join(told(Diff(files(c.old), files(c.next))), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	old, next := files("a=1 b=22 c=333"), files("a=1 b=4444 d=333 e=55555")
	if d := Diff(old, next); d.Bytes() != 4+3+5 || d.SameBytes != 1 || d.Empty() {
		t.Errorf("%d bytes, %d the same: %+v", d.Bytes(), d.SameBytes, d)
	}
	if d := Diff(nil, next); len(d.Added) != 4 || len(Diff(next, nil).Removed) != 4 {
		t.Errorf("from nothing: %+v", d)
	}
	if d := Diff(old, old); !d.Empty() {
		t.Errorf("to itself: %+v", d)
	}
}

// TestDiffAccounts: whatever the files, each is told once, and a pair has the same content.
func TestDiffAccounts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		random := func() *Manifest {
			paths := map[string]bool{}
			for range r.IntN(30) {
				paths[fmt.Sprintf("%c/%c/%c", 'a'+r.IntN(2), 'a'+r.IntN(3), 'a'+r.IntN(3))] = true
			}
			var text []string
			for p := range paths {
				text = append(text, p+"="+strings.Repeat("x", r.IntN(4)))
			}
			return files(strings.Join(text, " "))
		}
		old, next := random(), random()
		d := Diff(old, next)
		if n := len(d.Removed) + len(d.Changed) + len(d.Moved) + d.Same; n != len(old.Files) {
			t.Errorf("seed %d: %d of %d old files", seed, n, len(old.Files))
		}
		if n := len(d.Added) + len(d.Changed) + len(d.Moved) + d.Same; n != len(next.Files) {
			t.Errorf("seed %d: %d of %d new files", seed, n, len(next.Files))
		}
		for _, c := range d.Moved {
			if c.Old.SHA256 != c.New.SHA256 || c.Old.Path == c.New.Path {
				t.Errorf("seed %d: %v has not moved", seed, c)
			}
		}
		for _, a := range d.Added {
			for _, b := range d.Removed {
				if a.SHA256 == b.SHA256 && a.Size > 0 {
					t.Errorf("seed %d: %s and %s are the same", seed, a.Path, b.Path)
				}
			}
		}
		if again := Diff(old, next); !cmp.Equal(d, again) {
			t.Errorf("seed %d: another answer the second time", seed)
		}
	}
}
