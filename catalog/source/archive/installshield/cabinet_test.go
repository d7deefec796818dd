package installshield_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
	"github.com/drivercat/drivercat/catalog/source/archive/installshield"
)

var open = installshield.Open

const (
	version5  = 0x01005201
	version6  = 0x01006000
	version7  = 0x01007000
	version12 = 0x020004B0
	version18 = 0x04000708
)

type cabCase struct {
	name string
	set  cabSet
	want map[string]string
}

func cabCases() []cabCase {
	long := strings.Repeat("the quick brown fox ", 9000)
	hard := noise(150_000)
	plain := []cabFile{
		{group: "Driver Files", folder: "", name: "oem.inf", data: "[Version]\r\n"},
		{group: "Driver Files", folder: `win2k\x86`, name: "oem.sys", data: long},
		{group: "<Support>English Files", folder: "", name: "oem.inf", data: "another one"},
		{group: "<Support>English Files", folder: "", name: "empty.txt", stored: true},
		{group: "<Support>English Files", folder: "", name: "gone.txt", data: "gone", invalid: true},
		{group: "Third.", folder: "", name: "stored.bin", data: hard, stored: true},
		{group: "", folder: "loose", name: "free.txt", data: "in no group"},
	}
	plainWant := map[string]string{
		"Driver_Files/oem.inf":             "[Version]\r\n",
		"Driver_Files/win2k/x86/oem.sys":   long,
		"_Support_English_Files/oem.inf":   "another one",
		"_Support_English_Files/empty.txt": "",
		"Third_/stored.bin":                hard,
		"loose/free.txt":                   "in no group",
	}
	split := []cabFile{
		{group: "A", name: "first.bin", data: hard},
		{group: "A", name: "stored.bin", data: hard, stored: true},
		{group: "A", name: "small.txt", data: "small"},
		{group: "B", name: "last.txt", data: long},
	}
	splitWant := map[string]string{"A/first.bin": hard, "A/stored.bin": hard, "A/small.txt": "small", "B/last.txt": long}
	old := []cabFile{
		{group: "A", name: "one.txt", data: long, old: true},
		{group: "A", name: "two.bin", data: hard, old: true},
		{group: "A", name: "three.txt", data: "x", old: true},
		{group: "A", name: "four.txt", data: long, endless: true},
		{group: "A", name: "five.txt", data: "chunked", endless: true},
	}
	oldWant := map[string]string{"A/one.txt": long, "A/two.bin": hard, "A/three.txt": "x", "A/four.txt": long, "A/five.txt": "chunked"}
	hidden := []cabFile{
		{group: "A", name: "chunks.txt", data: long, obfuscated: true},
		{group: "A", name: "stored.bin", data: hard, obfuscated: true, stored: true},
		{group: "A", name: "stream.txt", data: long, obfuscated: true, old: true},
	}
	hiddenWant := map[string]string{"A/chunks.txt": long, "A/stored.bin": hard, "A/stream.txt": long}
	links := []cabFile{
		{group: "A", name: "one.sys", data: "the driver"},
		{group: "B", name: "two.sys", data: "the driver", link: 1},
		{group: "C", name: "three.sys", data: "the driver", link: 2},
	}
	linksWant := map[string]string{"A/one.sys": "the driver", "B/two.sys": "the driver", "C/three.sys": "the driver"}
	wide := []cabFile{
		{group: "Драйвер 1", folder: `日本語\x64`, name: "führung.inf", data: "wide"},
		{group: "Драйвер 1", folder: `日本語\x64`, name: "a.sys", data: long},
	}
	wideWant := map[string]string{"Драйвер_1/日本語/x64/führung.inf": "wide", "Драйвер_1/日本語/x64/a.sys": long}
	return []cabCase{
		{"version 5", cabSet{version: version5, files: plain}, plainWant},
		{"version 5 without a number", cabSet{version: 4, files: plain}, plainWant},
		{"version 5 in volumes", cabSet{version: version5, volume: 70_000, files: split}, splitWant},
		{"version 5 with streams", cabSet{version: version5, files: old}, oldWant},
		{"version 5 with streams in volumes", cabSet{version: version5, volume: 50_000, files: old}, oldWant},
		{"version 5 obfuscated", cabSet{version: version5, files: hidden}, hiddenWant},
		{"version 5 with its header inside", cabSet{version: version5, inside: true, files: plain}, plainWant},
		{"version 6", cabSet{version: version6, files: plain}, plainWant},
		{"version 6 in volumes", cabSet{version: version6, volume: 40_000, files: split}, splitWant},
		{"version 6 obfuscated in volumes", cabSet{version: version6, volume: 33_333, files: hidden}, hiddenWant},
		{"version 6 with its header inside", cabSet{version: version6, inside: true, volume: 90_000, files: split}, splitWant},
		{"version 7 with streams", cabSet{version: version7, files: old}, oldWant},
		{"version 12 with links", cabSet{version: version12, files: links}, linksWant},
		{"version 12 in many volumes", cabSet{version: version12, volume: 5_000, files: split}, splitWant},
		{"version 18 in Unicode", cabSet{version: version18, files: wide}, wideWant},
		{"version 18 with its header inside", cabSet{version: version18, inside: true, files: wide}, wideWant},
	}
}

