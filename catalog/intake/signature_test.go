package intake_test

import (
	"crypto"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/inf/seccat"
	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

// catalogOf makes a signed catalog that lists every text.
func catalogOf(texts ...string) string {
	slices.Sort(texts)
	c := seccattest.Catalog{Version: 2, Signer: "Acme", Stamp: stamp()}
	for _, text := range slices.Compact(texts) {
		d := sha256.Sum256([]byte(text))
		c.Members = append(c.Members, seccattest.Member{Digest: d[:]})
	}
	return string(c.Build())
}

// testRoots are the roots that the tests trust.
var testRoots = sync.OnceValue(func() *seccat.Roots {
	r, err := seccat.NewRoots(seccattest.Root().Certificate())
	if err != nil {
		panic(err)
	}
	return r
})

// The decorations of infText, as they are and for one kind of system only.
func onlyX64(text string) string {
	return strings.NewReplacer("Acme=M,NTamd64", "Acme=M,NTamd64.10.0", "[M]\r\nCard=I,PCI\\net\r\n", "", "[M.NTamd64]", "[M.NTamd64.10.0]").Replace(text)
}

func onlyX86(text string) string {
	return strings.NewReplacer("Acme=M,NTamd64", "Acme=M", "[M.NTamd64]\r\nCard=I,PCI\\net\r\n", "").Replace(text)
}

// member lists a text under a name.
func member(name, text string) seccattest.Member {
	d := sha256.Sum256([]byte(text))
	return seccattest.Member{File: name, Digest: d[:]}
}

func stamp() *seccattest.Stamp {
	clock := &seccattest.Identity{Name: "Clock", Issuer: seccattest.Root(), Usages: []string{"1.3.6.1.5.5.7.3.8"}, Serial: 2}
	return &seccattest.Stamp{By: clock, Time: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)}
}

func build(c seccattest.Catalog) string { return string(c.Build()) }

