package msi

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// Summary is what the summary information of a database tells.
// learn.microsoft.com/windows/win32/msi/summary-property-descriptions
type Summary struct {
	Title, Subject, Author, Keywords, Comments string
	// Template is "Intel;1033" in a package: platform and languages; in a patch, the product codes that it may change.
	Template string
	// Revision is the package code; in a patch, its own code and then those of the patches that it makes obsolete.
	Revision string
	// LastAuthor is who saved a package last; in a patch, the names of its transforms.
	LastAuthor  string
	Application string
	Created     time.Time
	Saved       time.Time
	// Schema is the version of Windows Installer that is needed at least, times 100: 200 is 2.0. Stored as the page count.
	Schema int
	// Source says how files are kept: see SourceShortNames and SourceCompressed. Stored as the word count.
	Source int
}

// What Summary.Source is made of. learn.microsoft.com/windows/win32/msi/word-count-summary
const (
	SourceShortNames = 1 // files outside have their short names
	SourceCompressed = 2 // files are in cabinets unless they say otherwise
	SourceAdmin      = 4 // an administrative image: files lie beside the package
)

// Platform is the processor of a package's template: "Intel", "x64", "Intel64", "Arm64", or "" for any.
func (s Summary) Platform() string {
	p, _, _ := strings.Cut(s.Template, ";")
	return strings.TrimSpace(p)
}

// Version is Schema as people write it: 200 is "2.0", 120 "1.2" and 405 "4.5"; "" if none is told.
func (s Summary) Version() string {
	if s.Schema < 100 || s.Schema >= 10000 {
		return ""
	}
	minor := s.Schema % 100
	if minor%10 == 0 {
		minor /= 10
	}
	return fmt.Sprintf("%d.%d", s.Schema/100, minor)
}

// Types and numbers of properties, [MS-OLEPS], learn.microsoft.com/openspecs/windows_protocols/ms-oleps
const (
	propertyI2       = 2
	propertyI4       = 3
	propertyText     = 30
	propertyFileTime = 64

	summarySections = 48 // where the first section's place ends
	maxProperties   = 64
	maxSummary      = 64 << 10
)

// parseSummary reads a property set. What cannot be read is left empty.
func parseSummary(b []byte) (s Summary) {
	if len(b) < summarySections || b[0] != 0xFE || b[1] != 0xFF {
		return s
	}
	base := int64(binary.LittleEndian.Uint32(b[44:]))
	if base < summarySections || base+8 > int64(len(b)) {
		return s
	}
	b = b[base:]
	values := map[uint32][]byte{}
	for i := range min(int(binary.LittleEndian.Uint32(b[4:])), maxProperties) {
		if len(b) < 16+8*i {
			break
		}
		id, at := binary.LittleEndian.Uint32(b[8+8*i:]), binary.LittleEndian.Uint32(b[12+8*i:])
		if int64(at)+8 <= int64(len(b)) {
			values[id] = b[at:]
		}
	}
	cp := int(uint16(propertyNumber(values[1]))) // 65001 is stored as a negative number
	for id, to := range map[uint32]*string{
		2: &s.Title, 3: &s.Subject, 4: &s.Author, 5: &s.Keywords, 6: &s.Comments, 7: &s.Template, 8: &s.LastAuthor,
		9: &s.Revision, 18: &s.Application,
	} {
		*to = propertyString(values[id], cp)
	}
	s.Created, s.Saved = propertyTime(values[12]), propertyTime(values[13])
	s.Schema, s.Source = propertyNumber(values[14]), propertyNumber(values[15])
	return s
}

func propertyNumber(v []byte) int {
	if len(v) < 8 {
		return 0
	}
	switch binary.LittleEndian.Uint32(v) {
	case propertyI2:
		return int(int16(binary.LittleEndian.Uint16(v[4:])))
	case propertyI4:
		return int(int32(binary.LittleEndian.Uint32(v[4:])))
	}
	return 0
}

func propertyString(v []byte, cp int) string {
	if len(v) < 8 || binary.LittleEndian.Uint32(v) != propertyText {
		return ""
	}
	n := int64(binary.LittleEndian.Uint32(v[4:]))
	text, _, _ := strings.Cut(string(v[8:min(8+n, int64(len(v)))]), "\x00")
	return decode([]byte(text), cp)
}

// propertyTime reads the 100 ns since 1601 of a FILETIME.
func propertyTime(v []byte) time.Time {
	if len(v) < 12 || binary.LittleEndian.Uint32(v) != propertyFileTime {
		return time.Time{}
	}
	t := binary.LittleEndian.Uint64(v[4:])
	const unixEpoch = 116444736000000000
	if t == 0 || t > 1<<62 {
		return time.Time{}
	}
	d := int64(t) - unixEpoch
	return time.Unix(d/1e7, d%1e7*100).UTC()
}

// readSummary reads the summary information of a storage.
func readSummary(s *storage) (Summary, error) {
	i, ok := s.streams["\x05SummaryInformation"]
	if !ok {
		return Summary{}, nil
	}
	st, err := s.c.open(i)
	if err != nil {
		return Summary{}, err
	}
	b := make([]byte, min(st.size, maxSummary))
	n, _ := st.ReadAt(b, 0) // a damaged summary is no reason to refuse the files
	return parseSummary(b[:n]), nil
}
