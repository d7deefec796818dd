package catalog

import (
	"context"
	"time"
)

// KeptVersions is how many versions of a package are kept before the present one. ConfigMgr's binary differential
// replication too starts from any of the last five.
const KeptVersions = 5

// PackageVersion is one published state of a package.
type PackageVersion struct {
	Folder    string    `json:"folder"` // of the package, relative to the share root
	Version   int       `json:"version"`
	Manifest  Hash      `json:"manifest"` // SHA-256 of Body
	Body      []byte    `json:"-"`        // the manifest file as it was published
	Published time.Time `json:"published"`
	Drivers   []Hash    `json:"drivers"` // kept in the catalog as long as the version is
}

// FileSignature is the chunk signature of one file content, as packager/chunk encodes it.
type FileSignature struct {
	SHA256 Hash // of the content
	Body   []byte
}

// VersionStore keeps the last versions of packages: the present one and KeptVersions before it.
type VersionStore interface {
	// PutVersion keeps a version, replaces one of the same number, and forgets those that are too old and the
	// signatures that no kept version needs.
	PutVersion(ctx context.Context, v PackageVersion, files []Hash) error
	// Versions returns the kept versions of a package folder, newest first, with their bodies.
	Versions(ctx context.Context, folder string) ([]PackageVersion, error)
	// PutSignatures keeps signatures of file contents; those that are there already stay.
	PutSignatures(ctx context.Context, s []FileSignature) error
	// Signatures returns the kept signatures of the given contents by their hash; what is not kept is not in the map.
	Signatures(ctx context.Context, files []Hash) (map[Hash][]byte, error)
}
