package blocklist_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/blocklist"
)

const (
	sha1Hex   = "00112233445566778899AABBCCDDEEFF00112233"
	sha256Hex = "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"
	namedHex  = "BBBB2233445566778899AABBCCDDEEFF00112233"
	tbsHex    = "C7FC1727F5B75A6421A1F95C73BBDB23580C48E5"
)

// policy is shaped like the published list.
const policy = `<?xml version="1.0" encoding="utf-8"?>
<SiPolicy xmlns="urn:schemas-microsoft-com:sipolicy" PolicyType="Base Policy">
  <VersionEx>10.0.27805.0</VersionEx>
  <PolicyID>{D2BDA982-CCF6-4344-AC5B-0B44427B6816}</PolicyID>
  <Rules><Rule><Option>Enabled:Unsigned System Integrity Policy</Option></Rule></Rules>
  <FileRules>
    <Allow ID="ID_ALLOW_ALL_1" FriendlyName="" FileName="*"/>
    <Deny ID="ID_DENY_SHA1" FriendlyName="bad.sys Hash Sha1" Hash="` + sha1Hex + `"/>
    <Deny ID="ID_DENY_SHA256" FriendlyName="worse.sys Hash Sha256" Hash="` + sha256Hex + `"/>
    <Deny ID="ID_DENY_NAMED" FriendlyName="homepage.sys Hash Sha1" Hash="` + namedHex + `"/>
    <Deny ID="ID_DENY_PAGE" FriendlyName="bad.sys Hash Page Sha1" Hash="` + strings1 + `"/>
    <Deny ID="ID_DENY_NAME" FriendlyName="mhy.sys" FileName="mhy.sys" MinimumFileVersion="0.0.0.0" MaximumFileVersion="2.0.0.0"/>
    <Deny ID="ID_DENY_BELOW" FriendlyName="tool.sys" FileName="tool.sys" MinimumFileVersion="65535.65535.65535.65535"/>
    <Deny ID="ID_DENY_USER" FriendlyName="for programs" FileName="program.exe"/>
    <FileAttrib ID="ID_FILEATTRIB_CPUZ" FriendlyName="" FileName="cpuz.sys" MinimumFileVersion="0.0.0.0" MaximumFileVersion="1.0.4.3"/>
  </FileRules>
  <Signers>
    <Signer ID="ID_SIGNER_CPUZ" Name="VeriSign Class 3 Code Signing 2004 CA">
      <CertRoot Type="TBS" Value="` + tbsHex + `"/><CertPublisher Value="CPUID"/><FileAttribRef RuleID="ID_FILEATTRIB_CPUZ"/>
    </Signer>
    <Signer ID="ID_SIGNER_STOLEN" Name="Stolen Ltd."><CertRoot Type="TBS" Value="ABCD"/></Signer>
    <Signer ID="ID_SIGNER_KNOWN" Name="Microsoft"><CertRoot Type="Wellknown" Value="06"/></Signer>
  </Signers>
  <SigningScenarios>
    <SigningScenario Value="131" ID="ID_SIGNINGSCENARIO_DRIVERS_1">
      <ProductSigners>
        <DeniedSigners><DeniedSigner SignerId="ID_SIGNER_CPUZ"/><DeniedSigner SignerId="ID_SIGNER_STOLEN"/><DeniedSigner SignerId="ID_SIGNER_KNOWN"/></DeniedSigners>
        <FileRulesRef><FileRuleRef RuleID="ID_ALLOW_ALL_1"/><FileRuleRef RuleID="ID_DENY_SHA1"/><FileRuleRef RuleID="ID_DENY_SHA256"/><FileRuleRef RuleID="ID_DENY_PAGE"/><FileRuleRef RuleID="ID_DENY_NAMED"/>
          <FileRuleRef RuleID="ID_DENY_NAME"/><FileRuleRef RuleID="ID_DENY_BELOW"/></FileRulesRef>
      </ProductSigners>
    </SigningScenario>
    <SigningScenario Value="12" ID="ID_SIGNINGSCENARIO_WINDOWS"><ProductSigners><FileRulesRef><FileRuleRef RuleID="ID_DENY_USER"/></FileRulesRef></ProductSigners></SigningScenario>
  </SigningScenarios>
  <Settings><Setting Provider="PolicyInfo" Key="Information" ValueName="Name"><Value><String>Driver Policy</String></Value></Setting></Settings>
</SiPolicy>`

