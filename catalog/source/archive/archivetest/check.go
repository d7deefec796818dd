package archivetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Open is the function by which a reader's package opens an archive.
type Open func(archive.Input, archive.Limits) (archive.Reader, error)

// Bytes is an archive in memory, alone in its folder.
func Bytes(name string, b []byte) archive.Input {
	return archive.Input{Name: name, ReaderAt: bytes.NewReader(b), Size: int64(len(b))}
}

// Files extracts everything and returns the files by name, failing the test for any error.
func Files(t *testing.T, r archive.Reader) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries := r.Entries()
	err := r.Extract(t.Context(), all, func(i int, src io.Reader) error {
		b, err := io.ReadAll(src)
		if err != nil {
			t.Errorf("extract %s: %v", entries[i].Name, err)
		}
		if e := entries[i]; e.Size >= 0 && e.Size != int64(len(b)) {
			t.Errorf("%s has %d bytes, %d were told", e.Name, len(b), e.Size)
		}
		if _, twice := out[entries[i].Name]; twice {
			t.Errorf("%s was extracted twice", entries[i].Name)
		}
		out[entries[i].Name] = string(b)
		return nil
	})
	if err != nil {
		t.Errorf("extract: %v", err)
	}
	return out
}

func all(int) bool { return true }

// Check opens an archive whose files are known and holds the reader to its contract: what it lists and extracts, in
// which order, in parts, several times at once, ended by an error and by a context.
func Check(t *testing.T, open Open, in archive.Input, want map[string]string) {
	t.Helper()
	r, err := open(in, archive.Limits{})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer r.Close()
	if r.Kind() == "" {
		t.Error("Kind is empty")
	}
	if d := cmp.Diff(want, Files(t, r)); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	files := plain(r)
	checkOrder(t, r, files)
	checkParts(t, r, files, want)
	checkEnds(t, r, files)
}

// plain are the entries that can be extracted.
func plain(r archive.Reader) (files []int) {
	for i, e := range r.Entries() {
		if e.Mode == 0 && !e.Encrypted {
			files = append(files, i)
		}
	}
	return files
}

func checkOrder(t *testing.T, r archive.Reader, files []int) {
	t.Helper()
	entries := r.Entries()
	var asked, got []int
	err := r.Extract(t.Context(), func(i int) bool { asked = append(asked, i); return true }, func(i int, _ io.Reader) error {
		got = append(got, i) // reads nothing: the next one must come all the same
		return nil
	})
	if err != nil {
		t.Errorf("extract without reading: %v", err)
	}
	slices.Sort(asked)
	for _, i := range asked {
		if entries[i].Mode != 0 {
			t.Errorf("want was asked for %s, which is no file", entries[i].Name)
		}
	}
	if !slices.IsSorted(got) || !slices.Equal(got, files) {
		t.Errorf("extracted %v, want %v in this order", got, files)
	}
	for i := 1; i < len(entries); i++ {
		if entries[i].Block < entries[i-1].Block {
			t.Errorf("block %d of entry %d comes after block %d", entries[i].Block, i, entries[i-1].Block)
		}
	}
}

// checkParts extracts each file alone, all at the same time.
func checkParts(t *testing.T, r archive.Reader, files []int, want map[string]string) {
	t.Helper()
	entries := r.Entries()
	var wg sync.WaitGroup
	for _, i := range files {
		wg.Go(func() {
			calls := 0
			err := r.Extract(context.Background(), func(n int) bool { return n == i }, func(n int, src io.Reader) error {
				calls++
				b, err := io.ReadAll(src)
				if err == nil && (n != i || string(b) != want[entries[i].Name]) {
					err = fmt.Errorf("entry %d with %d other bytes", n, len(b))
				}
				return err
			})
			if err != nil || calls != 1 {
				t.Errorf("extract %s alone: %d calls, %v", entries[i].Name, calls, err)
			}
		})
	}
	wg.Wait()
	if s, ok := r.(archive.Stored); ok {
		for _, i := range files {
			sec := s.Section(i)
			if sec == nil {
				continue
			}
			if b, err := io.ReadAll(sec); err != nil || string(b) != want[entries[i].Name] {
				t.Errorf("%s read in place: %d bytes, %v", entries[i].Name, len(b), err)
			}
		}
	}
}

func checkEnds(t *testing.T, r archive.Reader, files []int) {
	t.Helper()
	if len(files) == 0 {
		return
	}
	enough := errors.New("enough")
	calls := 0
	err := r.Extract(t.Context(), all, func(int, io.Reader) error { calls++; return enough })
	if calls != 1 || !errors.Is(err, enough) {
		t.Errorf("an error of fn: %d calls, %v", calls, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Extract(ctx, all, func(int, io.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	if err := r.Extract(t.Context(), func(int) bool { return false }, func(int, io.Reader) error { return enough }); err != nil {
		t.Errorf("wanting nothing: %v", err)
	}
}

// Fuzz holds a reader to its limits on any bytes: no panic, no more entries and bytes than allowed, an end. Seeds come
// from the caller. Only a few megabytes of each archive are read, so that one that claims terabytes takes no time.
func Fuzz(f *testing.F, open Open, name string) {
	f.Fuzz(func(t *testing.T, b []byte) {
		limits := archive.Limits{Entries: 1000, Memory: 64 << 20}
		r, err := open(Bytes(name, b), limits)
		if err != nil {
			return
		}
		defer r.Close()
		entries := r.Entries()
		if len(entries) > limits.Entries {
			t.Fatalf("%d entries, %d are allowed", len(entries), limits.Entries)
		}
		const most = 4 << 20
		left := int64(most)
		_ = r.Extract(t.Context(), all, func(_ int, src io.Reader) error {
			n, _ := io.Copy(io.Discard, io.LimitReader(src, left))
			if left -= n; left <= 0 {
				return archive.ErrLimit
			}
			return nil
		})
	})
}
