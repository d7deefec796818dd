package catalog

import "time"

// KeptVersions is how many versions of a package are kept before the present one. ConfigMgr's binary differential
// replication too starts from any of the last five.
const KeptVersions = 5

// PackageVersion is one published state of a package.
type PackageVersion struct {
	Folder    string    `json:"folder"` // of the package, relative to the share root
	Version   int       `json:"version"`
	Manifest  Hash      `json:"manifest"`           // SHA-256 of Body
	Body      []byte    `json:"-"`                  // the manifest file as it was published
	Published time.Time `json:"published,omitzero"` // zero if nobody knows
	// Drivers are kept in the catalog as long as the version is. Those that it no longer holds are left out of what is
	// kept; Body names all.
	Drivers []Hash `json:"drivers"`
}

// FileSignature is the chunk signature of one file content, as packager/chunk encodes it.
type FileSignature struct {
	SHA256 Hash // of the content
	Body   []byte
}
