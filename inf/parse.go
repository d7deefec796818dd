package inf

import (
	"strings"
	"unicode/utf8"
)

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
	case f.stray > 0 && f.Section("Strings") == nil:
		f.Err = &LoadError{Code: ExpectedSectionName, Line: int(f.entries[0].First)}
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
	switch strings.ToUpper(l.Fields[0].Text) {
	case "$CHICAGO$", "$WINDOWS NT$", "$WINDOWS 95$":
		return true
	}
	return false
}

// First returns the section's first entry with that key, ignoring case, or nil. A nil section has none.
func (s *Section) First(key string) *Line {
	if s == nil {
		return nil
	}
	for i := range s.Lines {
		if l := &s.Lines[i]; l.HasKey && strings.EqualFold(l.Key.Text, key) {
			return l
		}
	}
	return nil
}

// scanner splits text into entries. It follows the state machine that conformance tests on Windows confirm.
type scanner struct {
	f       *File
	text    string
	end     int // where reading stops
	hasNUL  bool
	lenient bool

	pos       int
	line      int // physical line at pos, from 1
	lineStart int // where the logical line at pos begins
	runs      []run
	err       *LoadError
	notes     []note
	noted     map[code]int

	sections []Section // an arena too
	fields   []Field   // the arena that entries' fields are cut from
	tok      token
	buf      []byte
}

// run is a stretch of entries that stand under one header.
type run struct{ section, from, to int }

// note is a finding made while scanning; its place is worked out only when it is reported.
type note struct {
	code       code
	start, end int
	arg        string
}

// maxNotes bounds the findings of one kind about one file: a damaged file would have thousands that say the same.
const maxNotes = 50

func (s *scanner) note(c code, start, end int, arg string) {
	if s.noted == nil {
		s.noted = map[code]int{}
	}
	if s.noted[c]++; s.noted[c] <= maxNotes {
		s.notes = append(s.notes, note{c, start, end, arg})
	}
}

// token gathers one key or field. Most are one stretch of the text; only quoting and continuation need the buffer.
type token struct {
	from, to int // the stretch, if have and not buffered
	have     bool
	buffered bool
	quoted   bool
	start    int // where the raw token begins
	rawEnd   int // where its last character ends
}

func (s *scanner) scan() {
	s.f.entries = make([]Line, 0, min(strings.Count(s.text[:s.end], "\n")+1, 1<<14))
	for s.pos < s.end {
		switch c := s.text[s.pos]; c {
		case '\n':
			s.pos++
			s.line++
			s.lineStart = s.pos
		case ' ', '\t', '\r', '\v', '\f', 0:
			s.pos++
		case ';':
			s.skipLine()
		case '[':
			s.header()
		default:
			s.entry()
		}
	}
	if n := len(s.runs); n > 0 {
		s.runs[n-1].to = len(s.f.entries)
	}
}

// skipLine goes to the start of the next line.
func (s *scanner) skipLine() {
	if i := strings.IndexByte(s.text[s.pos:s.end], '\n'); i >= 0 {
		s.pos += i + 1
		s.line++
	} else {
		s.pos = s.end
	}
	s.lineStart = s.pos
}

func (s *scanner) header() {
	open := s.pos
	lineStart := s.lineStart
	eol := s.end
	if i := strings.IndexByte(s.text[open:s.end], '\n'); i >= 0 {
		eol = open + i
	}
	var name string
	if i := strings.IndexByte(s.text[open+1:eol], ']'); i >= 0 {
		name = s.text[open+1 : open+1+i]
		s.checkHeader(open, open+1+i, eol, name)
	} else {
		name = strings.TrimRight(s.text[open+1:eol], blanks)
		if s.err == nil {
			s.err = &LoadError{Code: BadSectionNameLine, Line: s.line}
		}
		s.note(codeHeaderUnclosed, open, open+1+len(name), name)
	}
	if n := len(s.runs); n > 0 {
		s.runs[n-1].to = len(s.f.entries)
	} else {
		s.f.stray = len(s.f.entries)
	}
	sec := s.intern(name)
	line := s.line
	s.pos = open
	s.skipLine()
	s.f.Headers = append(s.f.Headers, Header{Name: name, Line: line, start: lineStart, end: s.pos})
	s.runs = append(s.runs, run{section: sec, from: len(s.f.entries)})
}

