package inf

import "strings"

// ParseOptions change how text is read; the zero value reads it as Windows does.
type ParseOptions struct {
	// CodePage is the Windows code page of ANSI text, such as 936. 0 chooses it by the languages of the file's
	// [Strings.xxxx] sections, 1252 if they name none.
	CodePage int
	// LenientContinuation skips comment lines inside a continued entry. Without it a comment line ends the entry.
	LenientContinuation bool
}

// maxSectionName is the longest section name that Windows accepts, in UTF-16 units.
const maxSectionName = 255

// maxField is how many characters of a field Windows keeps since Vista.
const maxField = 4096

// blanks are the characters that Windows skips around names and values besides the line feed.
const blanks = " \t\r\v\f\x00"

// Parse reads the text of an INF. It always returns a File, as complete as the text allows, and what it found worth
// saying about the text. name is used in diagnostics only. src is kept and must not change afterwards.
func Parse(name string, src []byte) (*File, Diagnostics) {
	return ParseOptions{}.Parse(name, src)
}

// Parse is the function Parse with options.
func (o ParseOptions) Parse(name string, src []byte) (*File, Diagnostics) {
	d := decode(src, o.CodePage)
	f := &File{Name: name, Encoding: d.enc, CodePage: d.codePage, src: src, text: d.text, bom: d.bom}
	s := scanner{f: f, text: d.text, lenient: o.LenientContinuation, line: 1}
	s.end = len(d.text)
	if i := strings.IndexByte(d.text, 0x1a); i >= 0 {
		s.end = i
	}
	s.hasNUL = strings.IndexByte(d.text, 0) >= 0
	f.end = s.end
	s.scan()
	s.merge()
	f.checkLoad(&s)
	return f, s.diagnose(d)
}

// checkLoad decides whether Windows would load the file; the first error in the text wins over the ones that need all of it.
func (f *File) checkLoad(s *scanner) {
	switch {
	case s.err != nil:
		f.Err = s.err
	case len(f.Sections) == 0:
		f.Err = &LoadError{Code: WrongINFStyle}
	case len(f.stray) > 0 && f.Section("Strings") == nil:
		f.Err = &LoadError{Code: ExpectedSectionName, Line: int(f.stray[0].First)}
	case !f.signed():
		f.Err = &LoadError{Code: WrongINFStyle}
	}
}

// signed reports whether [Version] has one of the signatures that make a file an INF.
func (f *File) signed() bool {
	l := f.Section("Version").First("Signature")
	if l == nil {
		return false
	}
	sig := l.Fields[0].Text
	return equalFold(sig, "$WINDOWS NT$") || equalFold(sig, "$CHICAGO$") || equalFold(sig, "$WINDOWS 95$")
}

// First returns the section's first entry with that key, ignoring case, or nil. A nil section has none.
func (s *Section) First(key string) *Line {
	if s == nil {
		return nil
	}
	for i := range s.Lines {
		if l := &s.Lines[i]; l.HasKey && equalFold(l.Key.Text, key) {
			return l
		}
	}
	return nil
}
