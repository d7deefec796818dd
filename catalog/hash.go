package catalog

import (
	"crypto/sha256"
	"slices"
	"strings"
)

// DriverHash is the identity of a driver: a hash over its content. Files count by their bytes and by where the INF
// expects them, ignoring letter case as Windows does; the name of the INF or setup program itself does not count, so a
// renamed copy is the same driver. The order of files does not matter.
func DriverHash(files []DriverFile, main string) Hash {
	lines := make([]string, len(files))
	for i, f := range files {
		path := strings.ToLower(f.Path)
		if f.Path == main {
			path = ""
		}
		lines[i] = path + "\x00" + string(f.SHA256[:])
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, l := range slices.Compact(lines) {
		h.Write([]byte(l))
		h.Write([]byte{'\n'})
	}
	return Hash(h.Sum(nil))
}