func TestCabinets(t *testing.T) {
	t.Parallel()
	for _, tt := range cabCases() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := tt.set.build()
			for _, name := range slices.Sorted(maps.Keys(files)) {
				archivetest.Check(t, open, folder(files, name), tt.want)
			}
			upper := map[string][]byte{}
			for name, b := range files {
				upper[strings.ToUpper(name)] = b
			}
			archivetest.Check(t, open, folder(upper, "DATA1.CAB"), tt.want)
		})
	}
}

// TestOutside lists a file that lies beside the cabinet.
func TestOutside(t *testing.T) {
	t.Parallel()
	for _, version := range []uint32{version5, version6} {
		set := cabSet{version: version, files: []cabFile{
			{group: "A B", folder: "win2k", name: "a.sys", data: "in it", stored: true}, {group: "A B", folder: `win2k\x86`, name: "b.sys", data: "beside it", stored: true, absent: true},
		}}
		r := mustOpen(t, folder(set.build(), "data1.cab"))
		if d := cmp.Diff(map[string]string{"A_B/win2k/a.sys": "in it"}, archivetest.Files(t, r)); d != "" {
			t.Errorf("files (-want +got):\n%s", d)
		}
		o := r.(archive.Outside)
		if p, ok := o.Outside(1); p != "win2k/x86/b.sys" || !ok || r.Entries()[1].Mode != fs.ModeIrregular {
			t.Errorf("Outside = %q, %v, of %+v", p, ok, r.Entries()[1])
		}
		if p, ok := o.Outside(0); ok {
			t.Errorf("what is inside is told to lie at %q", p)
		}
	}
}

// TestLabels makes folders of the names of file groups that Windows would not keep; all must be fit for a path.
func TestLabels(t *testing.T) {
	t.Parallel()
	for group, want := range map[string]string{
		"Driver Files": "Driver_Files", "<Support>Language Independent OS Independent Files": "_Support_Language_Independent_OS_Independent_Files",
		"a[1]": "a_1_", "AUX": "_AUX", "con.txt": "_con.txt", "..": "_", "v1.": "v1_", `one\more `: "one/more_", "a:b|c?": "a_b_c_",
		"Größe": "Größe", "\x01": "_",
	} {
		set := cabSet{version: version6, files: []cabFile{{group: group, name: "a", data: "a"}}}
		r := mustOpen(t, folder(set.build(), "data1.cab"))
		got := r.Entries()[0].Name
		if got != want+"/a" {
			t.Errorf("%q is %q, want %q", group, got, want+"/a")
		}
		if _, err := archive.Clean(got); err != nil {
			t.Errorf("%q: %v", group, err)
		}
	}
}

// Names of sets that are not data1.hdr and so on.
func TestNamesOfSets(t *testing.T) {
	t.Parallel()
	want := map[string]string{"A/a": noise(25_000), "A/b": "b"}
	for _, prefix := range []string{"_user", "win64", "Data", "7", ""} {
		for _, inside := range []bool{false, true} {
			set := cabSet{version: version6, inside: inside, volume: 2_000, files: []cabFile{{group: "A", name: "a", data: want["A/a"]}, {group: "A", name: "b", data: "b"}}}
			files := map[string][]byte{}
			for name, b := range set.build() {
				files[strings.Replace(name, "data", prefix, 1)] = b
			}
			for name := range files {
				archivetest.Check(t, open, folder(files, name), want)
			}
		}
	}
}

func TestCabinetEntries(t *testing.T) {
	t.Parallel()
	set := cabSet{version: version12, files: []cabFile{
		{group: "A", folder: "x", name: "one.bin", data: "12345", stored: true},
		{group: "B", folder: "", name: "two.bin", data: "12345", stored: true, link: 1},
	}}
	r := mustOpen(t, folder(set.build(), "data1.hdr"))
	want := []archive.Entry{
		{Name: "A/x/one.bin", Size: 5, Packed: 5, ModTime: written(), Block: 0},
		{Name: "B/two.bin", Size: 5, Packed: 0, ModTime: written(), Block: 1},
	}
	if d := cmp.Diff(want, r.Entries()); d != "" {
		t.Errorf("entries (-want +got):\n%s", d)
	}
	if r.Kind() != "installshield cabinet 12" {
		t.Errorf("Kind = %q", r.Kind())
	}
	if s := r.(archive.Stored).Section(1); s == nil || s.Size() != 5 {
		t.Errorf("a stored file is not read in place: %v", s)
	}
}

