package inf_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
)

// nic is a network card with a subsystem as Windows 10 lists it.
func nic() inf.Device {
	const id = `PCI\VEN_8086&DEV_15BE`
	return inf.Device{
		Hardware: []string{id + "&SUBSYS_229217AA&REV_30", id + "&SUBSYS_229217AA", id + "&CC_020000", id + "&CC_0200"},
		Compatible: []string{
			id + "&REV_30", id, `PCI\VEN_8086&CC_020000`, `PCI\VEN_8086&CC_0200`, `PCI\VEN_8086`, `PCI\CC_020000`, `PCI\CC_0200`,
		},
	}
}

var (
	win11 = inf.Target{Arch: inf.AMD64, Major: 10, Build: 26100, ProductType: inf.Workstation}
	win7  = inf.Target{Arch: inf.AMD64, Major: 6, Minor: 1, Build: 7601, ProductType: inf.Workstation}
	vista = inf.Target{Arch: inf.AMD64, Major: 6, Minor: 0, Build: 6002, ProductType: inf.Workstation}
	xp    = inf.Target{Arch: inf.X86, Major: 5, Minor: 1, Build: 2600, ProductType: inf.Workstation}
)

// rankINF is an INF with one models section for every target.
func rankINF(models, install string) string {
	return "[Version]\nSignature=\"$WINDOWS NT$\"\nClass=Net\nClassGuid={4d36e972-e325-11ce-bfc1-08002be10318}\nDriverVer=05/01/2023,1.2.3.4\n" +
		"[Manufacturer]\nAcme=M,NTx86,NTamd64\n[M.NTx86]\n" + models + "\n[M.NTamd64]\n" + models + "\n" + install
}

func parseDriver(name, text string) *inf.Driver {
	f, _ := inf.Parse(name, []byte(text))
	return f.Driver()
}

var signed = inf.Signature{Signer: inf.SignerTrusted}

