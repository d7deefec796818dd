package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

// What a signature keeps a driver from: 64-bit Windows since Vista refuses what is broken, and nobody should install what was
// changed after it was signed, unless an administrator says so.
func TestAppliesBySignature(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		signature catalog.Signature
		judged    catalog.Verdict
		want      map[string]string
	}{
		"verified": {
			catalog.Signature{State: catalog.SignatureVerified}, "",
			map[string]string{"xp-x86": "applies", "xp-x64": "applies", "win10-x86": "applies", "win10-x64": "applies"},
		},
		"listed": {
			catalog.Signature{State: catalog.SignatureListed}, "",
			map[string]string{"xp-x86": "applies", "xp-x64": "applies", "win10-x86": "applies", "win10-x64": "applies"},
		},
		"broken": {
			catalog.Signature{State: catalog.SignatureBroken, Code: "inf-not-listed", Text: "why"}, "",
			map[string]string{"xp-x86": "applies", "xp-x64": "applies", "win10-x86": "applies", "win10-x64": "signature-broken"},
		},
		"tampered with": {
			catalog.Signature{State: catalog.SignatureBroken, Tampered: true}, "",
			map[string]string{"xp-x86": "signature-broken", "xp-x64": "signature-broken", "win10-x86": "signature-broken", "win10-x64": "signature-broken"},
		},
		"tampered with, and called nice": {
			catalog.Signature{State: catalog.SignatureBroken, Tampered: true}, catalog.Broken,
			map[string]string{"xp-x86": "applies", "xp-x64": "applies", "win10-x86": "applies", "win10-x64": "signature-broken"},
		},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := device(line(0, "NTx86 1", "NTamd64 1"))
			tt.signature.Arches = []inf.Arch{inf.X86, inf.AMD64}
			d.Signatures, d.Judged = []catalog.Signature{tt.signature}, tt.judged
			got := map[string]string{}
			for name := range tt.want {
				target, err := catalog.ParseTarget(name, "")
				if err != nil {
					t.Fatal(err)
				}
				got[name] = catalog.Applies(d, target).Code
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSignatureOfDriver(t *testing.T) {
	t.Parallel()
	d := device(line(0, "NTx86 1", "NTamd64 1"))
	if d.SignatureWorst() != "" || d.Signature(inf.X86) != nil || d.Refuses(inf.X86) || d.Tampered(inf.X86) {
		t.Error("something is known of a driver without signatures")
	}
	d.Signatures = []catalog.Signature{
		{Arches: []inf.Arch{inf.X86}, State: catalog.SignatureListed},
		{Arches: []inf.Arch{inf.AMD64, inf.IA64}, State: catalog.SignatureBroken, Text: "net.cat does not list net.inf", Differ: []string{"a.sys", "net.inf"}},
	}
	if d.SignatureWorst() != catalog.SignatureBroken || d.Refuses(inf.X86) || !d.Refuses(inf.IA64) || d.Signature(inf.ARM64) != nil {
		t.Errorf("worst %s, refuses %v %v", d.SignatureWorst(), d.Refuses(inf.X86), d.Refuses(inf.IA64))
	}
	n := d.Named("lan.inf")
	if diff := cmp.Diff([]string{"a.sys", "lan.inf"}, n.Signatures[1].Differ); diff != "" || n.Signatures[1].Text != "net.cat does not list lan.inf" || d.Signatures[1].Differ[1] != "net.inf" {
		t.Errorf("under another name: %+v; the first is %+v", n.Signatures[1], d.Signatures[1])
	}
}
