package installshield_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

func setupFiles() []setupFile {
	return []setupFile{
		{name: `Disk1\setup.inx`, data: noise(5000), flags: 6},
		{name: `Disk1\0x0409.ini`, data: "[0x0409]\r\n", flags: 2},
		{name: `Disk1\data1.cab`, data: noise(70_000)},
		{name: `Disk1\driver.msi`, data: strings.Repeat("msi ", 20_000), flags: 6, deflated: true},
		{name: `Setup.ini`, data: strings.Repeat("ini ", 2000), flags: 2, deflated: true},
		{name: `empty.txt`},
	}
}

func setupWant(files []setupFile) map[string]string {
	want := map[string]string{}
	for _, f := range files {
		want[strings.ReplaceAll(f.name, `\`, "/")] = f.data
	}
	return want
}

type programCase struct {
	name, kind string
	appended   []byte
	want       map[string]string
}

func programCases() []programCase {
	files := setupFiles()
	unicode := append(slices.Clone(files), setupFile{name: `драйвер\führung.inf`, data: noise(3000), flags: 6})
	webFiles := map[string]string{"data1.cab": noise(9000), "data1.hdr": "header"}
	want, wideWant := setupWant(files), setupWant(unicode)
	return []programCase{
		{"mark", "installshield setup", marked(files), want},
		{"stream", "installshield setup", streamed(unicode, 2), wideWant},
		{"stream with times", "installshield setup", streamed(unicode, 4), wideWant},
		{"ANSI list", "installshield setup", listed(files, false), want},
		{"stream of a type that nobody knows", "installshield setup", retyped(streamed(unicode, 2), 9), wideWant},
		{"mark behind something else", "installshield setup", append([]byte("something else\x00"), marked(files)...), want},
		{"stream behind something else", "installshield setup", append(make([]byte, 300), streamed(unicode, 4)...), wideWant},
		{"UTF-16 list", "installshield setup", listed(unicode, true), wideWant},
		{"UTF-16 list that begins in another script", "installshield setup", listed(unicode[len(files):], true), setupWant(unicode[len(files):])},
		{"PackageForTheWeb", "packagefortheweb", web(smallCabinet(webFiles)), webFiles},
		{"PackageForTheWeb with more before the cabinet", "packagefortheweb",
			web(append([]byte("MSCF\x00\x00\x00\x00 is no cabinet"), smallCabinet(webFiles)...)), webFiles},
	}
}

// retyped gives a stream another type.
func retyped(b []byte, kind byte) []byte {
	b[16] = kind
	return b
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, tt := range programCases() {
		for _, debug := range []bool{false, true} {
			for _, signature := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, debug %v, signature %v", tt.name, debug, signature), func(t *testing.T) {
					t.Parallel()
					in := archivetest.Bytes("setup.exe", program(tt.appended, debug, signature))
					archivetest.Check(t, open, in, tt.want)
					if kind := mustOpen(t, in).Kind(); kind != tt.kind {
						t.Errorf("Kind = %q, want %q", kind, tt.kind)
					}
				})
			}
		}
	}
}

func TestProgramEntries(t *testing.T) {
	t.Parallel()
	r := mustOpen(t, archivetest.Bytes("setup.exe", program(streamed(setupFiles(), 4), false, false)))
	e := r.Entries()
	e[3].Packed, e[4].Packed = 0, 0
	at := written()
	want := []archive.Entry{
		{Name: "Disk1/setup.inx", Size: 5000, Packed: 5000, ModTime: at},
		{Name: "Disk1/0x0409.ini", Size: 10, Packed: 10, ModTime: at, Block: 1},
		{Name: "Disk1/data1.cab", Size: 70_000, Packed: 70_000, ModTime: at, Block: 2},
		{Name: "Disk1/driver.msi", Size: -1, ModTime: at, Block: 3},
		{Name: "Setup.ini", Size: -1, ModTime: at, Block: 4},
		{Name: "empty.txt", ModTime: at, Block: 5},
	}
	if d := cmp.Diff(want, e); d != "" {
		t.Errorf("entries (-want +got):\n%s", d)
	}
	s := r.(archive.Stored)
	if s.Section(0) != nil || s.Section(2) == nil || s.Section(3) != nil {
		t.Error("what can be read in place is not what is kept as it is")
	}
}

// Programs without any of it, and such as look like it at first.
func TestOtherPrograms(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"nothing":            nil,
		"too short":          []byte("MZ"),
		"DOS":                append([]byte("MZ"), make([]byte, 200)...),
		"no overlay":         program(nil, false, false),
		"7-Zip":              program([]byte("7z\xBC\xAF\x27\x1C\x00\x04"+strings.Repeat("x", 100)), false, false),
		"zip":                program([]byte("PK\x03\x04"+strings.Repeat("x", 100)), false, true),
		"zeros":              program(make([]byte, 5000), false, false),
		"text":               program([]byte(strings.Repeat("some text\x00", 100)), false, false),
		"a list that is cut": program(listed(setupFiles(), false)[:60], false, false),
		"a mere word":        program([]byte("about InstallShield\x00\x01\x00"+strings.Repeat("x", 600)), false, false),
		"an empty stream":    program(append(make([]byte, 10), streamed(nil, 2)...), false, false),
		"a cabinet":          program(smallCabinet(map[string]string{"a": "b"}), false, false),
		"another cabinet":    []byte("MSCF\x00\x00\x00\x00 and so on"),
	} {
		if _, err := open(archivetest.Bytes("setup.exe", b), archive.Limits{}); !errors.Is(err, archive.ErrFormat) {
			t.Errorf("%s: %v, want %v", name, err, archive.ErrFormat)
		}
	}
}

// TestCutPrograms cuts what is appended: the files before the cut stay readable, and the cut is told.
func TestCutPrograms(t *testing.T) {
	t.Parallel()
	files := []setupFile{
		{name: "one.txt", data: "the first file", flags: 6}, {name: "two.txt", data: strings.Repeat("two", 200), deflated: true, flags: 2},
		{name: "three.txt", data: noise(700)},
	}
	for name, b := range map[string][]byte{
		"mark": program(marked(files), false, false), "stream": program(streamed(files, 2), false, false),
		"UTF-16 list": program(listed(files, true), false, false),
	} {
		empty := len(program(nil, false, false))
		for n := empty; n < len(b); n++ {
			r, err := open(archivetest.Bytes("setup.exe", b[:n]), archive.Limits{})
			if err != nil {
				if !errors.Is(err, archive.ErrCorrupt) && !errors.Is(err, archive.ErrFormat) {
					t.Errorf("%s cut to %d bytes: %v", name, n-empty, err)
				}
				continue
			}
			errs, end := readAll(t, r)
			for _, err := range errs {
				if end == nil {
					end = err
				}
			}
			if !errors.Is(end, archive.ErrCorrupt) {
				t.Errorf("%s cut to %d bytes of %d reads as whole, %v", name, n-empty, len(b)-empty, end)
			}
			if len(errs) > 1 && errs["one.txt"] != nil {
				t.Errorf("%s cut to %d bytes: the first file, which is there: %v", name, n-empty, errs["one.txt"])
			}
		}
	}
}

func TestProgramLimits(t *testing.T) {
	t.Parallel()
	claims := marked(setupFiles())
	claims[14], claims[15] = 0xFF, 0xFF
	for name, b := range map[string][]byte{"mark": claims, "ANSI list": listed(setupFiles(), false)} {
		if _, err := open(archivetest.Bytes("setup.exe", program(b, false, false)), archive.Limits{Entries: 3}); !errors.Is(err, archive.ErrLimit) {
			t.Errorf("%s: %v, want %v", name, err, archive.ErrLimit)
		}
	}
}