// size: the table is the rule; one case a line.
func TestRank(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		models, install string
		target          inf.Target
		sig             inf.Signature
		want            string // rank, device list and position, entry list and position, for each match; "" for none
	}{
		"first hardware ID":                            {models: `x=I,PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30`, want: "00FF0000 h0 h0"},
		"second hardware ID, other case, blanks":       {models: `x=I, "pci\ven_8086&dev_15be&subsys_229217aa " `, want: "00FF0001 h1 h0"},
		"compatible ID of the entry: its position":     {models: `x=I,FOO,BAR,PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA`, want: "00FF1001 h1 c1"},
		"compatible ID of the device":                  {models: `x=I,PCI\CC_0200`, want: "00FF2006 c6 h0"},
		"two-part ID is a compatible ID":               {models: `x=I,PCI\VEN_8086&DEV_15BE`, want: "00FF2001 c1 h0"},
		"no hardware ID in the entry":                  {models: `x=I,,PCI\CC_0200`, want: "00FF3006 c6 c0"},
		"compatible with compatible adds 100 for each": {models: `x=I,FOO,BAR,BAZ,PCI\CC_0200`, want: "00FF3206 c6 c2"},
		"best of one entry":                            {models: `x=I,PCI\CC_0200,PCI\VEN_8086&DEV_15BE&CC_0200,PCI\CC_020000`, want: "00FF1003 h3 c0"},
		"seventeenth compatible ID stays a compatible match": {
			models: `x=I,` + strings.Repeat("A,", 17) + `PCI\CC_0200`, want: "00FF3FFF c6 c16",
		},
		"no such device":                       {models: `x=I,PCI\VEN_8086&DEV_15B`, want: ""},
		"chosen by name only":                  {models: "x=I\ny=I,,", want: ""},
		"every entry that matches, best first": {models: "x=I,PCI\\CC_0200\ny=J,PCI\\VEN_8086&DEV_15BE&CC_0200\nz=I,NO\\SUCH\nx=I,PCI\\CC_0200", want: "00FF0003 h3 h0, 00FF2006 c6 h0, 00FF2006 c6 h0"},
		"strings in IDs":                       {models: `x=I,%ID%`, install: "[Strings]\nID=\"PCI\\CC_0200\"", want: "00FF2006 c6 h0"},

		"feature score without 0x":            {models: `x=I,PCI\CC_0200`, install: "[I]\nFeatureScore=80", want: "00802006 c6 h0"},
		"feature score with 0x":               {models: `x=I,PCI\CC_0200`, install: "[I]\nFeatureScore=0xFe", want: "00FE2006 c6 h0"},
		"feature score with x":                {models: `x=I,PCI\CC_0200`, install: "[I]\nFeatureScore=xFD", want: "00FD2006 c6 h0"},
		"feature score is no decimal":         {models: `x=I,PCI\CC_0200`, install: "[I]\nFeatureScore=10", want: "00102006 c6 h0"},
		"feature score longer than a byte":    {models: `x=I,PCI\CC_0200`, install: "[I]\nFeatureScore=100", want: "00FF2006 c6 h0"},
		"first feature score":                 {models: `x=I,PCI\CC_0200`, install: "[I]\nFeatureScore=F0\nFeatureScore=10", want: "00F02006 c6 h0"},
		"feature score of the chosen section": {models: `x=I,PCI\CC_0200`, install: "[I]\nFeatureScore=10\n[I.NT]\nFeatureScore=20\n[I.NTamd64]\nFeatureScore=%GG%\n[Strings]\nGG=CF", want: "00CF2006 c6 h0"},
		"feature score not through Needs":     {models: `x=I,PCI\CC_0200`, install: "[I]\nNeeds=J\n[J]\nFeatureScore=10", want: "00FF2006 c6 h0"},
		"excluded by a hardware ID":           {models: `x=I,PCI\CC_0200`, install: "[I]\nExcludeID=NO\\SUCH\nExcludeID=FOO,pci\\ven_8086&dev_15be&cc_0200", want: ""},
		"excluded by a compatible ID":         {models: `x=I,PCI\CC_0200`, install: "[I]\nExcludeID=PCI\\CC_020000", want: ""},
		"exclusion of another device":         {models: `x=I,PCI\CC_0200`, install: "[I]\nExcludeID=PCI\\VEN_8086&DEV_15BF", want: "00FF2006 c6 h0"},
		"exclusion of another architecture":   {models: `x=I,PCI\CC_0200`, install: "[I.NTx86]\nExcludeID=PCI\\CC_0200", want: "00FF2006 c6 h0"},

		"nobody looked at the signature": {models: `x=I,PCI\CC_0200`, sig: inf.Signature{Signer: inf.SignerUnknown}, want: "FFFF2006 c6 h0"},
		"unsigned":                       {models: `x=I,PCI\CC_0200`, sig: inf.Signature{Signer: inf.SignerNone}, want: "C0FF2006 c6 h0"},
		"unsigned, .nt":                  {models: `x=I,PCI\CC_0200`, install: "[I.nt]", sig: inf.Signature{Signer: inf.SignerNone}, want: "80FF2006 c6 h0"},
		"unsigned, .ntamd64":             {models: `x=I,PCI\CC_0200`, install: "[I.NTamd64]", sig: inf.Signature{Signer: inf.SignerNone}, want: "80FF2006 c6 h0"},
		"unsigned, .ntx is no platform":  {models: `x=I.NTX,PCI\CC_0200`, install: "[I.NTX]", sig: inf.Signature{Signer: inf.SignerNone}, want: "C0FF2006 c6 h0"},
		"all signers equal on 7":         {models: `x=I,PCI\CC_0200`, target: win7, sig: inf.Signature{Signer: inf.SignerAuthenticode}, want: "00FF2006 c6 h0"},
		"Authenticode, policy off":       {models: `x=I,PCI\CC_0200`, sig: inf.Signature{Signer: inf.SignerAuthenticode, Policy: inf.SignersNotAllSame}, want: "0FFF2006 c6 h0"},
		"Authenticode on Vista":          {models: `x=I,PCI\CC_0200`, target: vista, sig: inf.Signature{Signer: inf.SignerAuthenticode}, want: "0FFF2006 c6 h0"},
		"Vista with the policy":          {models: `x=I,PCI\CC_0200`, target: vista, sig: inf.Signature{Signer: inf.SignerAuthenticode, Policy: inf.AllSignersEqual}, want: "00FF2006 c6 h0"},
		"some trusted signer on Vista":   {models: `x=I,PCI\CC_0200`, target: vista, sig: signed, want: "0FFF2006 c6 h0"},
		"WHQL on Vista":                  {models: `x=I,PCI\CC_0200`, target: vista, sig: inf.Signature{Signer: inf.SignerWHQL}, want: "0DFF2006 c6 h0"},
		"old WHQL on Vista":              {models: `x=I,PCI\CC_0200`, target: vista, sig: inf.Signature{Signer: inf.SignerWHQL, BelowLowerLogo: true}, want: "0FFF2006 c6 h0"},
		"old WHQL on 11":                 {models: `x=I,PCI\CC_0200`, sig: inf.Signature{Signer: inf.SignerWHQL, BelowLowerLogo: true}, want: "00FF2006 c6 h0"},

		"XP has no feature score":   {models: `x=I,PCI\CC_0200`, target: xp, sig: signed, install: "[I]\nFeatureScore=10", want: "00002006 c6 h0"},
		"XP, unsigned":              {models: `x=I,PCI\CC_0200`, target: xp, sig: inf.Signature{Signer: inf.SignerNone}, want: "0000E006 c6 h0"},
		"XP, unsigned, .nt":         {models: `x=I,PCI\CC_0200`, target: xp, sig: inf.Signature{Signer: inf.SignerNone}, install: "[I.NTx86]", want: "0000A006 c6 h0"},
		"XP, first ID of unsigned":  {models: `x=I,PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30`, target: xp, sig: inf.Signature{Signer: inf.SignerNone}, want: "0000C000 h0 h0"},
		"XP, no rank beyond 0xFFFF": {models: `x=I,,` + strings.Repeat("A,", 17) + `PCI\CC_0200`, target: xp, want: "0000FFFF c6 c17"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.target == (inf.Target{}) {
				tt.target = win11
			}
			if tt.sig == (inf.Signature{}) && !strings.Contains(name, "nobody") && !strings.Contains(name, "beyond") {
				tt.sig = signed
			}
			got := make([]string, 0)
			for _, m := range parseDriver("net.inf", rankINF(tt.models, tt.install)).Rank(nic(), tt.target, tt.sig) {
				got = append(got, fmt.Sprintf("%08X %c%d %c%d", m.Rank, m.DeviceKind.String()[0], m.DeviceIndex, m.EntryKind.String()[0], m.EntryIndex))
				if m.Rank != m.Signature+m.Feature+m.Identifier {
					t.Errorf("%08X is not the sum of %08X, %08X and %08X", m.Rank, m.Signature, m.Feature, m.Identifier)
				}
				if !slices.Contains(m.Model.IDs, m.ID) || m.Model.Line == nil {
					t.Errorf("%q is not an ID of %+v", m.ID, m.Model)
				}
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("got  %s\nwant %s", s, tt.want)
			}
		})
	}
}

