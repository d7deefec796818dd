package source

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/drivercat/drivercat/catalog"
)

// Listing is what lies in a source.
type Listing struct {
	Folders  []Folder  // ordered by Path, byte by byte
	Problems []Problem // ordered by Path, then Code
}

// Folder is one folder of a source that could be read.
type Folder struct {
	Path string // relative to the root, forward slashes; "." for the root
	// Fingerprint changes when an entry of this folder comes, goes or changes its kind, size or time stamp. It covers
	// the names of sub-folders but nothing in them, and ignores the order in which the file system lists entries.
	Fingerprint catalog.Fingerprint
	Entries     []Entry // ordered by Name, byte by byte
}

// Entry is one regular file.
type Entry struct {
	Name  string // as the file system spells it; may be invalid UTF-8, which is also a Problem
	Size  int64  // bytes
	MTime int64  // nanoseconds since 1970, cut to 100, which is what SMB and NTFS keep; FAT keeps less
}

// The codes of problems. They are stable.
const (
	ProblemUnreadable  = "unreadable"    // a folder that cannot be listed, or an entry that cannot be looked at; not in the listing
	ProblemVanished    = "vanished"      // was there when its folder was listed and gone or exchanged a moment later; not in the listing
	ProblemLink        = "link"          // a link to something inside the source; not in the listing, its target is
	ProblemLinkBroken  = "link-broken"   // a link to something inside the source that is not there
	ProblemLinkOutside = "link-outside"  // a link that leads out of the source
	ProblemSpecial     = "special-file"  // a device, socket or pipe; not in the listing
	ProblemLoop        = "folder-loop"   // a folder that contains itself; not entered
	ProblemCase        = "case-conflict" // names in one folder that Windows takes for one name; all are in the listing
	ProblemName        = "name-invalid"  // a name that Windows does not allow; in the listing
	ProblemLong        = "path-long"     // beyond what ConfigMgr replicates; in the listing
	ProblemTooLong     = "path-too-long" // beyond what Windows can name; a file is in the listing, a folder is not entered
)

// Problem is something about a source that deserves a look.
type Problem struct {
	Code    string
	Path    string // relative to the root, forward slashes; may be invalid UTF-8
	Text    string // what is the matter, one sentence without the path
	Advice  string // what to do about it
	Warning bool   // the listing is whole and usable all the same
}

// String gives the problem on one line.
func (p Problem) String() string { return p.Path + ": " + p.Text }

// kind is what an entry of a folder is, as far as a walk cares.
type kind uint8

const (
	kindFile kind = iota + 1
	kindFolder
	kindLink
	kindSpecial
	kindUnknown // could not be looked at
)

// rawEntry is an entry as a reader found it.
type rawEntry struct {
	name        string
	size, mtime int64 // of files
	err         error // why it could not be looked at; kind is kindUnknown
	kind        kind
}

// ticks cuts a time in nanoseconds since 1970 to what Windows keeps, 100 nanoseconds: a source is the same whether it is looked
// at on the server or through the network.
func ticks(ns int64) int64 {
	const tick = 100
	rest := ns % tick
	if rest < 0 {
		rest += tick
	}
	return ns - rest
}

// fingerprint hashes a folder's entries, which are ordered by name. The buffer is scratch space that it returns.
func fingerprint(entries []rawEntry, buf []byte) (catalog.Fingerprint, []byte) {
	buf = buf[:0]
	for i := range entries {
		e := &entries[i]
		buf = append(buf, byte(e.kind))
		buf = binary.AppendUvarint(buf, uint64(len(e.name)))
		buf = append(buf, e.name...)
		if e.kind == kindFile {
			buf = binary.LittleEndian.AppendUint64(buf, uint64(e.size))
			buf = binary.LittleEndian.AppendUint64(buf, uint64(e.mtime))
		}
	}
	sum := sha256.Sum256(buf)
	return catalog.Fingerprint(sum[:len(catalog.Fingerprint{})]), buf
}
