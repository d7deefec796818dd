package installshield

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/cab"
)

// openWeb opens PackageForTheWeb: behind the program a length, as many bytes that tell how to run the setup, and a
// Microsoft cabinet with the files up to the end. It returns nil for anything else.
func openWeb(m *image, at int64, head []byte, l archive.Limits) (archive.Reader, error) {
	const most, smallest = 1 << 20, 36
	n := int64(binary.LittleEndian.Uint32(head))
	place := at + 4 + n
	if n == 0 || n > most || place+smallest > m.stop {
		return nil, nil
	}
	r, err := cab.Open(m.in.Section(place, m.in.Size-place), l)
	if errors.Is(err, archive.ErrFormat) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	// The names begin with a backslash; the launcher unpacks into a folder of its own all the same.
	w := web{r, slices.Clone(r.Entries())}
	for i := range w.entries {
		w.entries[i].Name = strings.TrimLeft(w.entries[i].Name, "/")
	}
	return w, nil
}

// web is the cabinet of PackageForTheWeb.
type web struct {
	archive.Reader
	entries []archive.Entry
}

func (w web) Kind() string             { return "packagefortheweb" }
func (w web) Entries() []archive.Entry { return w.entries }

func (w web) Section(i int) *io.SectionReader {
	if s, ok := w.Reader.(archive.Stored); ok {
		return s.Section(i)
	}
	return nil
}