func TestSignerScores(t *testing.T) {
	t.Parallel()
	for signer, want := range map[inf.Signer]uint32{
		inf.SignerPremium: 0x0D000001, inf.SignerStandard: 0x0D000002, inf.SignerInbox: 0x0D000003, inf.SignerUnclassified: 0x0D000004,
		inf.SignerWHQL: 0x0D000005, inf.SignerAuthenticode: 0x0F000000, inf.SignerNone: 0x80000000, inf.SignerUnknown: 0xFF000000,
	} {
		s := inf.Signature{Signer: signer, Policy: inf.SignersNotAllSame}
		if got := s.Score(win11, true); got != want {
			t.Errorf("signer %d scores %08X, want %08X", signer, got, want)
		}
		trusted := signer != inf.SignerNone && signer != inf.SignerUnknown
		if got := s.Score(win11, true)&inf.UnsignedMask == 0; got != trusted {
			t.Errorf("signer %d: the mask says signed %v", signer, got)
		}
		if s.Policy = inf.AllSignersEqual; trusted && s.Score(win11, true) != 0 {
			t.Errorf("signer %d scores %08X under AllSignersEqual", signer, s.Score(win11, true))
		}
	}
}

func TestWhatIsRanked(t *testing.T) {
	t.Parallel()
	const models = `x=I,PCI\CC_0200`
	base := rankINF(models, "[I.NT]\nDriverVer=02/03/2024,9.8\n")
	for name, tt := range map[string]struct {
		text             string
		base, extensions int
	}{
		"base driver":                   {base, 1, 0},
		"extension":                     {strings.Replace(base, "{4d36e972-e325-11ce-bfc1-08002be10318}", "{E2f84ce7-8efa-411c-aa69-97454ca4cb57}", 1), 0, 1},
		"extension by its class's name": {strings.NewReplacer("ClassGuid={4d36e972-e325-11ce-bfc1-08002be10318}\n", "", "Class=Net", "Class=extension").Replace(base), 0, 1},
		"the GUID decides":              {strings.Replace(base, "Class=Net", "Class=Extension", 1), 1, 0},
		"primitive driver":              {"[Version]\nSignature=\"$WINDOWS NT$\"\n[DefaultInstall.NTamd64]\nCopyFiles=F\n[F]\na.sys\n", 0, 0},
		"two makers with one section":   {strings.Replace(base, "Acme=M,NTx86,NTamd64", "Acme=M,NTamd64\nBell=M,NTamd64", 1), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := parseDriver("net.inf", tt.text)
			b, e := d.Rank(nic(), win11, signed), d.Extensions(nic(), win11, signed)
			if len(b) != tt.base || len(e) != tt.extensions {
				t.Fatalf("%d ranked, %d extend; want %d, %d", len(b), len(e), tt.base, tt.extensions)
			}
			for _, m := range append(b, e...) {
				if m.Install != "I.NT" || m.DriverVer.Date != "2024-02-03" || m.DriverVer.Version != [4]uint16{9, 8} {
					t.Errorf("%s, %+v: not that of the install section", m.Install, m.DriverVer)
				}
				if (m.ExtensionID != "") != (tt.extensions > 0) {
					t.Errorf("ExtensionId %q", m.ExtensionID)
				}
			}
		})
	}
}