// readAll extracts everything and returns the error of each file.
func readAll(t *testing.T, r archive.Reader) (errs map[string]error, end error) {
	t.Helper()
	errs = map[string]error{}
	end = r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
		_, err := io.Copy(io.Discard, src)
		errs[r.Entries()[i].Name] = err
		return nil
	})
	return errs, end
}

func TestDamagedCabinetFiles(t *testing.T) {
	t.Parallel()
	long := noise(200_000)
	files := func() []cabFile {
		return []cabFile{{group: "A", name: "bad", data: long}, {group: "A", name: "good", data: "good"}}
	}
	for _, tt := range []struct {
		name   string
		set    cabSet
		change func(files map[string][]byte)
		want   error
	}{
		{"MD5", cabSet{version: version6, files: append(files()[1:], cabFile{group: "A", name: "bad", data: "x", md5: "0123456789abcdef"})},
			func(map[string][]byte) {}, archive.ErrCorrupt},
		{"a byte of the data", cabSet{version: version6, files: files()},
			func(f map[string][]byte) { f["data1.cab"][0x200+150_000] ^= 0x55 }, archive.ErrCorrupt},
		{"the first chunk", cabSet{version: version6, files: files()},
			func(f map[string][]byte) { f["data1.cab"][0x202] ^= 0xFF }, archive.ErrCorrupt},
		{"a place behind the volume's end", cabSet{version: version6, files: append(files()[1:], cabFile{group: "A", name: "bad", data: "x", absent: true})},
			func(f map[string][]byte) { f["data1.cab"] = f["data1.cab"][:len(f["data1.cab"])-1] }, archive.ErrCorrupt},
		{"a circle of links", cabSet{version: version6, files: append(files()[1:], cabFile{group: "A", name: "bad", data: "x", link: 2})},
			func(map[string][]byte) {}, archive.ErrCorrupt},
		{"a link to nowhere", cabSet{version: version6, files: append(files()[1:], cabFile{group: "A", name: "bad", data: "x", link: 9})},
			func(map[string][]byte) {}, archive.ErrCorrupt},
		{"another volume's header", cabSet{version: version6, volume: 100_000, files: slices.Concat(files()[1:], files()[:1])},
			func(f map[string][]byte) { f["data2.cab"][0] = 'X' }, archive.ErrCorrupt},
		{"a missing volume", cabSet{version: version6, volume: 100_000, files: slices.Concat(files()[1:], files()[:1])},
			func(f map[string][]byte) { delete(f, "data2.cab") }, archive.ErrMissingPart},
		{"a missing volume of version 5", cabSet{version: version5, volume: 100_000, files: slices.Concat(files()[1:], files()[:1])},
			func(f map[string][]byte) { delete(f, "data2.cab") }, archive.ErrMissingPart},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			built := tt.set.build()
			tt.change(built)
			errs, err := readAll(t, mustOpen(t, folder(built, "data1.hdr")))
			if err != nil || !errors.Is(errs["A/bad"], tt.want) || errs["A/good"] != nil {
				t.Errorf("errors %v, %v; want only bad to be %v", errs, err, tt.want)
			}
		})
	}
}

func TestCabinetWithoutHeader(t *testing.T) {
	t.Parallel()
	set := cabSet{version: version7, files: []cabFile{{group: "A", name: "a", data: "a"}}}
	built := set.build()
	delete(built, "data1.hdr")
	_, err := open(folder(built, "data1.cab"), archive.Limits{})
	if !errors.Is(err, archive.ErrMissingPart) || !strings.Contains(err.Error(), "data1.hdr") {
		t.Errorf("error %v, want one that names data1.hdr as missing", err)
	}
}

