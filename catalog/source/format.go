package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/burn"
	"github.com/drivercat/drivercat/catalog/source/archive/cab"
	"github.com/drivercat/drivercat/catalog/source/archive/external"
	"github.com/drivercat/drivercat/catalog/source/archive/inno"
	"github.com/drivercat/drivercat/catalog/source/archive/installshield"
	"github.com/drivercat/drivercat/catalog/source/archive/msi"
	"github.com/drivercat/drivercat/catalog/source/archive/nsis"
	"github.com/drivercat/drivercat/catalog/source/archive/rar"
	"github.com/drivercat/drivercat/catalog/source/archive/selfextract"
	"github.com/drivercat/drivercat/catalog/source/archive/sevenzip"
	"github.com/drivercat/drivercat/catalog/source/archive/szdd"
	"github.com/drivercat/drivercat/catalog/source/archive/zip"
)

// openFunc opens archives of one format. It returns archive.ErrFormat for others.
type openFunc func(archive.Input, archive.Limits) (archive.Reader, error)

// readers are the formats that can be opened, from those that identify their format for certain to those that search for one: an
// InstallShield package is also a self-extracting cabinet.
func readers() []openFunc {
	return []openFunc{msi.Open, burn.Open, nsis.Open, inno.Open, installshield.Open, selfextract.Open, sevenzip.Open, rar.Open, zip.Open, cab.Open, szdd.Open}
}

// open opens an archive with the first reader that knows its format, or else with a program that the administrator has for
// its kind.
func (t *Tree) open(ctx context.Context, in archive.Input) (archive.Reader, error) {
	var why error
	for _, open := range t.readers {
		r, err := openSafely(open, in, t.o.Limits)
		if err == nil {
			return r, nil
		}
		if !errors.Is(err, archive.ErrFormat) {
			why = err
			break
		}
	}
	if why != nil && !errors.Is(why, archive.ErrUnsupported) {
		return nil, why
	}
	helpers := helpersFor(in)
	for _, name := range helpers {
		for _, tool := range t.o.Tools {
			if tool.Name != name {
				continue
			}
			r, err := external.Open(ctx, tool, in, t.o.TempDir, newBudget(in.Size, t.floor).total)
			if err == nil || !errors.Is(err, archive.ErrUnsupported) {
				return r, err
			}
			if why == nil {
				why = err
			}
		}
	}
	switch {
	case why != nil && len(helpers) > 0 && len(t.o.Tools) == 0:
		return nil, fmt.Errorf("%w; %s may know it: install it, and import again with --rehash", why, strings.Join(helpers, " or "))
	case why != nil:
		return nil, why
	}
	return nil, fmt.Errorf("%s: %w", in.Name, archive.ErrFormat)
}

// helpersFor names the programs that may open what no reader knows: only for files that are known to be an archive or a
// setup program that holds one, since 7z takes any program for an archive of its sections.
func helpersFor(in archive.Input) []string {
	if info, ok := Recognise(in.Name, in, in.Size); ok {
		switch info.Kind {
		case KindInno:
			return []string{"innoextract"}
		case KindNSIS, Kind7z, KindZip, KindRar, KindMSI, KindMSP:
			return []string{"7z"}
		case KindCab:
			return []string{"cabextract", "7z"}
		}
		return nil
	}
	head := make([]byte, 8)
	n, _ := in.ReadAt(head, 0)
	switch head := string(head[:n]); {
	case strings.HasPrefix(head, "MSCF"):
		return []string{"cabextract", "7z"}
	case strings.HasPrefix(head, "ISc("):
		return []string{"unshield"}
	case strings.HasPrefix(head, "PK\x03\x04"), strings.HasPrefix(head, "7z\xBC\xAF"), strings.HasPrefix(head, "Rar!"):
		return []string{"7z"}
	}
	return nil
}

// MayBeArchive reports whether a file of this name is looked into for an archive when a source is opened.
func MayBeArchive(name string) bool { return mayBeArchive(name) > 0 }

const (
	orderDatabase = 1
	orderProgram  = 2
)

// mayBeArchive tells by its name which files of a source are looked into, and which of one folder come first: a database
// or a program that owns the cabinets beside it, before those. 0 is none.
func mayBeArchive(name string) (order int) {
	lower := strings.ToLower(baseName(name))
	switch ext := extension(lower); ext {
	case ".msi", ".msp", ".msm":
		return orderDatabase
	case ".exe":
		return orderProgram
	case ".cab", ".zip", ".zipx", ".jar", ".kwj", ".7z", ".rar", ".001", ".z", ".lib", ".1": // _setup.1 of InstallShield 3
		return 3
	case ".hdr": // data1.hdr belongs to data1.cab, which comes first
		return 4
	default:
		// SZDD and KWAJ: setup.ex_, driver.sy_, setup.exe_.
		if n := len(ext); n >= 3 && n <= 5 && ext[n-1] == '_' {
			return 5
		}
	}
	return 0
}