// checkHeader looks at a complete header: its length, and text behind it.
func (s *scanner) checkHeader(open, closing, eol int, name string) {
	if len(name) > maxSectionName && utf16Len(name) > maxSectionName {
		if s.err == nil {
			s.err = &LoadError{Code: SectionNameTooLong, Line: s.line}
		}
		s.note(codeHeaderTooLong, open+1, closing, "")
	}
	rest := s.text[closing+1 : eol]
	trimmed := strings.TrimLeft(rest, blanks)
	if trimmed != "" && trimmed[0] != ';' {
		at := eol - len(trimmed)
		s.note(codeHeaderJunk, at, at+len(strings.TrimRight(trimmed, blanks)), name)
	}
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// intern finds or makes the section of that name.
func (s *scanner) intern(name string) int {
	i, h := s.f.names.find(name)
	if i >= 0 {
		return i
	}
	if len(s.sections) == cap(s.sections) {
		s.sections = make([]Section, 0, max(32, 2*cap(s.sections)))
	}
	s.sections = append(s.sections, Section{Name: name, Line: s.line})
	sec := &s.sections[len(s.sections)-1]
	s.f.names.add(sec, h)
	s.f.Sections = append(s.f.Sections, sec)
	return len(s.f.Sections) - 1
}

// entry scans one logical line. s.pos is at its first character.
func (s *scanner) entry() {
	l := Line{First: int32(s.line), start: uint32(s.lineStart)}
	if cap(s.fields)-len(s.fields) < 16 {
		s.fields = make([]Field, 0, min(max(len(s.text)/24, 64), 1<<13))
	}
	first := len(s.fields)
	s.begin()
	inKey := true
	for {
		switch stop := s.token(inKey); stop {
		case '=':
			l.Key, l.HasKey = s.finish(), true
			inKey = false
			s.pos++
			s.skipBlanks()
			continue
		case ',':
			inKey = false
			first = s.push(first, s.finish())
			s.pos++
			s.skipBlanks()
			continue
		case ';':
			first = s.push(first, s.finish())
			if i := strings.IndexByte(s.text[s.pos:s.end], '\n'); i >= 0 {
				s.pos += i
			} else {
				s.pos = s.end
			}
		default:
			first = s.push(first, s.finish())
		}
		break
	}
	l.Fields = s.fields[first:len(s.fields):len(s.fields)]
	if inKey {
		l.Key, l.HasKey = l.Fields[0], true
	}
	l.Last = int32(s.line)
	if s.pos < s.end { // at the line feed
		s.pos++
		s.line++
	}
	s.lineStart = s.pos
	l.end = uint32(s.pos)
	s.f.entries = append(s.f.entries, l)
}

// push adds a field to the entry whose fields begin at first, and returns where they begin now: when the arena is full
// the entry moves to a new one, since its fields must lie together.
func (s *scanner) push(first int, fd Field) int {
	if len(s.fields) == cap(s.fields) {
		n := len(s.fields) - first
		fresh := make([]Field, n, max(cap(s.fields), 2*n+16))
		copy(fresh, s.fields[first:])
		s.fields, first = fresh, 0
	}
	s.fields = append(s.fields, fd)
	return first
}

// begin starts a token at s.pos.
func (s *scanner) begin() { s.tok = token{start: s.pos, rawEnd: s.pos} }

// skipBlanks skips what stands in front of a value, continuations included, and starts its token.
func (s *scanner) skipBlanks() {
	for s.pos < s.end && isBlank(s.text[s.pos]) {
		s.pos++
	}
	s.begin()
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == 0
}

// class tells which bytes end the fast loop in token.
var class = [256]bool{'\n': true, ' ': true, '\t': true, '\r': true, '\v': true, '\f': true, 0: true, ',': true, ';': true, '"': true, '\\': true, '=': true}

// token reads on until the character that ends the key or field and returns it; '\n' also stands for the end of the text.
func (s *scanner) token(inKey bool) byte {
	text, p := s.text[:s.end], s.pos // in registers: this loop sees every byte
	from := p                        // start of the stretch not yet taken
	solid := p                       // end of its last character that is no blank
	for p < len(text) {
		c := text[p]
		if !class[c] {
			p++
			solid = p
			continue
		}
		switch c {
		case '=':
			if !inKey {
				p++
				solid = p
				continue
			}
		case ',', ';', '\n':
		case '"':
			s.take(from, p)
			s.pos = p
			s.quotes()
			p = s.pos
			from, solid = p, p
			continue
		case '\\':
			s.take(from, solid)
			s.pos = p
			from = s.backslash(solid, inKey)
			p, solid = s.pos, from
			continue
		default: // a blank
			p++
			continue
		}
		s.take(from, solid)
		s.pos = p
		return c
	}
	s.take(from, solid)
	s.pos = p
	return '\n'
}

// take adds a stretch of the text to the token.
func (s *scanner) take(from, to int) {
	if from >= to {
		return
	}
	t := &s.tok
	t.rawEnd = to
	switch {
	case t.buffered:
		s.buf = append(s.buf, s.text[from:to]...)
	case !t.have:
		t.from, t.to, t.have = from, to, true
	case t.to == from:
		t.to = to
	default:
		s.buf = append(append(s.buf[:0], s.text[t.from:t.to]...), s.text[from:to]...)
		t.buffered = true
	}
}

// quotes reads a quoted part; s.pos is at the opening quote and ends behind the closing one, or at the line feed.
func (s *scanner) quotes() {
	text, open := s.text[:s.end], s.pos
	s.tok.quoted = true
	from := open + 1
	for p := from; p < len(text); p++ {
		switch text[p] {
		case '\n':
			s.pos = p
			s.unterminated(open, from)
			return
		case '"':
			if p+1 < len(text) && text[p+1] == '"' {
				p++
				s.take(from, p)
				from = p + 1
				continue
			}
			s.take(from, p)
			s.pos = p + 1
			s.tok.rawEnd = s.pos
			return
		}
	}
	s.pos = len(text)
	s.unterminated(open, from)
}

// unterminated ends a quoted part at the end of its line. The carriage return of the line end is not part of it.
func (s *scanner) unterminated(open, from int) {
	to := s.pos
	if to > from && to < s.end && s.text[to-1] == '\r' {
		to--
	}
	s.take(from, to)
	s.note(codeQuote, open, to, "")
}

// backslash reads a run that begins with "\": a continuation joins the next line, anything else is text. blankFrom is
// where the blanks in front of it begin. It returns where the stretch not yet taken begins.
func (s *scanner) backslash(blankFrom int, inKey bool) int {
	run := s.pos
	for {
		p := s.pos
		for p < s.end && (s.text[p] == '\\' || isBlank(s.text[p])) {
			p++
		}
		if p < s.end && s.text[p] == ';' {
			if i := strings.IndexByte(s.text[p:s.end], '\n'); i >= 0 {
				p += i
			} else {
				p = s.end
			}
		}
		if p < s.end && s.text[p] != '\n' {
			s.take(blankFrom, p)
			s.pos = p
			return p
		}
		if p >= s.end { // a run at the end of the text vanishes
			s.pos = s.end
			return s.end
		}
		p++
		s.line++
		joined := p
		for p < s.end && isBlank(s.text[p]) {
			p++
		}
		s.pos, blankFrom = p, p
		if p < s.end && s.text[p] == ';' {
			s.note(codeContinuationComment, p, s.lineEnd(p), "")
			if s.lenient {
				s.pos = s.lineEnd(p)
				blankFrom = s.pos
				continue
			}
		}
		if !inKey {
			s.checkJoin(run, joined, p)
		}
		if p >= s.end || s.text[p] != '\\' {
			return p
		}
	}
}

// lineEnd is the offset of the line feed that ends the line of p.
func (s *scanner) lineEnd(p int) int {
	if i := strings.IndexByte(s.text[p:s.end], '\n'); i >= 0 {
		return p + i
	}
	return s.end
}

// checkJoin reports a continuation that swallowed a line which was meant to stand for itself.
func (s *scanner) checkJoin(run, joined, p int) {
	if p >= s.end {
		return
	}
	line := s.text[joined:s.lineEnd(p)]
	if len(line) > 256 {
		line = line[:256]
	}
	text := strings.TrimLeft(line, blanks)
	switch {
	case strings.HasPrefix(text, "[") && strings.Contains(text, "]"):
	case looksLikeKey(text):
	default:
		return
	}
	s.note(codeContinuationJoin, run, run+1, strings.TrimRight(text, blanks))
}

// looksLikeKey reports whether a line begins like "Key = value".
func looksLikeKey(s string) bool {
	for i, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9' && i > 0, c == '_', c == '.' && i > 0, c == ' ' && i > 0, c == '\t' && i > 0:
		case c == '=':
			return i > 1
		default:
			return false
		}
	}
	return false
}

