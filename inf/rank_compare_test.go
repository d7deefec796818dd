package inf_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/inf"
)

// Compare is a strict order: nothing comes before itself, what holds for a pair holds the other way round, and it goes on
// over three.
func TestCompareIsAnOrder(t *testing.T) {
	t.Parallel()
	var all []inf.Match
	for _, rank := range []uint32{0x00FF0000, 0x00FF2001, 0x80FF0000} {
		for _, date := range []string{"", "2020-01-01", "2023-05-01"} {
			for _, version := range [][4]uint16{{}, {1, 2}, {10}} {
				for _, path := range []string{"a.inf", "b.inf"} {
					all = append(all, inf.Match{Rank: rank, Path: path, DriverVer: inf.DriverVer{Date: date, Version: version}})
				}
			}
		}
	}
	for name, compare := range map[string]func(a, b inf.Match) int{"base": inf.Compare, "extensions": inf.CompareExtensions} {
		for i, a := range all {
			for j, b := range all {
				ab, ba := compare(a, b), compare(b, a)
				if (ab < 0) != (ba > 0) || (ab == 0) != (ba == 0) || i == j && ab != 0 {
					t.Fatalf("%s: %+v and %+v compare as %d and %d", name, a, b, ab, ba)
				}
				for _, c := range all {
					if ab < 0 && compare(b, c) <= 0 && compare(a, c) >= 0 {
						t.Fatalf("%s: %+v before %+v before %+v, but not before the last", name, a, b, c)
					}
					if ab == 0 && compare(b, c) == 0 && compare(a, c) != 0 {
						t.Fatalf("%s: %+v, %+v and %+v are not all the same", name, a, b, c)
					}
				}
			}
		}
	}
}

func TestWhy(t *testing.T) {
	t.Parallel()
	const exact, class = `PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30`, `PCI\CC_0200`
	unsigned := inf.Signature{Signer: inf.SignerNone}
	type driver struct {
		models, install string
		sig             inf.Signature
	}
	for name, tt := range map[string]struct {
		winner, loser driver
		by            inf.Criterion
		text          string
	}{
		"signature before identifier":     {driver{"x=I," + class, "", signed}, driver{"x=I," + exact, "", unsigned}, inf.BySignature, "signature score 00 against C0 (signed against unsigned, no .nt install section)"},
		"feature before identifier":       {driver{"x=I," + class, "[I]\nFeatureScore=CF\n", signed}, driver{"x=I," + exact, "", signed}, inf.ByFeature, "feature score CF against FF, which counts before any identifier"},
		"hardware before compatible list": {driver{`x=I,PCI\VEN_8086&DEV_15BE&CC_0200`, "", signed}, driver{"x=I," + class, "", signed}, inf.ByIdentifier, "identifier score 0003 against 2006: its ID stands at position 4 of the device's hardware IDs, the other's only among its compatible IDs"},
		"position in the device's list":   {driver{"x=I," + exact, "", signed}, driver{`x=I,PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA`, "", signed}, inf.ByIdentifier, "identifier score 0000 against 0001: its ID stands at position 1 of the device's hardware IDs, the other's at 2"},
		"kind in the entry":               {driver{`x=I,PCI\VEN_8086&DEV_15BE&CC_0200`, "", signed}, driver{"x=I,FOO," + exact, "", signed}, inf.ByIdentifier, "identifier score 0003 against 1000: its entry lists the ID as hardware ID, the other's only as compatible ID"},
		"position in the entry":           {driver{"x=I,," + class, "", signed}, driver{`x=I,,A,PCI\VEN_8086`, "", signed}, inf.ByIdentifier, "identifier score 3006 against 3104: its entry lists the ID as compatible ID 1, the other's as compatible ID 2"},
		"newer date beats higher version": {driver{"x=I," + class, "[I]\nDriverVer=05/02/2023,1.0\n", signed}, driver{"x=I," + class, "[I]\nDriverVer=05/01/2023,9.0.0.0\n", signed}, inf.ByDate, "date 2023-05-02 over 2023-05-01"},
		"a date beats none":               {driver{"x=I," + class, "", signed}, driver{"x=I," + class, "[I]\nDriverVer=2023,9.0\n", signed}, inf.ByDate, "date 2023-05-01 over none"},
		"higher version":                  {driver{"x=I," + class, "[I]\nDriverVer=05/01/2023,1.10\n", signed}, driver{"x=I," + class, "[I]\nDriverVer=05/01/2023,1.9.99.99\n", signed}, inf.ByVersion, "version 1.10.0.0 over 1.9.99.99, at the same date"},
		"a tie":                           {driver{"x=I," + class, "", signed}, driver{"x=J," + class, "", signed}, inf.ByNothing, "nothing decides: rank, date and version are the same, so Windows takes either"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ms []inf.Match
			for n, d := range []driver{tt.loser, tt.winner} {
				path := fmt.Sprintf("%d.inf", 1-n) // on a tie the path decides: the winner is 0.inf
				ms = append(ms, parseDriver(path, rankINF(d.models, d.install)).Rank(nic(), win11, d.sig)...)
			}
			slices.SortFunc(ms, inf.Compare)
			if len(ms) != 2 || ms[0].Path != "0.inf" {
				t.Fatalf("order: %+v", ms)
			}
			if why := inf.Why(ms[0], ms[1]); why.By != tt.by || why.Text != tt.text {
				t.Errorf("got  %s: %s\nwant %s: %s", why.By, why.Text, tt.by, tt.text)
			}
		})
	}
}

// Between extensions with one ExtensionId the date decides, however well the IDs match.
func TestExtensionsGoByDate(t *testing.T) {
	t.Parallel()
	ext := func(name, id, date string) inf.Match {
		text := strings.NewReplacer("{4d36e972-e325-11ce-bfc1-08002be10318}", "{e2f84ce7-8efa-411c-aa69-97454ca4cb57}\nExtensionId={6b1d7a50-2f5e-4c3e-9a47-0d5e2f6c8b11}",
			"05/01/2023", date).Replace(rankINF("x=I,"+id, ""))
		ms := parseDriver(name, text).Extensions(nic(), win11, signed)
		if len(ms) != 1 || ms[0].ExtensionID != "{6B1D7A50-2F5E-4C3E-9A47-0D5E2F6C8B11}" {
			t.Fatalf("%s: %+v", name, ms)
		}
		return ms[0]
	}
	better := ext("a.inf", `PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA`, "01/01/2022")
	newer := ext("b.inf", `PCI\CC_0200`, "01/02/2022")
	if inf.Compare(better, newer) >= 0 || inf.CompareExtensions(newer, better) >= 0 {
		t.Errorf("ranks %08X and %08X: as extensions the newer must come first", better.Rank, newer.Rank)
	}
	if why := inf.WhyExtension(newer, better); why.By != inf.ByDate || why.Text != "date 2022-01-02 over 2022-01-01" {
		t.Errorf("%+v", why)
	}
}
