package distribute

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

// rows are an export's points as one line each.
func rows(e *Export) (out []string) {
	for _, r := range e.Rows {
		p := r.Point
		words := []string{fmt.Sprint(r.Line), p.Name, p.Site, strings.Join(p.Types, "+")}
		for _, f := range []struct {
			on   bool
			word string
		}{{p.Protected, "protected"}, {p.PXE, "pxe"}, {p.Pull, "pull"}, {p.Cloud, "cloud"}} {
			if f.on {
				words = append(words, f.word)
			}
		}
		words = append(words, p.Boundaries...)
		for _, g := range r.Groups {
			words = append(words, "group:"+g)
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

func problems(e *Export) (out []string) {
	for _, p := range e.Problems {
		out = append(out, fmt.Sprint(p.Line, ": ", p.Text))
	}
	return out
}

const nalPath = `"[""Display=\\S1.corp\""]MSWNET:[""SMS_SITE=S01""]\\S1.corp\"`

// size: a table, one case after the other.
func TestParseExport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text     string
		want, problems []string
		unused         []string
	}{
		{
			name: "SMS_DistributionPointInfo by Export-Csv",
			text: "#TYPE IResultObject\r\n\"BitsEnabled\",\"IsPXE\",\"NALPath\",\"ServerName\",\"SiteCode\",\"ResourceType\",\"IsPullDP\",\"IsPeerDP\",\"TransferRate\"\r\n" +
				"\"True\",\"True\"," + nalPath + ",\"S1.corp\",\"S01\",\"Windows NT Server\",\"False\",\"\",\"0\"\r\n\"False\",\"False\",,\"S2.corp\",\"s01\",\"Windows Azure\",\"True\",\"\",\"\"\r\n",
			want: []string{"3 S1.corp S01 bits+server pxe", "4 S2.corp S01  pull cloud"}, unused: []string{"TransferRate"},
		},
		{
			name: "Get-CMDistributionPoint names the server by its path",
			text: "NetworkOSPath;SiteCode;Props\n\\\\S1.corp;S01;System.Object[]\n",
			want: []string{"2 S1.corp S01 "}, unused: []string{"Props"},
		},
		{
			name: "a PXE share is another point than its server",
			text: "ServerName,NALPath\nS1.corp," + nalPath + "\nS1.corp,\"[\"\"Display=\\\\S1.corp\\SMSPXEIMAGE$\\\"\"]MSWNET:[\"\"SMS_SITE=S01\"\"]\\\\S1.corp\\SMSPXEIMAGE$\\\"\n",
			want: []string{"2 S1.corp  ", `3 S1.corp\SMSPXEIMAGE$  `},
		},
		{
			name: "its share's name tells it too",
			text: "ServerName,ShareName,ResourceType\nS1,SMSPXEIMAGE$,Windows NT Server\nS1,Packages,Windows NT Server Share\nS1,SMSPKGD$,Windows NT Server\n",
			want: []string{`2 S1\SMSPXEIMAGE$  server`, `3 S1\Packages  server-share`, "4 S1  server"},
		},
		{
			name: "a list of one's own, tabs, odd headings",
			text: "Point\tSite Code\tis PXE\tTypes\tBoundaries\tGroups\n S1 \ts01\tyes\tServer; BITS-Enabled\t10.1.0.0/16|slow:ad:Bonn\tNorth, South\n",
			want: []string{"2 S1 S01 bits+server pxe 10.1.0.0/16 slow:ad:Bonn group:North group:South"},
		},
		{
			name: "Excel names its separator",
			text: "sep=;\n\nName;Protected\nA,B;1\n\"C\"x;1\nD;2\n",
			want: []string{"4 A,B   protected"}, problems: []string{"5: its quotes are not closed or not doubled", `6: protected is "2", which is neither true nor false`},
		},
		{
			name: "protected is a flag, also among types",
			text: "Name,Type\nS1,\"standard,protected\"\n", want: []string{"2 S1  standard protected"},
		},
		{
			name: "a column called type may say anything",
			text: "Name,Type,Types\nS1,On-premises,bits\nS2,Cloud,\nS3,Windows Server,\nS4,\"branch, bits\",\n", want: []string{"2 S1  bits", "3 S2   cloud", "4 S3  server", "5 S4  bits+branch"},
		},
		{
			name: "a console in German",
			text: "Name;PXE;Multicast\nS1;Ja;Nein\n", want: []string{"2 S1   pxe"},
		},
		{
			name: "rows of one point differ in the group only",
			text: "Name,GroupName\nS1,North\ns1,South\nS1,north\nS2,\nS2,\n",
			want: []string{"2 S1   group:North group:South", "5 S2  "}, problems: []string{"6: S2 is already in line 5"},
		},
		{
			name: "what cannot be read is told with its line, and the rest goes on",
			text: "Name,IsPXE,Types,Boundaries,Group\nS1,maybe,,,\n,True,,,\nS3,,nonsense,,\nS4,,,10.1.2.3,\n\"S5\" x,,,,\nS6,,,,\"a\x01b\"\nS7,,,,,extra\n\nS8\n" + strings.Repeat("x", 300) + "\n",
			want: []string{"10 S8  "},
			problems: []string{
				`2: pxe is "maybe", which is neither true nor false`, "3: it names no point", `4: "nonsense" is no type of a distribution point`,
				`5: boundary "10.1.2.3" is one address; a subnet needs its length, as in 10.1.2.3/24, and one computer /32`, "6: its quotes are not closed or not doubled",
				`7: group "a\x01b": the name has a control character in it`, "8: it has 6 columns and the headings are 5", `11: point "` + strings.Repeat("x", 120) + `...": the name has over 255 characters`,
			},
		},
		{
			name: "a cell over two lines", text: "Name,Boundaries\nS1,\"10.1.0.0/16\n10.2.0.0/16\"\nS2,\n",
			want: []string{"2 S1   10.1.0.0/16 10.2.0.0/16", "4 S2  "},
		},
		{name: "a quote that is never closed", text: "Name\nS1\n\"S2\nS3\n", want: []string{"2 S1  "}, problems: []string{"3: its quotes are not closed or not doubled"}},
		{name: "headings only", text: "Name,Site"},
		{name: "a heading twice", text: "Name,Server Name,name\nS1,x,y\n", want: []string{"2 S1  "}, unused: []string{"name"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			le, be := []byte{0xFF, 0xFE}, []byte{0xFE, 0xFF}
			for _, u := range utf16.Encode([]rune(c.text)) {
				le, be = binary.LittleEndian.AppendUint16(le, u), binary.BigEndian.AppendUint16(be, u)
			}
			for encoding, raw := range map[string][]byte{
				"UTF-8": []byte(c.text), "UTF-8 with a mark": []byte("\ufeff" + c.text), "UTF-16 little-endian": le, "UTF-16 big-endian": be, "UTF-16 without a mark": le[2:],
			} {
				e, err := ParseExport(raw)
				if err != nil {
					t.Fatalf("%s: %v", encoding, err)
				}
				if diff := cmp.Diff(c.want, rows(e)); diff != "" {
					t.Errorf("%s: rows (-want +got)\n%s", encoding, diff)
				}
				if diff := cmp.Diff(c.problems, problems(e)); diff != "" {
					t.Errorf("%s: problems (-want +got)\n%s", encoding, diff)
				}
				if diff := cmp.Diff(c.unused, e.Unused); diff != "" {
					t.Errorf("%s: unused (-want +got)\n%s", encoding, diff)
				}
			}
		})
	}
}

func TestParseExportANSI(t *testing.T) {
	t.Parallel()
	e, err := ParseExport([]byte("Name;Group\nS\xfcd;M\xfcnchen\n"))
	if err != nil || !cmp.Equal(rows(e), []string{"2 Süd   group:München"}) {
		t.Errorf("%q, %v", rows(e), err)
	}
}

func TestNoExport(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "it is empty", "\n\n": "it is empty", "#TYPE x\n": "it is empty", "sep=;": "it is empty", "Model,Version\nR61,1\n": "none of its columns (Model, Version) names a point",
		"\"Name\nx": "line 1: its quotes", "Name\n" + strings.Repeat("a\n", maxExportRows+1): "over 100000 rows", "PK\x03\x04\x00\x00": "names a point", "password=geheim\n": "no list of points: it begins with a setting",
	} {
		if e, err := ParseExport([]byte(text)); !errors.Is(err, ErrNoExport) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, %v; want %q", text, e, err, want)
		}
	}
}

