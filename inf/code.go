package inf

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
)

// code is the stable code of a diagnostic. Hundreds tell the layer: 01 text, 02 [Version], 03 models, 04 install sections
// and file lists, 05 source files, 06 strings, 07 kinds of drivers with rules of their own, 08 the files beside the INF (in
// package lint), 09 targets and importability. Numbers are never reused.
type code string

// Codes that callers act on.
const (
	CodeEncodingInvalid = string(codeEncodingInvalid)
	CodeFieldTooLong    = string(codeFieldTooLong)
	CodeNotINF          = string(codeNotINF)
)

// Rule is what a diagnostic code means.
type Rule struct {
	Code     string
	Severity Severity // the usual one; a finding may weigh more or less where Windows does so
	Title    string   // what is found, without the particulars of a place, for tables
	Summary  string   // what is said: a format with at most one %s, for the particulars
	Advice   string   // what to do about it
	// Explanation says in a few sentences of plain text what Windows does with such a file, why it matters, and when it does
	// not. Paragraphs are separated by an empty line.
	Explanation string
	InfVerif    []int  // the codes under which Microsoft's InfVerif reports the same
	Source      string // the page that states the rule
}

// Rules returns every rule of this package, in the order of their codes. Package lint has more, about the files beside an INF.
func Rules() []Rule {
	return slices.Concat(textRules, versionRules, modelsRules, installRules, sourceRules, stringRules, kindRules, targetRules)
}

// ruleTable holds the rules by code.
var ruleTable = sync.OnceValue(func() map[code]Rule {
	all := Rules()
	m := make(map[code]Rule, len(all))
	for _, r := range all {
		m[code(r.Code)] = r
	}
	return m
})

// Diagnostic makes a finding of a rule about a place in f. particulars fills the summary's verb, if it has one.
func (r Rule) Diagnostic(f *File, particulars string, at Range) Diagnostic {
	summary := r.Summary
	if strings.Contains(summary, "%") {
		if strings.Contains(strings.ReplaceAll(summary, "%%", ""), "%s") {
			summary = fmt.Sprintf(summary, shorten(particulars))
		}
	}
	return Diagnostic{Code: r.Code, Severity: r.Severity, Summary: summary, Advice: r.Advice, File: f.Name, Range: at}
}

// diagnostic makes a Diagnostic of a code.
func (f *File) diagnostic(c code, arg string, r Range) Diagnostic {
	return ruleTable()[c].Diagnostic(f, arg, r)
}

// shorten keeps a message on one readable line.
func shorten(s string) string {
	const most = 120
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// diagnose turns the scanner's notes into diagnostics, in the order of their places.
func (s *scanner) diagnose(d decoded) Diagnostics {
	f := s.f
	s.checkEncoding(d)
	s.checkStray()
	if f.end < len(f.text) {
		if rest := strings.Trim(f.text[f.end+1:], blanks+"\n\x1a"); rest != "" {
			s.note(codeCtrlZ, f.end, f.end+1, "")
		}
	}
	if f.Err != nil && f.Err.Code == WrongINFStyle {
		start, end, why := f.styleFault()
		s.note(codeNotINF, start, end, why)
	}
	if len(s.notes) == 0 {
		return nil
	}
	sort.SliceStable(s.notes, func(i, j int) bool { return s.notes[i].start < s.notes[j].start })
	ds := make(Diagnostics, len(s.notes))
	for i, n := range s.notes {
		ds[i] = f.diagnostic(n.code, n.arg, f.rangeOf(n.start, n.end))
		if n.code == codeEncodingInvalid {
			ds[i].Range.Start.Offset, ds[i].Range.End.Offset = d.invalid, d.invalid
		}
		if n.arg == utf8Header || n.arg == utf8NoStrings {
			ds[i].Severity = Error
		}
		ds[i].Fix = f.textFix(n)
		if n.code == codeSectionRepeated {
			first := f.Section(n.arg)
			ds[i].Related = []Related{{Text: "first here", File: f.Name, Range: f.headerRange(first)}}
		}
	}
	return ds
}

// What is said about a byte order mark that Windows may take for letters of the first line: the line is no header then, and
// an entry before the first section, which Windows drops only if there is a [Strings].
const (
	utf8Header    = "Windows may not see the section header behind it"
	utf8NoStrings = "Windows may refuse the file, which has no [Strings]"
)

// headerRange is where a section's first header stands.
func (f *File) headerRange(sec *Section) Range {
	for _, h := range f.Headers {
		if h.Section == sec {
			return f.rangeOf(int(h.start), int(h.end))
		}
	}
	return Range{}
}

func (s *scanner) checkStray() {
	f := s.f
	if len(f.stray) == 0 || len(f.Sections) == 0 {
		return
	}
	l := &f.stray[0]
	start := int(l.Fields[0].start)
	if l.HasKey {
		start = int(l.Key.start)
	}
	c := codeStrayEntry
	if f.Section("Strings") != nil {
		c = codeStrayDropped
	}
	s.note(c, start, l.Fields[len(l.Fields)-1].end(), "")
}

func (s *scanner) checkEncoding(d decoded) {
	f := s.f
	if d.enc != UTF8 && d.enc != UTF16BE && !d.guessed && d.invalid < 0 {
		return
	}
	first := strings.IndexAny(f.text, "\r\n")
	if first < 0 {
		first = len(f.text)
	}
	switch {
	case d.enc == UTF8:
		switch line := strings.TrimLeft(f.text[:first], blanks); {
		case strings.HasPrefix(line, "["):
			s.note(codeEncodingUTF8, 0, first, utf8Header)
		case f.Section("Strings") == nil:
			s.note(codeEncodingUTF8, 0, first, utf8NoStrings)
		default:
			s.note(codeEncodingUTF8, 0, first, "Windows may read other letters than the author meant")
		}
	case d.enc == UTF16BE:
		s.note(codeEncodingUTF16, 0, first, "UTF-16 BE: Windows does not accept this byte order")
	case d.guessed:
		s.note(codeEncodingUTF16, 0, first, "UTF-16 without a byte order mark: Windows may not recognise it")
	}
	if d.invalid >= 0 {
		at := max(strings.Index(f.text, "\uFFFD"), 0)
		s.note(codeEncodingInvalid, at, at, "")
	}
}

// styleFault finds what makes a file no INF: the place and a few words.
func (f *File) styleFault() (start, end int, why string) {
	v := f.Section("Version")
	if v == nil {
		if len(f.Headers) == 0 {
			return 0, 0, "it has no sections"
		}
		h := f.Headers[0]
		return int(h.start), int(h.start) + strings.IndexByte(f.text[h.start:]+"\n", '\n'), "it has no [Version] section"
	}
	if l := v.First("Signature"); l != nil {
		fd := l.Fields[0]
		return int(fd.start), fd.end(), fmt.Sprintf("its Signature is %q", fd.Text)
	}
	for _, h := range f.Headers {
		if h.Section == v {
			return int(h.start), int(h.start) + len(strings.TrimRight(f.text[h.start:h.end], blanks+"\n")), "its [Version] has no Signature"
		}
	}
	return 0, 0, "its [Version] has no Signature"
}
