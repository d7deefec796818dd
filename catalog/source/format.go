package source

import (
	"errors"
	"fmt"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// openFunc opens archives of one format. It returns archive.ErrFormat for others.
type openFunc func(archive.Input, archive.Limits) (archive.Reader, error)

// readers are the formats that can be opened, from those that identify their format for certain to those that search for one: an
// InstallShield package is also a self-extracting cabinet.
func readers() []openFunc {
	return []openFunc{}
}

// open opens an archive with the first reader that knows its format.
func (t *Tree) open(in archive.Input) (archive.Reader, error) {
	for _, open := range t.readers {
		r, err := open(in, t.o.Limits)
		if err == nil {
			return r, nil
		}
		if !errors.Is(err, archive.ErrFormat) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: %w", in.Name, archive.ErrFormat)
}

// MayBeArchive reports whether a file of this name is looked into for an archive when a source is opened.
func MayBeArchive(name string) bool { return mayBeArchive(name) > 0 }

// mayBeArchive tells by its name which files of a source are looked into, and which of one folder come first: a database
// or a program that owns the cabinets beside it, before those. 0 is none.
func mayBeArchive(name string) (order int) {
	lower := strings.ToLower(baseName(name))
	switch ext := extension(lower); ext {
	case ".msi", ".msp", ".msm":
		return 1
	case ".exe":
		return 2
	case ".cab", ".zip", ".7z", ".rar", ".001", ".z", ".lib":
		return 3
	case ".hdr": // data1.hdr belongs to data1.cab, which comes first
		return 4
	default:
		// SZDD and KWAJ: setup.ex_, driver.sy_.
		if len(ext) == 4 && ext[3] == '_' || len(ext) == 3 && ext[2] == '_' {
			return 5
		}
	}
	return 0
}