// A header that is there and cannot be read is not told as missing.
func TestCabinetWithBrokenHeader(t *testing.T) {
	t.Parallel()
	set := cabSet{version: version7, files: []cabFile{{group: "A", name: "a", data: "a"}}}
	in := folder(set.build(), "data1.cab")
	broken := errors.New("the disk is broken")
	in.Beside = func(string) (archive.Input, error) { return archive.Input{}, broken }
	if _, err := open(in, archive.Limits{}); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

// TestCutCabinets cuts a set at every length of its header, and at some of its data: whatever is left must be read or
// refused, and never be told as whole.
func TestCutCabinets(t *testing.T) {
	t.Parallel()
	for _, version := range []uint32{version5, version6, version18} {
		set := cabSet{version: version, files: []cabFile{{group: "A", folder: "b", name: "c", data: noise(3000)}, {group: "D", name: "e", data: "f", stored: true}}}
		whole := set.build()
		for name := range whole {
			for n := 0; n < len(whole[name]); n++ {
				if strings.HasSuffix(name, ".cab") && n > 0x200 && n < len(whole[name])-80 {
					n += 59 // one byte of the data is like another
				}
				built := maps.Clone(whole)
				built[name] = whole[name][:n]
				r, err := open(folder(built, name), archive.Limits{})
				if err != nil {
					continue
				}
				errs, err := readAll(t, r)
				if err == nil && len(errs) == 2 && errs["A/b/c"] == nil && errs["D/e"] == nil {
					t.Errorf("version %#x: %s cut to %d bytes of %d reads as whole", version, name, n, len(whole[name]))
				}
			}
		}
	}
}

func TestCabinetLimits(t *testing.T) {
	t.Parallel()
	many := cabSet{version: version6}
	for range 200 {
		many.files = append(many.files, cabFile{group: "A", name: strings.Repeat("n", 500), data: ""})
	}
	// 150 groups, each of which has all files; they are marked invalid, so that none becomes an entry.
	crowded := cabSet{version: version6}
	for i := range 150 {
		crowded.files = append(crowded.files, cabFile{group: fmt.Sprint(i), name: "n", invalid: true})
	}
	crowd := &blob{crowded.build()["data1.hdr"]}
	for i := range 71 {
		entry := 0x200 + int(binary.LittleEndian.Uint32(crowd.b[0x200+0x3E+4*i:]))
		desc := 0x200 + int(binary.LittleEndian.Uint32(crowd.b[entry+4:]))
		crowd.put32(desc+0x16, 0)
		crowd.put32(desc+0x1A, 149)
	}
	huge := cabSet{version: version6, files: []cabFile{{group: "A", name: "a", data: "a"}}}
	claims := huge.build()
	b := &blob{claims["data1.hdr"]}
	b.put32(0x200+0x28, 1_000_000)
	for _, tt := range []struct {
		name   string
		files  map[string][]byte
		limits archive.Limits
		want   error
	}{
		{"entries", many.build(), archive.Limits{Entries: 100}, archive.ErrLimit},
		{"files of groups", map[string][]byte{"data1.hdr": crowd.b}, archive.Limits{Entries: 5000}, archive.ErrLimit},
		{"the header", many.build(), archive.Limits{Memory: 100_000}, archive.ErrLimit},
		{"a million claimed files", claims, archive.Limits{}, archive.ErrCorrupt},
	} {
		if _, err := open(folder(tt.files, "data1.hdr"), tt.limits); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestGroupsInACircle lets the list of file groups lead back into itself.
func TestGroupsInACircle(t *testing.T) {
	t.Parallel()
	set := cabSet{version: version6, files: []cabFile{{group: "A", name: "a", data: "a"}}}
	built := set.build()
	b := &blob{built["data1.hdr"]}
	entry := int(b.b[0x200+0x3E]) | int(b.b[0x200+0x3F])<<8
	b.put32(0x200+entry+8, entry)
	if _, err := open(folder(built, "data1.hdr"), archive.Limits{}); !errors.Is(err, archive.ErrCorrupt) {
		t.Errorf("error %v, want %v", err, archive.ErrCorrupt)
	}
}

// TestPartsAreAskedFor opens sets by one file: all the others must be asked for at once, so that nobody opens them again.
func TestPartsAreAskedFor(t *testing.T) {
	t.Parallel()
	cabinets := cabSet{version: version6, volume: 10_000, files: []cabFile{{group: "A", name: "a", data: noise(35_000)}}}
	files, _ := threeFiles()
	for name, built := range map[string]map[string][]byte{"data1.cab": cabinets.build(), "_setup.1": three(files, "_setup", 20_000)} {
		asked := map[string]bool{name: true}
		in := folder(built, name)
		beside := in.Beside
		in.Beside = func(other string) (archive.Input, error) {
			o, err := beside(other)
			if err == nil {
				asked[o.Name] = true
			}
			return o, err
		}
		mustOpen(t, in)
		for other := range built {
			if !asked[other] {
				t.Errorf("%s: %s was not asked for", name, other)
			}
		}
	}
}
