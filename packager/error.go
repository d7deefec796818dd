package packager

import (
	"errors"
	"fmt"

	"github.com/drivercat/drivercat/packager/layout"
)

// What packager reports. Test with errors.Is.
var (
	// ErrNothing: the plan takes no driver, so there is no package.
	ErrNothing = errors.New("no driver to package")
	// ErrForeign: the package folder holds files that drivercat did not put there.
	ErrForeign = errors.New("not made by drivercat")
	// ErrMissing: files of an older version cannot be had any more.
	ErrMissing = errors.New("not all of it can be had any more")
	// ErrChanged: a source no longer holds what was imported.
	ErrChanged = errors.New("changed since it was imported")
)

// SourceError says that a file cannot be taken from its source. Nothing was published.
type SourceError struct {
	Source SourceRef
	Path   string // in the source
	Err    error
}

func (e *SourceError) Error() string {
	if e.Source.ID < 0 { // a package
		return fmt.Sprintf("%s/%s: %v", e.Source.Location, e.Path, e.Err)
	}
	return fmt.Sprintf("source %d (%s): %s: %v", e.Source.ID, e.Source.Location, e.Path, e.Err)
}

// Unwrap gives the reason.
func (e *SourceError) Unwrap() error { return e.Err }

// skip tells whether a place is refused, as something to say aloud.
func skip(place string) (Skipped, bool) {
	var se *layout.ShareError
	if !errors.As(layout.CheckShare(place), &se) {
		return Skipped{}, false
	}
	code := "configmgr-share"
	if se.PXE {
		code = "pxe-share"
	}
	return Skipped{Path: place, Code: code, Text: se.Error()}, true
}
