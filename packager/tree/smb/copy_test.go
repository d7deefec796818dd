package smb_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	smb2 "github.com/cloudsoda/go-smb2"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// noise is content in which a wrong offset shows.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

// TestCopyRange compares what the server copied byte by byte, around the 16 MiB at which the library's own copy stops.
func TestCopyRange(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr := openFast(t, s)
	const mib = 1 << 20
	src := noise(40 * mib)
	_, err := tree.Write(context.Background(), tr, "src", bytes.NewReader(src), tree.Options{})
	must(t, err)
	write(t, tr, "empty", "")
	type piece struct{ off, n int }
	for name, pieces := range map[string][]piece{
		"nothing":        {{0, 0}},
		"a byte":         {{7, 1}},
		"16 MiB less 1":  {{0, 16*mib - 1}},
		"16 MiB":         {{0, 16 * mib}},
		"16 MiB and 1":   {{0, 16*mib + 1}},
		"whole":          {{0, 40 * mib}},
		"unaligned":      {{12345, 20*mib + 17}, {3, 5}, {39*mib + 1, mib - 1}},
		"back to front":  {{20 * mib, 20 * mib}, {0, 20 * mib}},
		"the end":        {{40*mib - 1, 1}},
		"many small":     {{100, 10}, {50, 10}, {100, 10}, {0, 1}, {mib - 1, 2}},
		"behind the end": {{40 * mib, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := tr.Create(name)
			must(t, err)
			_, err = w.Write([]byte("head"))
			must(t, err)
			want := []byte("head")
			for _, p := range pieces {
				must(t, w.(tree.RangeCopier).CopyRange("src", int64(p.off), int64(p.n)))
				want = append(want, src[p.off:p.off+p.n]...)
				_, err = w.Write([]byte("-"))
				must(t, err)
				want = append(want, '-')
			}
			must(t, w.(tree.RangeCopier).CopyRange("empty", 0, 0))
			must(t, w.Close())
			// From the disk: reading it back through the tree is what other tests do.
			b, err := os.ReadFile(filepath.Join(s.Dir, tr.Root()[strings.LastIndex(tr.Root(), `\`)+1:], name))
			must(t, err)
			if got := string(b); got != string(want) {
				at := 0
				for at < min(len(got), len(want)) && got[at] == want[at] {
					at++
				}
				t.Errorf("%d bytes instead of %d; they differ at %d", len(got), len(want), at)
			}
		})
	}
}

func TestCopyRangeErrors(t *testing.T) {
	t.Parallel()
	tr := open(t, smbtest.Start(t, smbtest.Options{}))
	write(t, tr, "src", "0123456789")
	must(t, tr.MkdirAll("d"))
	w, err := tr.Create("dst")
	must(t, err)
	c := w.(tree.RangeCopier)
	for name, err := range map[string]error{
		"behind the end":   c.CopyRange("src", 5, 6),
		"far behind":       c.CopyRange("src", 1<<40, 1),
		"negative offset":  c.CopyRange("src", -1, 1),
		"negative length":  c.CopyRange("src", 1, -1),
		"overflow":         c.CopyRange("src", 1<<62, 1<<62),
		"missing":          c.CopyRange("none", 0, 1),
		"a folder":         c.CopyRange("d", 0, 0),
		"out of the tree":  c.CopyRange("../src", 0, 1),
		"a forbidden name": c.CopyRange("s:rc", 0, 1),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v says that the tree cannot copy", name, err)
		}
	}
	if err := c.CopyRange("none", 0, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	// None of them has done any harm.
	must(t, c.CopyRange("src", 2, 3))
	must(t, w.Close())
	if got := read(t, tr, "dst"); got != "234" {
		t.Errorf("dst holds %q", got)
	}
	if err := c.CopyRange("src", 0, 1); err == nil {
		t.Error("a closed file was appended to")
	}
}

// TestCopyRangeTraffic: the bytes do not pass through here.
func TestCopyRangeTraffic(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr := open(t, s)
	entries, err := os.ReadDir(s.Dir)
	must(t, err)
	file := filepath.Join(s.Dir, entries[0].Name(), "src")
	must(t, os.WriteFile(file, nil, 0o666))
	must(t, os.Truncate(file, 100<<20))
	s.Own(file)
	before := tr.Traffic()
	w, err := tr.Create("dst")
	must(t, err)
	must(t, w.(tree.RangeCopier).CopyRange("src", 0, 100<<20))
	must(t, w.Close())
	after := tr.Traffic()
	if n := after.Sent - before.Sent + after.Received - before.Received; n > 100<<10 || n < 1000 {
		t.Errorf("100 MiB were copied with %d bytes of traffic", n)
	}
	i, err := tr.Lstat("dst")
	must(t, err)
	if i.Size() != 100<<20 {
		t.Errorf("%d bytes", i.Size())
	}
}

// TestCopySmallLimits: a server that takes fewer chunks at once says so, and is taken at its word.
func TestCopySmallLimits(t *testing.T) {
	t.Parallel()
	tr := openFast(t, smbtest.Start(t, smbtest.Options{}))
	src := noise(9 << 20)
	_, err := tree.Write(context.Background(), tr, "src", bytes.NewReader(src), tree.Options{})
	must(t, err)
	for name, size := range map[string][3]int64{"too many chunks": {300, 1 << 10, 16 << 20}, "too large chunks": {16, 3 << 20, 16 << 20}} {
		w, err := tr.Create(name)
		must(t, err)
		must(t, smb.CopyRangeWith(w, "src", 1, 9<<20-1, size))
		must(t, w.Close())
		if read(t, tr, name) != string(src[1:]) {
			t.Errorf("%s: content differs", name)
		}
	}

}

// TestCopyLies: a server whose answer does not fit is not believed, whichever number is wrong.
func TestCopyLies(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	counts := func(chunks, part, total uint32) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, chunks), part), total)
	}
	const mib = 1 << 20
	for name, c := range map[string]struct {
		out  []byte
		err  error
		say  string
		none bool // it must be told that the tree cannot copy
	}{
		"fewer bytes":            {out: counts(2, 0, 2*mib-1), say: "2097151 of 2097152 bytes"},
		"more bytes":             {out: counts(2, 0, 2*mib+1), say: "2097153 of 2097152 bytes"},
		"fewer chunks":           {out: counts(1, 0, 2*mib), say: "1 of 2 chunks"},
		"half a chunk":           {out: counts(2, 5, 2*mib), say: "2 of 2 chunks"},
		"nothing":                {say: "has 0 bytes"},
		"cut off":                {out: counts(2, 0, 2*mib)[:11], say: "has 11 bytes"},
		"all numbers, no bytes":  {out: counts(2, 0, 2*mib), say: "confirmed 2097156 bytes and the file has 4"},
		"not supported":          {err: &smb2.ResponseError{Code: 0xC00000BB}, none: true},
		"invalid device request": {err: &smb2.ResponseError{Code: 0xC0000010}, none: true},
		"always too much":        {err: &smb2.ResponseError{Code: 0xC000000D}, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := openFast(t, s)
			_, err := tree.Write(context.Background(), tr, "src", bytes.NewReader(noise(2*mib)), tree.Options{})
			must(t, err)
			smb.Control(tr, func(code uint32, _ []byte, next func() ([]byte, error)) ([]byte, error) {
				if code != smb.CopyCode {
					return next()
				}
				return c.out, c.err
			})
			w, err := tr.Create("dst")
			must(t, err)
			_, err = w.Write([]byte("head"))
			must(t, err)
			err = w.(tree.RangeCopier).CopyRange("src", 0, 2*mib)
			if c.none {
				if !errors.Is(err, errors.ErrUnsupported) {
					t.Fatalf("error %v, want ErrUnsupported", err)
				}
				_, err = w.Write([]byte("-tail"))
				must(t, err)
				must(t, w.Close())
				if got := read(t, tr, "dst"); got != "head-tail" {
					t.Errorf("dst holds %q", got)
				}
				return
			}
			if cerr := w.Close(); err == nil {
				err = cerr
			}
			if err == nil || !strings.Contains(err.Error(), c.say) || errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("error %v does not say %q", err, c.say)
			}
		})
	}
}

// TestCopyStops: a server that gives up in the middle leaves a file that cannot be closed without an error.
func TestCopyStops(t *testing.T) {
	t.Parallel()
	tr := openFast(t, smbtest.Start(t, smbtest.Options{}))
	_, err := tree.Write(context.Background(), tr, "src", bytes.NewReader(noise(40<<20)), tree.Options{})
	must(t, err)
	asked := 0
	smb.Control(tr, func(code uint32, _ []byte, next func() ([]byte, error)) ([]byte, error) {
		if code == smb.CopyCode {
			if asked++; asked == 2 {
				return nil, &smb2.ResponseError{Code: 0xC00000BB}
			}
		}
		return next()
	})
	w, err := tr.Create("dst")
	must(t, err)
	err = w.(tree.RangeCopier).CopyRange("src", 0, 40<<20)
	if err == nil || errors.Is(err, errors.ErrUnsupported) || asked != 2 {
		t.Errorf("after %d requests: %v; something was appended, so it is not ErrUnsupported", asked, err)
	}
	if w.Close() == nil {
		t.Error("a file with a part of a range was closed without an error")
	}
}
