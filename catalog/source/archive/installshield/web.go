package installshield

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/cab"
)

// webSettings is how the settings of PackageForTheWeb begin in all versions that are known.
const webSettings = "\xDC\xED\xBD"

// openWeb opens PackageForTheWeb: behind the program a length, as many bytes that tell how to run the setup, and a
// Microsoft cabinet with the files up to the end. It returns nil for anything else.
func openWeb(m *image, at int64, head []byte, l archive.Limits) (archive.Reader, error) {
	const most = 1 << 20
	if n := int64(binary.LittleEndian.Uint32(head)); n > 0 && n <= most {
		if r, err := openWebCabinet(m, at+4+n, l); r != nil || err != nil {
			return r, err
		}
	}
	if string(head[4:4+len(webSettings)]) != webSettings {
		return nil, nil
	}
	// Should a version keep something between its settings and the cabinet.
	b := make([]byte, min(most, max(0, m.stop-at)))
	got, _ := m.in.ReadAt(b, at)
	b = b[:got]
	for from, tries := 0, 16; tries > 0; tries-- {
		i := bytes.Index(b[from:], []byte(cabinetHead))
		if i < 0 {
			break
		}
		if r, err := openWebCabinet(m, at+int64(from+i), l); r != nil && err == nil {
			return r, nil
		}
		from += i + 1
	}
	return nil, nil
}

const cabinetHead = "MSCF\x00\x00\x00\x00"

// openWebCabinet opens the cabinet at a place, nil if there is none.
func openWebCabinet(m *image, at int64, l archive.Limits) (archive.Reader, error) {
	const smallest = 36
	if at+smallest > m.stop {
		return nil, nil
	}
	r, err := cab.Open(m.in.Section(at, m.in.Size-at), l)
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