// TestSignatures shows what becomes of a driver by what its catalogs say.
// size: it is one table of cases.
func TestSignatures(t *testing.T) {
	t.Parallel()
	both := infText("net", "net.sys")
	x64, x86 := onlyX64(both), onlyX86(both)
	sign := func(members ...seccattest.Member) string {
		return build(seccattest.Catalog{Signer: "Acme", Stamp: stamp(), Members: members})
	}
	image := seccattest.Image{Wide: true, Body: []byte("8 bytes.")} // signing fills up to that
	_, parts := image.Build()
	image.Signature = []byte("embedded")
	signed, _ := image.Build()
	authenticode := sha256.Sum256(slices.Concat(parts...))
	cabinet := "MSCF" + strings.Repeat("\x00", 40)
	cabDigest, err := seccat.CabinetDigest([]byte(cabinet), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	broken := []byte(sign(member("net.inf", x86), member("net.sys", "s")))
	broken[len(broken)/3] ^= 1
	lf := strings.ReplaceAll(x64, "\r\n", "\n")
	ascii := func(text string, c seccattest.Catalog) map[string]string {
		c.Members = []seccattest.Member{member("net.inf", text), member("net.sys", "s")}
		return map[string]string{"net.inf": text, "net.sys": "s", "net.cat": build(c)}
	}
	stranger := &seccattest.Identity{Name: "Acme", Issuer: &seccattest.Identity{Name: "Stranger Root"}}
	late := &seccattest.Identity{Name: "Acme", Issuer: seccattest.Root(), From: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	split := strings.Replace(both, "CatalogFile=net.cat", "CatalogFile=net.cat\r\nCatalogFile.NTamd64=wide.cat", 1)
	trimmed := strings.Replace(both, "[M]\r\nCard=I", "[M]\r\nCard=J", 1) + "old.sys=1\r\n[J]\r\nCopyFiles=K\r\n[K]\r\nold.sys\r\n"
	cases := map[string]struct {
		files map[string]string
		want  string // verdict, codes of the reasons, signatures
		text  string // part of a reason or a signature's text
	}{
		"every file is listed": {
			ascii(both, seccattest.Catalog{Signer: "Acme", Stamp: stamp()}), "nice: importable | x86 amd64 verified", "",
		},
		"an image that was signed after it was listed": {
			map[string]string{"net.inf": x64, "net.sys": string(signed), "net.cat": sign(member("net.inf", x64), seccattest.Member{File: "net.sys", Digest: authenticode[:], PE: true})},
			"nice: importable | amd64 verified", "",
		},
		"a root that is not known": {
			ascii(both, seccattest.Catalog{By: stranger, Stamp: stamp()}), "nice: importable signature-unknown-root | x86 amd64 listed signature-unknown-root", "its chain leads to Stranger Root",
		},
		"a certificate that was not valid": {
			ascii(both, seccattest.Catalog{By: late, Stamp: stamp()}), "nice: importable signature-distrusted | x86 amd64 listed signature-distrusted", "valid from 2025-01-01",
		},
		"no time stamp": {
			ascii(both, seccattest.Catalog{Signer: "Acme"}), "nice: importable signature-not-stamped | x86 amd64 verified", "expires on 2050-01-01",
		},
		"a time stamp of another signature": {
			ascii(both, seccattest.Catalog{Signer: "Acme", Stamp: &seccattest.Stamp{By: stamp().By, Time: stamp().Time, Other: true}}), "nice: importable signature-not-stamped | x86 amd64 listed signature-not-stamped", "its time stamp is no proof: ",
		},
		"an architecture whose files are not here": {
			ascii(trimmed, seccattest.Catalog{Signer: "Acme", Stamp: stamp()}), "nice: importable file-missing | amd64 verified", "",
		},
		"nobody signed, for 64 bits": {
			ascii(x64, seccattest.Catalog{}), "broken: unsigned | amd64 unsigned unsigned", "nobody signed its catalog net.cat",
		},
		"nobody signed, for 32 bits": {
			ascii(x86, seccattest.Catalog{}), "nice: importable unsigned | x86 unsigned unsigned", "",
		},
		"the INF was edited, for 64 bits": {
			map[string]string{"net.inf": x64 + "; edited\r\n", "net.sys": "s", "net.cat": sign(member("net.inf", x64), member("net.sys", "s"))},
			"broken: inf-not-listed | amd64 broken inf-not-listed -net.inf", "net.inf is not the INF that net.cat lists under this name; 64-bit Windows since Vista refuses the driver",
		},
		"the INF was edited, for both": {
			map[string]string{"net.inf": both + "; edited\r\n", "net.sys": "s", "net.cat": sign(member("net.inf", both), member("net.sys", "s"))},
			"nice: importable inf-not-listed | x86 amd64 broken inf-not-listed -net.inf", "",
		},
		"the catalog of another driver": {
			map[string]string{"net.inf": x86, "net.sys": "s", "net.cat": sign(member("else.inf", "else"))},
			"nice: importable inf-not-listed | x86 broken inf-not-listed -net.inf -net.sys", "net.cat does not list net.inf; 32-bit Windows warns",
		},
		"line ends were converted": {
			map[string]string{"net.inf": lf, "net.sys": "s", "net.cat": sign(member("net.inf", x64), member("net.sys", "s"))},
			"broken: inf-lines-converted | amd64 broken inf-lines-converted -net.inf", `"drivercat repair" restores them`,
		},
		"and the file differs too": {
			map[string]string{"net.inf": lf, "net.sys": "t", "net.cat": sign(member("net.inf", x64), member("net.sys", "s"))},
			"broken: inf-not-listed | amd64 broken inf-not-listed -net.inf -net.sys", "",
		},
		"a file was exchanged, for 64 bits": {
			map[string]string{"net.inf": x64, "net.sys": "t", "net.cat": sign(member("net.inf", x64), member("NET.SYS", "s"))},
			"broken: files-changed | amd64 broken files-changed tampered -net.sys", "not what net.cat lists under these names: net.sys; it was changed after it was signed",
		},
		"a file was exchanged, for 32 bits": {
			map[string]string{"net.inf": x86, "net.sys": "t", "net.cat": sign(member("net.inf", x86), member("net.sys", "s"))},
			"broken: files-changed | x86 broken files-changed tampered -net.sys", "",
		},
		"a file that was not signed with the rest": {
			map[string]string{"net.inf": x86, "net.sys": "s", "net.cat": sign(member("net.inf", x86))},
			"nice: importable files-not-listed | x86 broken files-not-listed -net.sys", "net.cat does not list net.sys",
		},
		"the catalog was changed": {
			map[string]string{"net.inf": x86, "net.sys": "s", "net.cat": string(broken)},
			"broken: signature-invalid | x86 broken signature-invalid tampered", "the content is not what was signed",
		},
		"the catalog is cut off": {
			map[string]string{"net.inf": x64, "net.sys": "s", "net.cat": sign(member("net.inf", x64), member("net.sys", "s"))[:300]},
			"broken: catalog-damaged | amd64 broken catalog-damaged", "its catalog net.cat is cut off",
		},
		"a catalog for each architecture, one of them wrong": {
			map[string]string{"net.inf": split, "net.sys": "s", "net.cat": sign(member("net.inf", split), member("net.sys", "s")), "wide.cat": sign(member("net.inf", split), member("net.sys", "t"))},
			"nice: importable files-changed | x86 verified | amd64 broken files-changed tampered -net.sys", "",
		},
		"a cabinet that is listed as one": {
			map[string]string{"net.inf": x64, "net.sys": cabinet, "net.cat": sign(member("net.inf", x64), seccattest.Member{File: "net.sys", Digest: cabDigest, Cabinet: true})},
			"nice: importable | amd64 verified", "",
		},
		"a cabinet that was changed": {
			map[string]string{"net.inf": x64, "net.sys": cabinet + "x", "net.cat": sign(member("net.inf", x64), seccattest.Member{File: "net.sys", Digest: cabDigest, Cabinet: true})},
			"broken: files-changed | amd64 broken files-changed tampered -net.sys", "",
		},
		"a file that cannot be compared": {
			map[string]string{"net.inf": x64, "net.sys": "s", "net.cat": sign(member("net.inf", x64), seccattest.Member{File: "net.sys", Digest: make([]byte, 64)})},
			"nice: importable files-not-compared | amd64 listed files-not-compared ?net.sys", "not compared with net.cat: net.sys",
		},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := open(t), t.TempDir()
			write(t, dir, tt.files)
			r := run(t, s, dir, intake.Options{})
			ds, err := s.SourceDrivers(t.Context(), r.Source.ID, false)
			if err != nil || len(ds) != 1 {
				t.Fatal(ds, err)
			}
			d, texts := ds[0].Driver, ""
			got := verdicts(t, s, r.Source.ID)["net.inf"]
			for _, reason := range d.Reasons {
				texts += reason.Text + "\n"
			}
			for _, sig := range d.Signatures {
				got += " |"
				for _, a := range sig.Arches {
					got += " " + string(a)
				}
				got += " " + string(sig.State)
				if sig.Code != "" {
					got += " " + sig.Code
				}
				if sig.Tampered {
					got += " tampered"
				}
				for _, f := range sig.Differ {
					got += " -" + f
				}
				for _, f := range sig.Unknown {
					got += " ?" + f
				}
				texts += sig.Text + "\n"
			}
			if got != tt.want || !strings.Contains(texts, tt.text) {
				t.Errorf("got  %s\nwant %s\n%s", got, tt.want, texts)
			}
			for _, target := range []string{"win10-x64", "win10-x86"} {
				applies := catalog.Applies(d, mustTarget(t, target))
				sig := d.Signature(mustTarget(t, target).Arch)
				if sig == nil {
					continue
				}
				refused := sig.Tampered || target == "win10-x64" && (sig.State == catalog.SignatureBroken || sig.State == catalog.SignatureUnsigned)
				if applies.OK == refused {
					t.Errorf("%s: %+v of a signature that is %s", target, applies, sig.State)
				}
			}
		})
	}
}

func mustTarget(t *testing.T, name string) catalog.Target {
	t.Helper()
	target, err := catalog.ParseTarget(name, "")
	if err != nil {
		t.Fatal(err)
	}
	return target
}
