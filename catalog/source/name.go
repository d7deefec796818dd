package source

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

const (
	maxUnits = archive.MaxPath
	// longUnits is the longest path that ConfigMgr replicates; longer ones are left out without a word.
	longUnits = 254
)

// fold is a name reduced to what Windows compares, for a quick search of names that differ only in case.
type fold struct {
	hash  uint64
	index int
}

// nameProblems appends what is wrong with the names and path lengths of a folder's entries, which are ordered by name.
// A path that is too long is reported once for each folder: a whole tree of them has one cause.
func (s *scratch) nameProblems(j job, ps []Problem) []Problem {
	s.folds = s.folds[:0]
	var long, tooLong, most int
	var longest string
	for i := range s.entries {
		e := &s.entries[i]
		hash, plain := foldHash(e.name)
		s.folds = append(s.folds, fold{hash, i})
		if !plain || archive.IsReserved(e.name) {
			if flaw := archive.NameFlaw(e.name); flaw != "" {
				ps = append(ps, Problem{Code: ProblemName, Path: join(j.path, e.name), Text: flaw,
					Advice: "rename it to what the vendor's INF calls it, or remove it; Windows cannot have a file of this name"})
			}
		}
		if e.kind != kindFile {
			continue
		}
		if j.units+1+len(e.name) <= longUnits { // UTF-16 never takes more units than UTF-8 takes bytes
			continue
		}
		if n := j.below(e.name); n > longUnits {
			long++
			if n > maxUnits {
				tooLong++
			}
			if n > most {
				most, longest = n, e.name
			}
		}
	}
	switch {
	case tooLong > 0:
		ps = append(ps, Problem{Code: ProblemTooLong, Path: join(j.path, longest),
			Text:   fmt.Sprintf("the path has %d characters, Windows can name %d (%s in this folder)", most, maxUnits, files(tooLong)),
			Advice: "shorten the folder names above it"})
	case long > 0:
		ps = append(ps, Problem{Code: ProblemLong, Path: join(j.path, longest), Warning: true,
			Text:   fmt.Sprintf("the path has %d characters within the source, ConfigMgr replicates up to %d on the whole (%s in this folder)", most, longUnits, files(long)),
			Advice: "shorten the folder names above it, or import from a folder nearer to it"})
	}
	return s.caseProblems(j, ps)
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// caseProblems appends the groups of names that differ only in case.
func (s *scratch) caseProblems(j job, ps []Problem) []Problem {
	slices.SortFunc(s.folds, func(a, b fold) int {
		if a.hash != b.hash {
			if a.hash < b.hash {
				return -1
			}
			return 1
		}
		return a.index - b.index
	})
	for i := 1; i < len(s.folds); i++ {
		if s.folds[i].hash != s.folds[i-1].hash {
			continue
		}
		a, b := s.entries[s.folds[i-1].index].name, s.entries[s.folds[i].index].name
		if !strings.EqualFold(a, b) {
			continue
		}
		ps = append(ps, Problem{Code: ProblemCase, Path: join(j.path, b),
			Text:   fmt.Sprintf("differs from %s only in case; Windows can keep one of the two", a),
			Advice: "remove the one that does not belong there; if both do, the vendor's files were unpacked over each other"})
	}
	return ps
}

// plainByte reports whether a byte of a name needs no second look.
func plainByte(c byte) bool {
	switch c {
	case '<', '>', ':', '"', '/', '\\', '|', '?', '*':
		return false
	}
	return ' ' <= c && c < 0x7F
}

// foldHash hashes a name without regard to case (FNV-1a), and tells whether it is plain ASCII that Windows allows,
// but for reserved names.
func foldHash(name string) (hash uint64, plain bool) {
	hash, plain = 14695981039346656037, true
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= utf8.RuneSelf {
			return foldHashUnicode(name), false
		}
		plain = plain && plainByte(c)
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		hash = (hash ^ uint64(c)) * 1099511628211
	}
	if n := len(name); n > 0 && (name[n-1] == '.' || name[n-1] == ' ') {
		plain = false
	}
	return hash, plain
}

// foldHashUnicode hashes the smallest rune of each rune's case orbit, so that names equal under strings.EqualFold
// hash alike, also where one of them is ASCII (the Kelvin sign folds to k).
func foldHashUnicode(name string) uint64 {
	var hash uint64 = 14695981039346656037
	for _, r := range name {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		if 'A' <= least && least <= 'Z' {
			least += 'a' - 'A'
		}
		for ; least >= utf8.RuneSelf; least >>= 7 {
			hash = (hash ^ uint64(least&0x7F|0x80)) * 1099511628211
		}
		hash = (hash ^ uint64(least)) * 1099511628211
	}
	return hash
}
