package inf_test

import (
	"bytes"
	"testing"

	"github.com/drivercat/drivercat/inf"
)

// seeds adds the cases of the tables, in every encoding.
func seeds(f *testing.F) {
	for _, c := range entryCases {
		for _, enc := range encodings {
			f.Add(enc.encode("[Version]\nSignature=$CHICAGO$\n[T]\n" + c.text))
		}
	}
	for _, src := range meaningSeeds {
		f.Add([]byte(src))
	}
	f.Add([]byte{0xff, 0xfe, 0x00})
	f.Add([]byte("[Version]\nSignature=$CHICAGO$\n[T]\na=\xb3\x5c\xff\x80\"\n[Strings.0404]\n"))
}

// FuzzParse asserts what holds for every file: no panic, a tree that covers it, and findings that lie inside it.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		file, ds := inf.Parse("f.inf", src)
		var b bytes.Buffer
		if _, err := file.WriteTo(&b); err != nil || !bytes.Equal(src, b.Bytes()) {
			t.Errorf("not lossless: %v", err)
		}
		inside(t, ds, len(src))
		n := 0
		for _, s := range file.Sections {
			n += len(s.Lines)
			for i := range s.Lines {
				l := &s.Lines[i]
				if len(l.Fields) == 0 || l.First < 1 || l.Last < l.First {
					t.Errorf("entry %+v", l)
				}
				file.Comment(l)
				file.Expand(l.Fields[0].Text)
			}
			if file.Section(s.Name) != s {
				t.Errorf("section %q is not found by its name", s.Name)
			}
		}
		lines := bytes.Count(src, []byte("\n")) + 1
		if n > lines {
			t.Errorf("%d entries on %d lines", n, lines)
		}
	})
}

// FuzzDriver asserts that meaning can be made of any text: no panic, no endless loop, findings inside the file, and
// source paths that stay in the driver's folder.
func FuzzDriver(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 64<<10 {
			return
		}
		file, _ := inf.Parse("f.inf", src)
		d := file.Driver()
		inside(t, d.Check(), len(src))
		needs := d.Needs()
		for _, ms := range d.ModelsSections() {
			local(t, needs.Files(ms, ms.Arch()))
			for m := range d.Entries(ms.Section) {
				d.InstallSection(m.Install, ms.Arch())
			}
		}
		for _, a := range d.SourceArches() {
			local(t, d.PackageFiles(a))
			local(t, needs.DefaultFiles(a))
		}
		d.CopyINFs()
		for m := range d.Models(inf.Target{Arch: inf.X86, Major: 5, Minor: 1, Build: 2600}) {
			_ = m
		}
	})
}

func inside(t *testing.T, ds inf.Diagnostics, size int) {
	t.Helper()
	for _, d := range ds {
		s, e := d.Range.Start, d.Range.End
		if s.Offset < 0 || e.Offset < s.Offset || e.Offset > size || s.Line < 1 || s.Column < 1 || d.Severity.String() == "" || d.Summary == "" {
			t.Errorf("finding outside the file of %d bytes: %v %+v", size, d, d.Range)
		}
	}
}

func local(t *testing.T, files []inf.SourceFile) {
	t.Helper()
	for _, sf := range files {
		for _, part := range bytes.Split([]byte(sf.Path), []byte("/")) {
			if p := string(part); p == ".." || p == "." || p == "" && sf.Path != "" || bytes.ContainsAny(part, `\:`) {
				t.Errorf("path %q leaves its folder", sf.Path)
			}
		}
	}
}