const strings1 = "AAAA2233445566778899AABBCCDDEEFF00112233"

func image(t *testing.T, change func(*catalog.Image)) *catalog.Image {
	t.Helper()
	img := &catalog.Image{OriginalName: "fine.sys", Version: "1.0.0.0"}
	change(img)
	return img
}

func hash(t *testing.T, s string) catalog.Hash {
	t.Helper()
	h, err := catalog.ParseHash(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestMatch(t *testing.T) {
	t.Parallel()
	l, err := blocklist.Parse([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	if l.Name != "Driver Policy" || l.Version != "10.0.27805.0" || len(l.Rules) != 7 || l.Ignored != 2 {
		t.Errorf("list %+v", l)
	}
	signed := func(tbs, leaf string) []catalog.ImageSigner {
		return []catalog.ImageSigner{{Name: "VeriSign", TBS: tbs}, {Name: leaf, TBS: "00", Leaf: true}}
	}
	lowTBS := strings.ToLower(tbsHex)
	for _, tt := range []struct {
		name   string
		change func(*catalog.Image)
		want   []string
	}{
		{"nothing of it", func(*catalog.Image) {}, nil},
		{"SHA-1", func(i *catalog.Image) { _ = i.SHA1.UnmarshalText([]byte(sha1Hex)) }, []string{"ID_DENY_SHA1 hash"}},
		{"SHA-256", func(i *catalog.Image) { i.SHA256 = hash(t, sha256Hex) }, []string{"ID_DENY_SHA256 hash"}},
		{"digest of a page is not the file's", func(i *catalog.Image) { _ = i.SHA1.UnmarshalText([]byte(strings1)) }, nil},
		{"a file whose name ends in page", func(i *catalog.Image) { _ = i.SHA1.UnmarshalText([]byte(namedHex)) }, []string{"ID_DENY_NAMED hash"}},
		{"name in the range", func(i *catalog.Image) { i.OriginalName, i.Version = "MHY.SYS", "2.0.0.0" }, []string{"ID_DENY_NAME name"}},
		{"name above the range", func(i *catalog.Image) { i.OriginalName, i.Version = "mhy.sys", "2.0.0.1" }, nil},
		{"name without version", func(i *catalog.Image) { i.OriginalName, i.Version = "mhy.sys", "" }, []string{"ID_DENY_NAME name"}},
		{"minimum alone denies what is below", func(i *catalog.Image) { i.OriginalName, i.Version = "tool.sys", "9.9.9.9" }, []string{"ID_DENY_BELOW name"}},
		{"minimum alone lets itself pass", func(i *catalog.Image) { i.OriginalName, i.Version = "tool.sys", "65535.65535.65535.65535" }, nil},
		{"rules for programs do not count", func(i *catalog.Image) { i.OriginalName = "program.exe" }, nil},
		{"signer, publisher and range", func(i *catalog.Image) {
			i.OriginalName, i.Version, i.Signers = "cpuz.sys", "1.0.4.3", signed(lowTBS, "CPUID")
		}, []string{"ID_SIGNER_CPUZ signer"}},
		{"another publisher", func(i *catalog.Image) {
			i.OriginalName, i.Version, i.Signers = "cpuz.sys", "1.0.4.3", signed(lowTBS, "Other")
		}, nil},
		{"a newer version", func(i *catalog.Image) {
			i.OriginalName, i.Version, i.Signers = "cpuz.sys", "1.0.4.4", signed(lowTBS, "CPUID")
		}, nil},
		{"the name without the signer", func(i *catalog.Image) { i.OriginalName = "cpuz.sys" }, nil},
		{"everything of a signer", func(i *catalog.Image) { i.Signers = signed("abcd", "Stolen Ltd.") }, []string{"ID_SIGNER_STOLEN signer"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, m := range l.Match(image(t, tt.change)) {
				got = append(got, m.Rule+" "+m.By)
				if m.Text == "" {
					t.Errorf("%s says nothing", m.Rule)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
	if got := l.Match(nil); got != nil {
		t.Errorf("a file that is no image: %v", got)
	}
}

func TestParseForms(t *testing.T) {
	t.Parallel()
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.Replace(policy, `encoding="utf-8"`, `encoding="utf-16"`, 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]string{"UTF-8 with a byte order mark": "\uFEFF" + policy, "UTF-16": wide} {
		if l, err := blocklist.Parse([]byte(src)); err != nil || len(l.Rules) != 7 {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
	noScenario := policy[:strings.Index(policy, "<SigningScenarios>")] + policy[strings.Index(policy, "<Settings>"):]
	if l, err := blocklist.Parse([]byte(noScenario)); err != nil || len(l.Rules) != 8 {
		t.Errorf("without scenarios: %v, %v", l, err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"nothing":          "",
		"no XML":           "0\x82\x01\x00",
		"other XML":        "<a/>",
		"a page":           "<!doctype html><html><body>driver block rules</body></html>",
		"cut off":          policy[:1500],
		"denies nothing":   `<SiPolicy xmlns="urn:schemas-microsoft-com:sipolicy"><FileRules><Allow ID="A" FileName="*"/></FileRules></SiPolicy>`,
		"a wrong version":  strings.Replace(policy, `"2.0.0.0"`, `"2.0.x"`, 1),
		"a missing range":  strings.Replace(policy, `<FileAttrib ID="ID_FILEATTRIB_CPUZ"`, `<FileAttrib ID="OTHER"`, 1),
		"a version of six": strings.Replace(policy, `"2.0.0.0"`, `"1.2.3.4.5.6"`, 1),
	} {
		if l, err := blocklist.Parse([]byte(src)); !errors.Is(err, blocklist.ErrNotPolicy) {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
}

func TestReadZip(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range [][2]string{{"read me.txt", "x"}, {"SiPolicy_Audit.xml", "audit"}, {"SiPolicy_Enforced_Server2016.xml", "server"}, {"VulnerableDriverBlockList/SiPolicy_Enforced.xml", policy}, {"SiPolicy_Enforced.p7b", "x"}} {
		e, err := w.Create(f[0])
		if err == nil {
			_, err = e.Write([]byte(f[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := blocklist.Read(b.Bytes())
	if err != nil || string(got) != policy {
		t.Errorf("%.40q, %v", got, err)
	}
	if got, err := blocklist.Read([]byte(policy)); err != nil || string(got) != policy {
		t.Errorf("plain: %.40q, %v", got, err)
	}
	if _, err := blocklist.Read(b.Bytes()[:100]); !errors.Is(err, blocklist.ErrNotPolicy) {
		t.Errorf("cut off: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(policy))
	f.Add([]byte("\uFEFF" + policy))
	f.Add([]byte("<SiPolicy><FileRules><Deny ID='a' FileName='*'/></FileRules></SiPolicy>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := blocklist.Parse(b)
		if (l == nil) != (err != nil) || err != nil && !errors.Is(err, blocklist.ErrNotPolicy) {
			t.Fatalf("%v, %v", l, err)
		}
		if err == nil {
			l.Match(&catalog.Image{OriginalName: "a.sys", Version: "1.2.3.4"})
		}
	})
}

func TestOlderThan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name           string
		version, id    string
		other, otherID string
		older          bool
	}{
		{"an earlier version", "10.0.9.0", "a", "10.0.27.0", "a", true},
		{"the same version", "10.0.27.0", "a", "10.0.27.0", "a", false},
		{"another list", "10.0.9.0", "a", "10.0.27.0", "b", false},
		{"no version", "", "a", "10.0.27.0", "a", false},
		{"what is no version", "new", "a", "10.0.27.0", "a", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b := &blocklist.List{Version: tt.version, PolicyID: tt.id}, &blocklist.List{Version: tt.other, PolicyID: tt.otherID}
			if a.OlderThan(b) != tt.older || b.OlderThan(a) {
				t.Errorf("%v and %v", a.OlderThan(b), b.OlderThan(a))
			}
		})
	}
}
