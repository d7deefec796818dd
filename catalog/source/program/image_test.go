package program_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
	"github.com/drivercat/drivercat/catalog/source/program"
)

func TestRead(t *testing.T) {
	t.Parallel()
	spec := archivetest.Program{
		Section: "_sfx_", Code: "code", Overlay: "overlay", Signature: "signature",
		Resources: []archivetest.Resource{{Type: 10, Name: "Cabinet", Data: []byte("data")}, {Type: 16, ID: 1, Data: []byte("version")}},
	}
	for _, plus := range []bool{false, true} {
		spec.Plus = plus
		b := spec.Bytes()
		p := program.Read(bytes.NewReader(b), int64(len(b)))
		if p == nil || p.Format != "PE" || p.Library {
			t.Fatalf("read as %+v", p)
		}
		if got := string(b[p.Overlay:p.End]); got != "overlay" {
			t.Errorf("behind the program lies %q", got)
		}
		if got := string(b[p.Signature:][:p.SignatureSize]); got != "signature" {
			t.Errorf("its signature is %q", got)
		}
		if _, ok := p.Section("_sfx_"); !ok || program.SectionName(&p.Sections[0]) != "_sfx_" {
			t.Error("the section is not found")
		}
		got := map[string]string{}
		for _, r := range p.Resources() {
			got[r.Type+" "+r.Name] = string(b[r.Offset:][:r.Size])
		}
		if d := cmp.Diff(map[string]string{"#10 CABINET": "data", "#16 #1": "version"}, got); d != "" {
			t.Errorf("resources (-want +got):\n%s", d)
		}
		spec.DLL = true
		b = spec.Bytes()
		if p := program.Read(bytes.NewReader(b), int64(len(b))); !p.Library {
			t.Error("a DLL is no library")
		}
		spec.DLL = false
	}
	for n := range 200 {
		b := []byte("MZ and then text")[:min(n, 16)]
		if p := program.Read(bytes.NewReader(b), int64(len(b))); p != nil {
			t.Errorf("%q is read as %+v", b, p)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(archivetest.Program{Overlay: "overlay", Signature: "s", Resources: []archivetest.Resource{{Type: 10, Name: "A", Data: []byte("b")}}}.Bytes())
	f.Add(archivetest.Program{Plus: true}.Bytes())
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := program.Read(bytes.NewReader(b), int64(len(b)))
		if p == nil {
			return
		}
		if len(p.Sections) > 96 || p.End > int64(len(b)) {
			t.Errorf("%d sections, end at %d of %d", len(p.Sections), p.End, len(b))
		}
		if n := len(p.Resources()); n > 256 {
			t.Errorf("%d resources", n)
		}
	})
}