// What an export says nothing of stays as it was known.
func TestMerge(t *testing.T) {
	t.Parallel()
	old := catalog.Point{
		Name: "S1", Share: `\\S1\Drivers`, Site: "S01", ADSite: "Bonn", Address: "10.1.2.3/24", Types: []string{"bits", "branch", "multicast", "server"},
		Protected: true, PXE: true, Boundaries: []string{"10.1.0.0/16"}, Added: day(1),
	}
	for _, c := range []struct {
		name, text string
		change     func(p *catalog.Point)
	}{
		{"the name only", "Name\nS1\n", func(*catalog.Point) {}},
		{"empty cells say nothing", "Name,SiteCode,IsPXE,Boundaries,Types,BitsEnabled\nS1,,,,,\n", func(*catalog.Point) {}},
		{"flags", "Name,IsPXE,IsProtected,IsPullDP\nS1,False,False,True\n", func(p *catalog.Point) { p.PXE, p.Protected, p.Pull = false, false, true }},
		{"each type by its own column", "Name,BitsEnabled,IsPeerDP,IsFileStreaming\nS1,False,True,True\n", func(p *catalog.Point) { p.Types = []string{"branch", "multicast", "server", "streaming"} }},
		{"a server share is no server", "Name,ResourceType\nS1,Windows NT Server Share\n", func(p *catalog.Point) { p.Types = []string{"bits", "branch", "multicast", "server-share"} }},
		{"a list of types is all of them", "Name,Types\nS1,standard\n", func(p *catalog.Point) { p.Types = []string{"standard"} }},
		{"the rest", "Name,Share,SiteCode,ADSite,Address,Boundaries\nS1,\\\\S1\\D,S02,Kiel,10.2.2.2,ad:Kiel\n", func(p *catalog.Point) {
			p.Share, p.Site, p.ADSite, p.Address, p.Boundaries = `\\S1\D`, "S02", "Kiel", "10.2.2.2", []string{"ad:Kiel"}
		}},
	} {
		e, err := ParseExport([]byte(c.text))
		if err != nil || len(e.Rows) != 1 {
			t.Fatalf("%s: %+v, %v", c.name, e, err)
		}
		want := old
		want.Types = slices.Clone(old.Types)
		c.change(&want)
		if diff := cmp.Diff(want, e.Rows[0].Merge(old)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}

// Whatever bytes come, what is read can be kept, and lines lie in the file.
func FuzzParseExport(f *testing.F) {
	for _, s := range []string{
		"Name,Site\nA,B\n", "#TYPE x\n\"ServerName\";\"NALPath\"\n\"S1\";" + nalPath + "\n", "sep=;\nName;Types\nA;bits,server\n", "Name\tBoundaries\nA\t10.1.0.0/16|ad:x\n",
		"Name,Group\nA,x\nA,y\n", "\xff\xfeN\x00a\x00m\x00e\x00\n\x00A\x00", "Name\n\"", "Name,IsPXE\n\\\\A\\REMINST\\,x\n", "Name\r\n\r\nA,\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := ParseExport(raw)
		if err != nil {
			if !errors.Is(err, ErrNoExport) {
				t.Fatalf("error %v", err)
			}
			return
		}
		lines := strings.Count(string(decodeExport(raw)), "\n") + strings.Count(string(decodeExport(raw)), "\r") + 1
		seen := map[string]bool{}
		for _, r := range e.Rows {
			low := strings.ToLower(r.Point.Name)
			if CheckName(r.Point.Name) != nil || seen[low] || r.Line < 2 || r.Line > lines || !utf8.ValidString(r.Point.Name) {
				t.Fatalf("row %+v", r)
			}
			seen[low] = true
			for _, b := range r.Point.Boundaries {
				if _, err := ParseBoundary(b); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := ParseTypes(r.Point.Types); err != nil || slices.Contains(r.Point.Types, "protected") {
				t.Fatalf("types %q, %v", r.Point.Types, err)
			}
			if again := r.Merge(r.Point); !cmp.Equal(again, r.Point) {
				t.Fatalf("%+v merged with itself is %+v", r.Point, again)
			}
		}
		for _, p := range e.Problems {
			if p.Line < 1 || p.Line > lines || p.Text == "" {
				t.Fatalf("problem %+v of %d lines", p, lines)
			}
		}
	})
}
