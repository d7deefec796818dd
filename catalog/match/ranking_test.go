package match_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/match"
	"github.com/drivercat/drivercat/inf"
)

func driver(name, class, date string, models ...string) *inf.Driver {
	text := "[Version]\nSignature=\"$WINDOWS NT$\"\nClassGuid=" + class + "\nExtensionId={6b1d7a50-2f5e-4c3e-9a47-0d5e2f6c8b11}\nDriverVer=" + date + ",1.0\n[Manufacturer]\nA=M,NTamd64\n[M.NTamd64]\n" +
		strings.Join(models, "\n") + "\n"
	f, _ := inf.Parse(name, []byte(text))
	return f.Driver()
}

func TestRanking(t *testing.T) {
	t.Parallel()
	const net, ext = "{4d36e972-e325-11ce-bfc1-08002be10318}", "{e2f84ce7-8efa-411c-aa69-97454ca4cb57}"
	r := match.NewRanking(inf.Target{Arch: inf.AMD64, Major: 10, Build: 26100},
		inf.Device{Hardware: []string{"A", "B"}}, inf.Device{Hardware: []string{"B"}, Compatible: []string{"C"}}, inf.Device{Hardware: []string{"Z"}})
	sig := inf.Signature{Signer: inf.SignerTrusted}
	for _, d := range []struct {
		driver *inf.Driver
		serves bool
	}{
		{driver("c.inf", net, "01/01/2025", "x=I,C"), true},
		{driver("a.inf", net, "01/01/2020", "x=I,B", "y=I,A", "z=I,B"), true},
		{driver("b.inf", net, "01/01/2020", "x=I,B"), true},
		{driver("e1.inf", ext, "01/01/2020", "x=I,A"), true},
		{driver("e2.inf", ext, "01/01/2021", "x=I,B"), true},
		{driver("n.inf", net, "01/01/2020", "x=I,Y"), false},
	} {
		if r.Add(d.driver, sig) != d.serves {
			t.Errorf("%s serves a device: %v", d.driver.File.Name, !d.serves)
		}
	}
	var got []string
	for _, res := range r.Results() {
		var s []string
		for _, m := range res.Base {
			s = append(s, fmt.Sprintf("%s %04X", m.Path, m.Identifier))
		}
		for _, g := range res.Extensions {
			for _, m := range g {
				s = append(s, "+"+m.Path)
			}
		}
		got = append(got, fmt.Sprintf("%s tie %v", strings.Join(s, ", "), res.Tie()))
	}
	want := []string{"a.inf 0000, b.inf 0001, +e2.inf, +e1.inf tie false", "a.inf 0000, b.inf 0000, c.inf 2000, +e2.inf tie true", " tie false"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
