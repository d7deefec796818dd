package packager

import (
	"crypto/sha256"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/manifest"
)

// Recorded finds the catalog's record of a package folder among its packages, nil if there is none.
func Recorded(packages []catalog.Package, folder string) *catalog.Package {
	for i := range packages {
		if packages[i].Folder == folder {
			return &packages[i]
		}
	}
	return nil
}

// Vouched reports whether a manifest on the share is the one that was published as far as the catalog knows. The version
// after the recorded one is believed too: a build that dies between publishing and recording leaves it. It must hold
// something else than the recorded one, since no build counts on without a change.
func Vouched(raw []byte, m *manifest.Manifest, record *catalog.Package) bool {
	if record == nil || catalog.Hash(sha256.Sum256(raw)) == record.Manifest {
		return true
	}
	return m.Version == record.Version+1 && !isRecorded(m, record)
}

// isRecorded reports whether a manifest says what the recorded one says, whatever version it counts.
func isRecorded(m *manifest.Manifest, record *catalog.Package) bool {
	c := *m
	c.Version = record.Version
	return catalog.Hash(sha256.Sum256(c.Encode())) == record.Manifest
}
