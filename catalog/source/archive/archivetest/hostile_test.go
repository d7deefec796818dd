package archivetest_test

import (
	"errors"
	"io"
	"path"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
	"github.com/drivercat/drivercat/catalog/source/archive/rar"
	"github.com/drivercat/drivercat/catalog/source/archive/sevenzip"
	"github.com/drivercat/drivercat/catalog/source/archive/zip"
)

// TestHostile opens each hostile archive with its reader: it ends, within the limits, tells what kind of error there is,
// hands out the good file, and no hostile name passes Clean.
func TestHostile(t *testing.T) {
	t.Parallel()
	open := map[string]archivetest.Open{".zip": zip.Open, ".7z": sevenzip.Open, ".rar": rar.Open}
	known := func(err error) bool {
		for _, e := range []error{archive.ErrCorrupt, archive.ErrEncrypted, archive.ErrUnsupported, archive.ErrMissingPart, archive.ErrLimit} {
			if errors.Is(err, e) {
				return true
			}
		}
		return false
	}
	all := archivetest.Hostile()
	seen := map[string]bool{}
	for _, h := range all {
		if seen[h.Name] {
			t.Errorf("%s is there twice", h.Name)
		}
		seen[h.Name] = true
		t.Run(h.Name, func(t *testing.T) {
			many := strings.Contains(h.Name, "million")
			r, err := open[path.Ext(h.File)](archivetest.Bytes(h.File, h.Bytes()), archive.Limits{})
			if circle := strings.Contains(h.Name, "feed each other") || strings.Contains(h.Name, "in itself"); circle && err == nil {
				t.Error("a circle opens")
			}
			if err != nil {
				if !known(err) || many && !errors.Is(err, archive.ErrLimit) {
					t.Errorf("open: %v", err)
				}
				return
			}
			defer r.Close()
			if many {
				t.Fatalf("%d entries are more than may be", len(r.Entries()))
			}
			left, good := int64(80<<20), false
			err = r.Extract(t.Context(), func(int) bool { return left > 0 }, func(i int, src io.Reader) error {
				e := r.Entries()[i]
				n, err := io.Copy(io.Discard, io.LimitReader(src, left))
				left -= n
				if err != nil && !known(err) {
					t.Errorf("%.40q: %v", e.Name, err)
				}
				good = good || e.Name == archivetest.HostileGood && err == nil
				if strings.Contains(h.Name, ": name ") && e.Name != archivetest.HostileGood {
					if clean, err := archive.Clean(e.Name); err == nil {
						t.Errorf("%.40q becomes %.40q", e.Name, clean)
					}
				}
				return nil
			})
			if err != nil {
				t.Errorf("extract: %v", err)
			}
			sizes := strings.Contains(h.Name, "claim") || strings.Contains(h.Name, "zeros") || strings.Contains(h.Name, "archives") ||
				strings.Contains(h.Name, "deep") || strings.Contains(h.Name, "same")
			if !good && !sizes {
				t.Error("the good file is missing")
			}
		})
	}
}
