package msi

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// transformRow is a row of a table in a transform: mask 1 is a row that is new.
type transformRow struct {
	mask   uint16
	values []any
}

// transformTable writes the rows of a table as a transform keeps them.
func transformTable(s *stringTable, kinds string, rows ...transformRow) (out []byte) {
	for _, r := range rows {
		mask := r.mask
		if mask == 1 {
			mask |= uint16(len(r.values)) << 8
		}
		out = append(out, le(mask)...)
		k := 0
		for i, kind := range kinds {
			if mask&1 == 0 && i > 0 && mask&(1<<i) == 0 || k == len(r.values) {
				continue
			}
			out = append(out, s.cell(string(kind), r.values[k])...)
			k++
		}
	}
	return out
}

// patchFile is a patch that adds a file, changes one as a whole and one by a difference.
func patchFile() archive.Input {
	spec := databaseSpec{class: ClassPatch}
	table := func(name string, data []byte) node { return node{units: encodeName(name, true), data: data} }
	one := &stringTable{spec: &spec, ids: map[string]int{}}
	first := node{name: "Old.1.To.New.1", class: ClassTransform, children: []node{
		table("File", transformTable(one, "sss4ss24",
			transformRow{1, []any{"net64.key", "New", "NET64~1.SYS|net64.sys", 6, nil, nil, 0, 70_000}},
			transformRow{1 << 3, []any{"lib.dll.1234", 10}},
			transformRow{0, []any{"gone.key"}})),
		table("Component", transformTable(one, "sss2ss", transformRow{1, []any{"New", "{}", "DRV", 0, nil, nil}})),
		table("Directory", transformTable(one, "sss", transformRow{1, []any{"DRV", "TARGETDIR", "drv"}})),
	}}
	first.children = append(first.children, one.nodes()...)
	two := &stringTable{spec: &spec, ids: map[string]int{}}
	second := node{name: "#Old.1.To.New.1", class: ClassTransform, children: []node{
		table("Patch", transformTable(two, "s24", transformRow{1, []any{"net.sys", 3, 4}})),
		table("File", []byte{1, 99}), // not rows of this table
	}}
	second.children = append(second.children, two.nodes()...)
	spec.summary = map[int]any{7: "{11111111-0000-0000-0000-000000000000};{22222222-0000-0000-0000-000000000000}", 9: "{3}", 15: 3}
	spec.storages = []node{first, second}
	spec.streams = map[string][]byte{
		"PCW_CAB_one": storedCabinet([2]string{"net64.key", "MZ new"}, [2]string{"lib.dll.1234", "MZ changed"}, [2]string{"net.sys", "PA30"}, [2]string{"stray", "?"}),
		"other":       []byte("x"),
	}
	return archive.Input(input("fix.msp", spec.bytes(), nil))
}

func TestPatch(t *testing.T) {
	t.Parallel()
	d := mustOpen(t, patchFile())
	want := []string{"{11111111-0000-0000-0000-000000000000}", "{22222222-0000-0000-0000-000000000000}"}
	if diff := cmp.Diff(want, d.Info().Targets); diff != "" || d.Kind() != "msp" {
		t.Errorf("%s, targets (-want +got):\n%s", d.Kind(), diff)
	}
}

func TestCabinetOfAPatchThatCannotBeRead(t *testing.T) {
	t.Parallel()
	spec := databaseSpec{class: ClassPatch, streams: map[string][]byte{"PCW_CAB": []byte("MSCF and nothing more")}}
	got := told(t, mustOpen(t, input("fix.msp", spec.bytes(), nil)))
	if len(got) != 1 || got[0][:21] != "$Cabinet/PCW_CAB 21: " {
		t.Errorf("told %q", got)
	}
}
