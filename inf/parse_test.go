package inf_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
)

// entries gives a section's entries as "key: field | field", with "-" for no key.
func entries(f *inf.File, section string) []string {
	var out []string
	s := f.Section(section)
	if s == nil {
		return nil
	}
	for _, l := range s.Lines {
		key := "-"
		if l.HasKey {
			key = l.Key.Text
		}
		var fields []string
		for _, fd := range l.Fields {
			fields = append(fields, fd.Text)
		}
		out = append(out, key+": "+strings.Join(fields, " | "))
	}
	return out
}

// entryCases show how text is split into entries. They also seed the fuzz targets.
var entryCases = []struct {
	name string
	text string // what stands in section [T]
	want []string
}{
	{"a key ends at the first equals sign", "Color = Red = Dark\n", []string{"Color: Red = Dark"}},
	{"a comma before the equals sign means no key", "Red, Dark = Blue\n", []string{"-: Red | Dark = Blue"}},
	{"a lone word is key and field", "driver.sys\n", []string{"driver.sys: driver.sys"}},
	{"an empty key", "= x\n", []string{": x"}},
	{"nothing behind the equals sign", "Empty =\n", []string{"Empty: "}},
	{"only an equals sign", "=\n", []string{": "}},
	{"every comma makes a field", "Dirs = a,, b,\n", []string{"Dirs: a |  | b | "}},
	{"blanks inside stay, outside go", "\t Long  key =  two\t words \t\n", []string{"Long  key: two\t words"}},
	{"quotes keep blanks and separators", `Label = " a, b; c=d "` + "\n", []string{"Label:  a, b; c=d "}},
	{"quotes toggle inside a word", `Al"ph"a = x` + "\n", []string{"Alpha: x"}},
	{"two quotes inside quotes are one", `Q = "say ""hi"""` + "\n", []string{`Q: say "hi"`}},
	{"two quotes outside vanish", `Q = ab""cd` + "\n", []string{"Q: abcd"}},
	{"blanks beside quotes count as inner", `Q = pre" mid "post` + "\n", []string{"Q: pre mid post"}},
	{"an open quote ends with its line", "Q = \"open, still\r\nNext = 1\n", []string{"Q: open, still", "Next: 1"}},
	{"a semicolon ends the entry", "A = 1;2\nB = 2 ; c\n", []string{"A: 1", "B: 2"}},
	{"a continuation joins without blanks", "A = one \\\n   two\n", []string{"A: onetwo"}},
	{"a comment may follow the backslash", "A = one, \\ ; note\n two\n", []string{"A: one | two"}},
	{"two backslashes at the end join as well", "A = dir\\\\\n,f\n", []string{"A: dir | f"}},
	{"a backslash in the middle is text", "A = x \\ y, \\\\srv\\share\n", []string{`A: x \ y | \\srv\share`}},
	{"blanks before a literal run stay, behind it too", "A = x \\ ,y\n", []string{`A: x \  | y`}},
	{"inside quotes a backslash does not join", "A = \"C:\\x\\\nB = 1\n", []string{`A: C:\x\`, "B: 1"}},
	{"a header may be swallowed", "A = C:\\x\\\n[Sec]\n", []string{`A: C:\x[Sec]`}},
	{"an empty line ends a continued entry", "A = x,\\\n\nB = 1\n", []string{"A: x | ", "B: 1"}},
	{"a key may be continued", "Lo\\\nng = 1\n", []string{"Long: 1"}},
	{"a comment line ends a continued entry", "A = x,\\\n; no\ny\n", []string{"A: x | ", "y: y"}},
	{"a backslash at the end of the file vanishes", "A = x \\", []string{"A: x"}},
	{"Ctrl-Z ends the file", "A = 1\x1aB = 2\n", []string{"A: 1"}},
	{"NUL is a blank", "A\x00 = b\x00c\x00\n", []string{"A: b c"}},
	{"other signs are no comments", "# x\n// y = 1\n]z\n", []string{"# x: # x", "// y: 1", "]z: ]z"}},
	{"a carriage return is a blank", "A b\r = c\r\n", []string{"A b: c"}},
}

func TestEntries(t *testing.T) {
	t.Parallel()
	for _, c := range entryCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, _ := inf.Parse("t.inf", []byte("[Version]\nSignature=$CHICAGO$\n[T]\n"+c.text))
			if f.Err != nil {
				t.Fatal(f.Err)
			}
			if d := cmp.Diff(c.want, entries(f, "T")); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestLenientContinuation(t *testing.T) {
	t.Parallel()
	src := []byte("[Version]\nSignature=$CHICAGO$\n[T]\nA = x,\\\n; one\n  ; two\n y,\\\n; three\nB = 1\n")
	f, _ := inf.ParseOptions{LenientContinuation: true}.Parse("t.inf", src)
	if d := cmp.Diff([]string{"A: x | y | B = 1"}, entries(f, "T")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := f.Section("T").Lines[0]; got.First != 4 || got.Last != 9 {
		t.Errorf("lines %d to %d, want 4 to 9", got.First, got.Last)
	}
}

func TestSections(t *testing.T) {
	t.Parallel()
	src := "[Version]\nSignature=$CHICAGO$\n[ Odd; \"name\" ] junk\na=1\n[b]\nx=1\n[ODD]\n[B]\ny=2\n[]\nz=3\n"
	f, _ := inf.Parse("t.inf", []byte(src))
	var got []string
	for _, s := range f.Sections {
		got = append(got, fmt.Sprintf("%q %d at %d", s.Name, len(s.Lines), s.Line))
	}
	want := []string{`"Version" 1 at 1`, `" Odd; \"name\" " 1 at 3`, `"b" 2 at 5`, `"ODD" 0 at 7`, `"" 1 at 10`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if f.Section("oDD") == nil || f.Section("odd ") != nil || f.Section("nowhere") != nil {
		t.Error("names compare by letter case only")
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	const version = "[Version]\nSignature=\"$Windows NT$\"\n"
	cases := []struct {
		name, src string
		want      *inf.LoadError
	}{
		{"fine", version, nil},
		{"fine with the oldest signature", "[version]\nSIGNATURE = $Chicago$\n", nil},
		{"open header", version + "[Sec\nx=1\n", &inf.LoadError{Code: inf.BadSectionNameLine, Line: 3}},
		{"header closed on the next line", version + "[Sec\n]\n", &inf.LoadError{Code: inf.BadSectionNameLine, Line: 3}},
		{"header ended by Ctrl-Z", version + "[Se\x1ac]\n", &inf.LoadError{Code: inf.BadSectionNameLine, Line: 3}},
		{"name of 255", version + "[" + strings.Repeat("n", 255) + "]\n", nil},
		{"name of 256", version + "[" + strings.Repeat("n", 256) + "]\n", &inf.LoadError{Code: inf.SectionNameTooLong, Line: 3}},
		{"the first error counts", version + "[Sec\n[" + strings.Repeat("n", 256) + "]\n", &inf.LoadError{Code: inf.BadSectionNameLine, Line: 3}},
		{"entry before the first header", "; c\n\nstray\n" + version, &inf.LoadError{Code: inf.ExpectedSectionName, Line: 3}},
		{"dropped if there are strings", "stray\n" + version + "[Strings]\n", nil},
		{"no section", "abcd\n", &inf.LoadError{Code: inf.WrongINFStyle}},
		{"empty", "", &inf.LoadError{Code: inf.WrongINFStyle}},
		{"no signature", "[Version]\nProvider=x\n", &inf.LoadError{Code: inf.WrongINFStyle}},
		{"glued signature", "[Version]\nSignature=\"$CHICAGO$\"x\n", &inf.LoadError{Code: inf.WrongINFStyle}},
		{"autorun", "[autorun]\nopen=setup.exe\n", &inf.LoadError{Code: inf.WrongINFStyle}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, ds := inf.Parse("t.inf", []byte(c.src))
			if d := cmp.Diff(c.want, f.Err); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if (c.want != nil) != ds.HasErrors() {
				t.Errorf("diagnostics %v do not agree with error %v", ds, c.want)
			}
		})
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	f, _ := inf.Parse("t.inf", []byte("[Version]\nSignature=$CHICAGO$\n[Strings]\nOne=first\nonE=second\nDrive=\"C:\\\"\nNest=%One%\n11=mine\n[Strings.0407]\nOne=eins\n"))
	for _, c := range []struct{ text, want string }{
		{"plain", "plain"},
		{"%one%", "first"},
		{"a %ONE% b %Nest%", "a first b %One%"},
		{"%One%%Drive%", `firstC:\`},
		{"100%", "100%"},
		{"%%x%%", "%x%"},
		{"%nope% 5%", "%nope% 5%"},
		{`%12%\x.sys`, `C:\Windows\System32\drivers\x.sys`},
		{`%24%\x`, `C:\x`},
		{`%24%x`, `C:\x`},
		{`%Drive%\x`, `C:\\x`},
		{`%11%\x`, `mine\x`},
		{`%99999%`, `%99999%`},
	} {
		if got := f.Expand(c.text); got != c.want {
			t.Errorf("Expand(%q) = %q, want %q", c.text, got, c.want)
		}
	}
	if got := f.ExpandFor(0x0c07, "%One% %Drive%"); got != `eins C:\` {
		t.Errorf("for Austria: %q", got)
	}
}

// TestExpandIsBounded: a small file must not grow to gigabytes.
func TestExpandIsBounded(t *testing.T) {
	t.Parallel()
	f, _ := inf.Parse("t.inf", []byte("[Version]\nSignature=$CHICAGO$\n[Strings]\na="+strings.Repeat("ä", 4000)+"\n"))
	if got := f.Expand(strings.Repeat("%a%", 100_000)); len(got) > 300_000 || !utf8.ValidString(got) {
		t.Errorf("expanded to %d bytes", len(got))
	}
	if got := f.Expand("%a% " + strings.Repeat("b", 100_000) + "%b%"); len(got) < 100_000 {
		t.Errorf("a long field without much to substitute has %d bytes", len(got))
	}
}

// TestDiagnostics asserts codes with their exact ranges: line, column and byte offset of start and end.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	const version = "[Version]\r\nSignature=$CHICAGO$\r\n" // 2 lines, 32 bytes
	cases := []struct {
		name, src string
		want      []string
	}{
		{"open header", version + "  [Sec\r\n", []string{"INF0101 3:3@34-3:7@38"}},
		{"long name", version + "[" + strings.Repeat("n", 256) + "]\r\n", []string{"INF0102 3:2@33-3:258@289"}},
		{"stray entry", "ab = c\r\n" + version, []string{"INF0103 1:1@0-1:7@6"}},
		{"stray entry dropped", "ab = c\r\n" + version + "[Strings]\r\n", []string{"INF0115 1:1@0-1:7@6"}},
		{"no INF", "[autorun]\r\n", []string{"INF0104 1:1@0-1:11@10"}},
		{"wrong signature", "[Version]\r\nSignature = \"$x$\"\r\n", []string{"INF0104 2:13@23-2:18@28"}},
		{"open quote", version + "[T]\r\na = 1, \"x y\r\n", []string{"INF0108 4:8@44-4:12@48"}},
		{"junk behind a header", version + "[T] x y ; c\r\n", []string{"INF0109 3:5@36-3:12@43"}},
		{"comment behind a header", version + "[T] ; c\r\n", nil},
		{"comment in a continuation", version + "[T]\r\na = 1, \\\r\n; c\r\n", []string{"INF0110 5:1@47-5:5@51"}},
		{"swallowed header", version + "[T]\r\na = c:\\\r\n[U]\r\n", []string{"INF0111 4:7@43-4:8@44"}},
		{"text behind Ctrl-Z", version + "\x1a x", []string{"INF0112 3:1@32-3:2@33"}},
		{"Ctrl-Z at the end", version + "\x1a\x1a\r\n", nil},
		{"long field", version + "[T]\r\na = b, " + strings.Repeat("c", 4097) + "\r\n", []string{"INF0113 4:8@44-4:4105@4141"}},
		{"repeated section", version + "[T]\r\n[version]\r\n", []string{"INF0114 4:1@37-5:1@48"}},
		{"UTF-8", "\xef\xbb\xbf; c\r\n" + version, []string{"INF0105 1:1@3-1:4@6"}},
		{"damaged UTF-8", "\xef\xbb\xbf; c\r\n" + version + "[T]\r\na=\xff\r\n", []string{"INF0105 1:1@3-1:4@6", "INF0107 5:3@47-5:3@47"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, ds := inf.Parse("t.inf", []byte(c.src))
			if d := cmp.Diff(c.want, short(ds)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// short gives diagnostics as "code line:column@offset-line:column@offset".
func short(ds inf.Diagnostics) []string {
	var out []string
	for _, d := range ds {
		s, e := d.Range.Start, d.Range.End
		out = append(out, fmt.Sprintf("%s %d:%d@%d-%d:%d@%d", d.Code, s.Line, s.Column, s.Offset, e.Line, e.Column, e.Offset))
	}
	return out
}

func TestLossless(t *testing.T) {
	t.Parallel()
	for _, c := range entryCases {
		for _, enc := range encodings {
			checkLossless(t, c.name+" as "+enc.name, enc.encode("[Version]\r\nSignature=$CHICAGO$\r\n[T]\n"+c.text))
		}
	}
	for name, src := range corpus(t) {
		checkLossless(t, name, src)
	}
}

// checkLossless fails unless the nodes of the syntax tree cover the file once, in order.
func checkLossless(t *testing.T, name string, src []byte) {
	t.Helper()
	f, _ := inf.Parse(name, src)
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(src, b.Bytes()) {
		t.Errorf("%s: writing the tree gives other bytes:\n%s", name, cmp.Diff(string(src), b.String()))
	}
	at := 0
	for n := range f.Nodes() {
		if n.Start != at || n.End < n.Start {
			t.Errorf("%s: node of kind %d covers %d to %d, the one before ends at %d", name, n.Kind, n.Start, n.End, at)
		}
		at = n.End
	}
	if at != len(src) {
		t.Errorf("%s: nodes end at %d of %d", name, at, len(src))
	}
}
