package inf

import "strings"

// scanner splits text into entries. It follows the state machine that conformance tests on Windows confirm.
type scanner struct {
	f       *File
	text    string
	end     int // where reading stops
	hasNUL  bool
	lenient bool

	pos       int
	line      int // physical line at pos, from 1
	lineStart int // where that line begins
	repeated  bool
	err       *LoadError
	notes     []note
	noted     []noteCount

	// Arenas, so that a file is a few allocations whatever it holds.
	sections []Section
	entries  []Line
	fields   []Field
	first    int // index of the first entry under the last header

	tok token
	buf []byte
}

// note is a finding made while scanning; its place is worked out only when it is reported.
type note struct {
	code       code
	start, end int
	arg        string
}

type noteCount struct {
	code code
	n    int
}

// maxNotes bounds the findings of one kind about one file: a damaged file would have thousands that say the same.
const maxNotes = 50

func (s *scanner) note(c code, start, end int, arg string) {
	i := 0
	for i < len(s.noted) && s.noted[i].code != c {
		i++
	}
	if i == len(s.noted) {
		s.noted = append(s.noted, noteCount{code: c})
	}
	if s.noted[i].n++; s.noted[i].n <= maxNotes {
		s.notes = append(s.notes, note{c, start, end, arg})
	}
}

// room makes the arenas. Counting line feeds, commas and brackets takes next to no time, and says closely enough what a
// real file becomes: five lines in eight are entries, and there are few commas in comments.
func (s *scanner) room() {
	text := s.text[:s.end]
	lines := strings.Count(text, "\n") + 1
	headers := min(strings.Count(text, "["), lines)
	s.f.Headers = make([]Header, 0, headers)
	names := min(headers, sectionChunk)
	s.f.Sections = make([]*Section, 0, names)
	s.sections = make([]Section, 0, names)
	s.f.names.grow(names)
	entries := lines*5/8 + 1
	s.entries = make([]Line, 0, entries)
	s.fields = make([]Field, 0, min(entries+strings.Count(text, ","), len(text)/4+1))
}

// sectionChunk is how many sections are made at once: a file may repeat one header a million times.
const sectionChunk = 4096

// moreEntries makes room for the rest of the text. The entries under one header must lie together.
func (s *scanner) moreEntries() {
	under := s.entries[s.first:]
	s.entries = append(make([]Line, 0, len(under)+1+strings.Count(s.text[s.pos:s.end], "\n")), under...)
	s.first = 0
}

// moreFields makes room for the rest of the text behind p. The fields of one entry must lie together.
func (s *scanner) moreFields(entry []Field, p int) []Field {
	rest := s.text[p:s.end]
	return append(make([]Field, 0, len(entry)+2+strings.Count(rest, "\n")+strings.Count(rest, ",")), entry...)
}

func (s *scanner) scan() {
	s.room()
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
	s.closeHeader()
}

// closeHeader gives the header above s.pos its entries.
func (s *scanner) closeHeader() {
	lines := s.entries[s.first:len(s.entries):len(s.entries)]
	if n := len(s.f.Headers); n > 0 {
		s.f.Headers[n-1].lines = lines
	} else {
		s.f.stray = lines
	}
	s.first = len(s.entries)
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
	s.closeHeader()
	h := Header{Name: name, Section: s.intern(name), Line: s.line, start: uint32(s.lineStart)}
	s.pos = min(eol+1, s.end)
	s.line++
	s.lineStart = s.pos
	h.end = uint32(s.pos)
	s.f.Headers = append(s.f.Headers, h)
}

// checkHeader looks at a complete header: its length, and text behind it.
func (s *scanner) checkHeader(open, closing, eol int, name string) {
	if len(name) > maxSectionName && utf16Len(name) > maxSectionName {
		if s.err == nil {
			s.err = &LoadError{Code: SectionNameTooLong, Line: s.line}
		}
		s.note(codeHeaderTooLong, open+1, closing, "")
	}
	at := closing + 1
	for at < eol && isBlank(s.text[at]) {
		at++
	}
	if at < eol && s.text[at] != ';' {
		s.note(codeHeaderJunk, at, at+len(strings.TrimRight(s.text[at:eol], blanks)), name)
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
func (s *scanner) intern(name string) *Section {
	f := s.f
	i, h := f.names.find(name, f.sectionName)
	if i >= 0 {
		s.repeated = true
		return f.Sections[i]
	}
	if len(s.sections) == cap(s.sections) {
		s.sections = make([]Section, 0, sectionChunk)
	}
	s.sections = append(s.sections, Section{Name: name, Line: s.line})
	sec := &s.sections[len(s.sections)-1]
	f.Sections = append(f.Sections, sec)
	f.names.add(len(f.Sections)-1, h)
	return sec
}

// entry scans one logical line. s.pos is at its first character.
func (s *scanner) entry() {
	if len(s.entries) == cap(s.entries) {
		s.moreEntries()
	}
	s.entries = s.entries[:len(s.entries)+1]
	l := &s.entries[len(s.entries)-1]
	l.First = int32(s.line)
	text, fields := s.text[:s.end], s.fields
	first := len(fields)
	inKey := true
	for p := s.pos; ; {
		fd, next := plain(text, p, inKey)
		if next < 0 || len(fd.Text) > maxField {
			fd, next = s.gather(p, inKey)
		}
		var stop byte = '\n'
		if next < len(text) {
			stop = text[next]
		}
		if stop == '=' {
			l.Key, l.HasKey = fd, true
		} else {
			if len(fields) == cap(fields) {
				fields, first = s.moreFields(fields[first:], next), 0
			}
			fields = append(fields, fd)
		}
		if stop == '=' || stop == ',' {
			inKey = false
			for p = next + 1; p < len(text) && isBlank(text[p]); {
				p++
			}
			continue
		}
		if stop == ';' {
			next = s.lineEnd(next)
		}
		s.pos = next
		break
	}
	s.fields = fields
	l.Fields = fields[first:len(fields):len(fields)]
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
}

// merge gives each section its lines: a stretch of the entries, or a copy where several headers share a name.
func (s *scanner) merge() {
	f := s.f
	if !s.repeated {
		for i := range f.Headers {
			f.Headers[i].Section.Lines = f.Headers[i].lines
		}
		return
	}
	type share struct{ headers, lines int }
	shares := make(map[*Section]share)
	for i := range f.Headers {
		sh := shares[f.Headers[i].Section]
		shares[f.Headers[i].Section] = share{sh.headers + 1, sh.lines + len(f.Headers[i].lines)}
	}
	for i := range f.Headers {
		h := &f.Headers[i]
		sh := shares[h.Section]
		if sh.headers == 1 {
			h.Section.Lines = f.Headers[i].lines
			continue
		}
		if h.Line == h.Section.Line {
			h.Section.Lines = make([]Line, 0, sh.lines)
		} else {
			s.note(codeSectionRepeated, int(h.start), int(h.end), h.Name)
		}
		h.Section.Lines = append(h.Section.Lines, f.Headers[i].lines...)
	}
}