// finish ends the token and returns it as a field.
func (s *scanner) finish() Field {
	t := &s.tok
	fd := Field{start: uint32(t.start), stop: uint32(max(t.start, t.rawEnd))}
	if t.quoted {
		fd.stop |= quotedBit
	}
	switch {
	case t.buffered:
		fd.Text = string(s.buf)
	case t.have:
		fd.Text = s.text[t.from:t.to]
	}
	if s.hasNUL && strings.IndexByte(fd.Text, 0) >= 0 {
		fd.Text = strings.ReplaceAll(fd.Text, "\x00", " ")
	}
	if len(fd.Text) > maxField && utf8.RuneCountInString(fd.Text) > maxField {
		s.note(codeFieldTooLong, t.start, fd.end(), "")
	}
	return fd
}

// merge gives each section its lines: a stretch of the entries, or a copy where several headers share a name.
func (s *scanner) merge() {
	f := s.f
	count := make([]int, len(f.Sections))
	for i, r := range s.runs {
		count[r.section]++
		f.Headers[i].Section = f.Sections[r.section]
	}
	if len(s.runs) == 0 {
		f.stray = len(f.entries)
	}
	for i, r := range s.runs {
		sec := f.Sections[r.section]
		lines := f.entries[r.from:r.to:r.to]
		if count[r.section] == 1 {
			sec.Lines = lines
			continue
		}
		sec.Lines = append(sec.Lines, lines...)
		if h := f.Headers[i]; h.Line != sec.Line {
			s.note(codeSectionRepeated, h.start, h.end, h.Name)
		}
	}
}
