package catalogtest

import (
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

func testDocuments(t *testing.T, s catalog.Store) {
	ctx := t.Context()
	_, err := s.Document(ctx, "list")
	wantErr(t, "Document", err, catalog.ErrNotFound)
	first := catalog.Document{Name: "list", Body: []byte("one\x00\xff"), Changed: when(1)}
	must(t, s.PutDocument(ctx, first))
	must(t, s.PutDocument(ctx, catalog.Document{Name: "other", Body: []byte("x"), Changed: when(2)}))
	equal(t, "document", get[catalog.Document](t)(s.Document(ctx, "list")), first)
	second := catalog.Document{Name: "list", Body: []byte("two"), Changed: when(3)}
	must(t, s.PutDocument(ctx, second))
	equal(t, "document", get[catalog.Document](t)(s.Document(ctx, "list")), second)
	must(t, s.PutDocument(ctx, catalog.Document{Name: "list"}))
	_, err = s.Document(ctx, "list")
	wantErr(t, "Document", err, catalog.ErrNotFound)
}

func testImages(t *testing.T, s catalog.Store) {
	b, a := newDriver("b.inf", "Net", "Acme", `PCI\B`), newDriver("a.inf", "Net", "Acme", `PCI\A`)
	importDrivers(t, s, key("R61", "xp-x86", "a"), b, a)
	var got []catalog.DriverImage
	for i, err := range s.Images(t.Context()) {
		must(t, err)
		got = append(got, i)
	}
	var want []catalog.DriverImage
	for _, d := range []*catalog.Driver{a, b} {
		f := d.Files[1]
		f.Arches = nil
		want = append(want, catalog.DriverImage{Driver: summary(d), File: f})
	}
	equal(t, "images", got, want)
	for range s.Images(t.Context()) {
		break // and the store still answers
	}
	_ = get[[]catalog.ModelSummary](t)(s.Models(t.Context()))
}