// A Ranker for many devices answers as one for each of them.
func TestRankerOfManyDevices(t *testing.T) {
	t.Parallel()
	text := rankINF("x=I,PCI\\CC_0200\ny=J,FOO,PCI\\VEN_8086&DEV_15BE\nz=K,BAR,FOO,*PNP0303", "[J]\nExcludeID=BAR\n")
	d := parseDriver("net.inf", text)
	devices := []inf.Device{
		nic(),
		{},
		{Hardware: []string{"bar", "", "foo", "BAR"}, Compatible: []string{"bar", "*pnp0303"}},
		{Hardware: []string{"foo"}},
		{Compatible: []string{" FOO "}},
	}
	got := make([][]string, len(devices))
	inf.NewRanker(win11, devices...).Each(d, signed, func(n int, m inf.Match) {
		got[n] = append(got[n], fmt.Sprintf("%s %04X", m.Model.Description, m.Identifier))
	})
	want := [][]string{{"x 2006", "y 3001"}, nil, {"z 0000"}, {"y 0000", "z 1000"}, {"y 2000", "z 3000"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for n, dev := range devices {
		if one := d.Rank(dev, win11, signed); len(one) != len(got[n]) {
			t.Errorf("device %d alone: %d matches, with the others %d", n, len(one), len(got[n]))
		}
	}
}

// An entry that matches nothing costs no memory.
func TestRankAllocatesForMatchesOnly(t *testing.T) {
	var models strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&models, "Device %d=I,PCI\\ven_1234&dev_%04x,PCI\\ven_1234\n", i, i)
	}
	d := parseDriver("net.inf", rankINF(models.String(), ""))
	r := inf.NewRanker(win11, nic())
	n := testing.AllocsPerRun(10, func() {
		r.Each(d, signed, func(int, inf.Match) { t.Error("matches") })
	})
	if n > 10 { // what choosing the models section takes
		t.Errorf("%v allocations for 1000 entries", n)
	}
}

func BenchmarkRanker(b *testing.B) {
	var models strings.Builder
	for i := range 500 {
		fmt.Fprintf(&models, "Device %d=I,PCI\\VEN_1234&DEV_%04X&SUBSYS_00011234\n", i, i)
	}
	d := parseDriver("net.inf", rankINF(models.String(), ""))
	r := inf.NewRanker(win11, nic())
	b.ReportAllocs()
	for b.Loop() {
		r.Each(d, signed, func(int, inf.Match) {})
	}
}
