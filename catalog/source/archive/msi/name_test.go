package msi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStreamName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		units []uint16
		name  string
		table bool
	}{
		// As they stand in a database of Windows Installer's own.
		{[]uint16{0x4840, 0x3F3F, 0x4577, 0x446C, 0x3E6A, 0x44B2, 0x482F}, "_StringPool", true},
		{[]uint16{0x4840, 0x3F3F, 0x4577, 0x446C, 0x3B6A, 0x45E4, 0x4824}, "_StringData", true},
		{[]uint16{0x4840, 0x3F7F, 0x4164, 0x422F, 0x4836}, "_Tables", true},
		{[]uint16{5, 'S', 'u', 'm'}, "\x05Sum", false},
		{[]uint16{0x4800}, "0", false},
		{[]uint16{0x3800}, "00", false},
		{[]uint16{0x47FF, 0x483F}, "___", false},
		{[]uint16{0x4841, ' ', 0x8A9E}, "\u4841 語", false},
		{nil, "", false},
		{[]uint16{0x4840}, "", true},
	} {
		name, table := streamName(tt.units)
		if name != tt.name || table != tt.table {
			t.Errorf("%04X is %q, %v; want %q, %v", tt.units, name, table, tt.name, tt.table)
		}
	}
	for _, name := range []string{"_StringPool", "Binary.CA_DLL", "Data 1.cab", "ä.b", "#x"} {
		if got, table := streamName(encodeName(name, true)); got != name || !table {
			t.Errorf("%q becomes %q", name, got)
		}
	}
}

// Names of a few packages' Directory tables, and paths as msiextract tells them where it does not print two names as one.
func TestDirectories(t *testing.T) {
	t.Parallel()
	rows := [][3]string{
		{"TARGETDIR", "", "SourceDir"},
		{"ProgramFilesFolder", "TARGETDIR", "."},
		{"ProgramFiles64Folder", "TARGETDIR", "."},
		{"Common", "ProgramFilesFolder", "COMMON~1|Common Files"},
		{"Sys", "TARGETDIR", ".:System"},
		{"Win", "TARGETDIR", ".:WINDOW~1|Windows Dir"},
		{"Inf", "Win", "inf"},
		{"Both", "Common", "T~1|Target:S~1|Source"},
		{"Dot", "Both", "."},
		{"Dots", "Both", ".:."},
		{"BelowDot", "Dot", "below"},
		{"SourceDot", "Both", "here:."},
		{"Second", "TARGETDIR", "SourceDir"},
		{"BelowSecond", "Second", "second"},
		{"Orphan", "Nowhere", "orphan"},
		{"Self", "Self", "self"},
		{"Ring1", "Ring2", "one"}, {"Ring2", "Ring1", "two"},
		{"Empty", "Both", ""},
		{"P64", "ProgramFiles64Folder", "six"},
	}
	d := &directories{rows: map[string]directory{}, path: map[string]string{}}
	source := &directories{rows: map[string]directory{}, path: map[string]string{}}
	short := &directories{rows: map[string]directory{}, path: map[string]string{}}
	for _, r := range rows {
		d.add(r[0], r[1], r[2], false, false)
		source.add(r[0], r[1], r[2], true, false)
		short.add(r[0], r[1], r[2], true, true)
	}
	for _, tt := range []struct{ id, target, source, short string }{
		{"TARGETDIR", "", "", ""},
		{"ProgramFilesFolder", "Program Files", "", ""},
		{"Common", "Program Files/Common Files", "Common Files", "COMMON~1"},
		{"Sys", "System", "System", "System"},
		{"Inf", "Windows Dir/inf", "Windows Dir/inf", "WINDOW~1/inf"},
		{"Both", "Program Files/Common Files/Target", "Common Files/Source", "COMMON~1/S~1"},
		{"Dot", "Program Files/Common Files/Target", "Common Files/Source", "COMMON~1/S~1"},
		{"Dots", "Program Files/Common Files/Target", "Common Files/Source", "COMMON~1/S~1"},
		{"BelowDot", "Program Files/Common Files/Target/below", "Common Files/Source/below", "COMMON~1/S~1/below"},
		{"SourceDot", "Program Files/Common Files/Target/here", "Common Files/Source", "COMMON~1/S~1"},
		{"BelowSecond", "second", "second", "second"},
		{"Orphan", "orphan", "orphan", "orphan"},
		{"Self", "self", "self", "self"},
		{"Empty", "Program Files/Common Files/Target", "Common Files/Source", "COMMON~1/S~1"},
		{"P64", "six", "six", "six"},
		{"Nowhere", "", "", ""},
	} {
		got := [3]string{d.resolve(tt.id), source.resolve(tt.id), short.resolve(tt.id)}
		if diff := cmp.Diff([3]string{tt.target, tt.source, tt.short}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.id, diff)
		}
	}
	if p := d.resolve("Ring1"); len(p) > maxPath {
		t.Errorf("folders in a ring have a path of %d bytes", len(p))
	}
}
