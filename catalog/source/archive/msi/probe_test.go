package msi

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// counting is a file that counts what is read of it.
type counting struct {
	*bytes.Reader
	bytes int
}

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	c.bytes += len(b)
	return c.Reader.ReadAt(b, at)
}

func TestProbe(t *testing.T) {
	t.Parallel()
	properties := tableSpec{"Property", propertyColumns, [][]any{{"ProductName", "Net "}, {"ProductVersion", "1.2"}, {"Manufacturer", "ACME"}}}
	text := tableSpec{"Control", "Dialog_ s,Text l", [][]any{{"Licence", strings.Repeat("licence ", 40_000)}}}
	summary := Summary{Subject: "Subject", Template: ";1033"}
	for _, tt := range []struct {
		name string
		spec databaseSpec
		want Probed
	}{
		{"package", databaseSpec{tables: []tableSpec{properties}}, Probed{Class: ClassDatabase, Summary: summary, ProductName: "Net", ProductVersion: "1.2", Manufacturer: "ACME"}},
		{"tables too large to look at", databaseSpec{tables: []tableSpec{text, properties}}, Probed{Class: ClassDatabase, Summary: summary}},
		{"patch", databaseSpec{class: ClassPatch}, Probed{Class: ClassPatch, Summary: summary}},
		{"behind 64 MB", databaseSpec{tables: []tableSpec{properties}, streams: map[string][]byte{"a.cab": make([]byte, 64<<20)}},
			Probed{Class: ClassDatabase, Summary: summary, ProductName: "Net", ProductVersion: "1.2", Manufacturer: "ACME"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.spec.summary = map[int]any{3: "Subject", 7: ";1033"}
			b := tt.spec.bytes()
			r := &counting{Reader: bytes.NewReader(b)}
			got, ok := Probe(r, int64(len(b)))
			if at := got.ClassAt; !ok || string(b[at:at+16]) != tt.want.Class {
				t.Errorf("%v, no class at %d", ok, at)
			}
			got.ClassAt = 0
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("probed (-want +got):\n%s", d)
			}
			if r.bytes > 64<<10 {
				t.Errorf("read %d bytes", r.bytes)
			}
		})
	}
	if _, ok := Probe(strings.NewReader("text"), 4); ok {
		t.Error("text is no compound file")
	}
}
