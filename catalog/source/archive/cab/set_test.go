package cab

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

func partName(i int) string { return fmt.Sprint("Disk", i+1, ".cab") }

// setOf is a set of four parts with one folder.
func setOf(method uint16, name func(i int) string) (parts map[string][]byte, want map[string]string) {
	data := text(3, 10*frameSize)
	var files []testFile
	want = map[string]string{}
	begin := 0
	for _, f := range []struct {
		name string
		end  int
	}{{"in one", 20000}, {"in two", frameSize + 100}, {"in the cut", frameSize + 200}, {"in all", 9 * frameSize}, {"at the end", 10 * frameSize}} {
		files = append(files, testFile{name: f.name, data: data[begin:f.end]})
		want[f.name] = data[begin:f.end]
		begin = f.end
	}
	return split(method, files, name, 1, 3, 6), want
}

func TestSet(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"stored", "MSZIP", "LZX 15", "LZX 21", "Quantum 16"} {
		method := methods[name]
		for i := range 4 {
			t.Run(fmt.Sprint(name, ", opened at ", i+1), func(t *testing.T) {
				t.Parallel()
				parts, want := setOf(method, partName)
				if d := cmp.Diff(4, len(parts)); d != "" {
					t.Fatalf("parts (-want +got):\n%s", d)
				}
				archivetest.Check(t, Open, besides(parts, partName(i)), want)
			})
		}
	}
}

// Parts that are missing, in the way, or say that they are something else.
func TestSetIncomplete(t *testing.T) {
	t.Parallel()
	const missing = "a part of the archive is missing"
	full, whole := setOf(methodMSZIP, partName)
	behind := map[string]string{"in all": missing, "at the end": missing}
	lost := map[string]string{"in two": missing, "in the cut": missing, "in all": missing, "at the end": missing}
	first := map[string]string{"in one": whole["in one"], "in two": missing, "in the cut": missing, "in all": missing}
	two := map[string]string{"in one": whole["in one"], "in two": whole["in two"], "in the cut": whole["in the cut"], "in all": missing}
	change := func(at int, from, to string) func(map[string][]byte) {
		return func(p map[string][]byte) {
			p[partName(at)] = bytes.Replace(p[partName(at)], []byte(from), []byte(to), 1)
		}
	}
	patch := func(at, offset int, b byte) func(map[string][]byte) {
		return func(p map[string][]byte) {
			p[partName(at)] = bytes.Clone(p[partName(at)])
			p[partName(at)][offset] = b
		}
	}
	for _, tt := range []struct {
		name   string
		change func(map[string][]byte)
		open   int
		want   map[string]string
	}{
		{"all there", func(map[string][]byte) {}, 2, whole},
		{"the first is missing", func(p map[string][]byte) { delete(p, partName(0)) }, 3, lost},
		{"the last is missing", func(p map[string][]byte) { delete(p, partName(3)) }, 0, two},
		{"one between is missing", func(p map[string][]byte) { delete(p, partName(2)) }, 1, two},
		{"one between is missing, opened behind it", func(p map[string][]byte) { delete(p, partName(2)) }, 3, behind},
		{"the next is of another set", patch(1, 32, 78), 0, first},
		{"the next has another number", patch(1, 34, 5), 0, first},
		{"the next is no cabinet", func(p map[string][]byte) { p[partName(1)] = []byte("hello") }, 0, first},
		{"the next is damaged", func(p map[string][]byte) { p[partName(1)] = p[partName(1)][:50] }, 0, first},
		{"it is its own next", change(0, "Disk2", "Disk1"), 0, first},
		{"a cycle", change(3, "Disk3", "Disk4"), 3, behind},
		{"the part before is named from further back", change(3, "Disk3", "Disk1"), 3, whole},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parts := maps.Clone(full)
			tt.change(parts)
			got := outcomes(t, besides(parts, partName(tt.open)))
			if d := cmp.Diff(tt.want, got, cmp.Transformer("short", func(s string) string { return fmt.Sprint(len(s), s[:min(len(s), 40)]) })); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// What the parts call each other need not be how their files are spelled.
func TestSetNames(t *testing.T) {
	t.Parallel()
	parts, want := setOf(lzx15, func(i int) string { return fmt.Sprint(`A:\CABS\DISK`, i+1, ".CAB") })
	files := map[string][]byte{}
	for name, b := range parts {
		files[strings.ToLower(name[len(`A:\CABS\`):])] = b
	}
	archivetest.Check(t, Open, besides(files, "disk3.cab"), want)
}

// A next part that nobody's file continues in: what it holds is not known, and that is said at the end.
func TestSetGoesOn(t *testing.T) {
	t.Parallel()
	c := testCabinet{next: "more.cab"}
	c.add(methodMSZIP, testFile{name: "a", data: "a"})
	want := map[string]string{"a": "a", "(the set)": "a part of the archive is missing"}
	if d := cmp.Diff(want, outcomes(t, archivetest.Bytes("test.cab", c.bytes()))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	more := testCabinet{prev: "test.cab", index: 1}
	more.add(lzx15, testFile{name: "b", data: "b"})
	both := map[string][]byte{"test.cab": c.bytes(), "more.cab": more.bytes()}
	for name := range both {
		archivetest.Check(t, Open, besides(both, name), map[string]string{"a": "a", "b": "b"})
	}
}
