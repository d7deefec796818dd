package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/catalogtest"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	catalogtest.Run(t, func(t *testing.T) catalog.Store { return openTest(t, filepath.Join(t.TempDir(), "drivercat.db")) })
}

// openTest opens a catalog and closes it when the test ends.
func openTest(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
