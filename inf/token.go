package inf

import (
	"strings"
	"unicode/utf8"
)

// token gathers one key or field. Most are one stretch of the text; only quoting and continuation need the buffer.
type token struct {
	from, to int // the stretch, if have and not buffered
	have     bool
	buffered bool
	quoted   bool
	start    int // where the raw token begins
	rawEnd   int // where its last character ends
}

// gather reads the key or field at p whatever it is made of, and returns it with the place of the character that ends it.
func (s *scanner) gather(p int, inKey bool) (fd Field, next int) {
	s.pos = p
	s.tok = token{start: p, rawEnd: p}
	s.token(inKey)
	return s.finish(), s.pos
}

func isBlank(c byte) bool { return class[c] == blankClass || class[c] == nulClass }

// The classes of bytes: what each may end. Those from lineFeedClass on may end a quoted part.
const (
	textClass = iota
	blankClass
	stopClass // "," and ";"
	equalsClass
	backslashClass
	lineFeedClass
	quoteClass
	nulClass
)

var class = [256]uint8{
	' ': blankClass, '\t': blankClass, '\r': blankClass, '\v': blankClass, '\f': blankClass,
	',': stopClass, ';': stopClass, '=': equalsClass, '\\': backslashClass, '\n': lineFeedClass, '"': quoteClass, 0: nulClass,
}

// plain reads the key or field at p if it is one stretch of the text, as nearly all are, and returns it with the place of
// the character that ends it; next is -1 if it is not.
func plain(text string, p int, inKey bool) (fd Field, next int) {
	if p < len(text) && text[p] == '"' {
		return plainQuoted(text, p, inKey)
	}
	from, solid := p, p // solid is the end of the last character that is no blank
	for p < len(text) {
		c := class[text[p]]
		if c == textClass {
			p++
			solid = p
			continue
		}
		switch c {
		case blankClass:
			p++
			continue
		case equalsClass:
			if !inKey {
				p++
				solid = p
				continue
			}
		case backslashClass:
			for p < len(text) && text[p] == '\\' {
				p++
			}
			if p < len(text) && class[text[p]] == textClass { // else it may continue the line
				p++
				solid = p
				continue
			}
			return Field{}, -1
		case quoteClass, nulClass:
			return Field{}, -1
		}
		break
	}
	return Field{Text: text[from:solid], start: uint32(from), stop: uint32(solid)}, p
}

// plainQuoted is plain for what begins with a quote.
func plainQuoted(text string, open int, inKey bool) (fd Field, next int) {
	p := open + 1
	for p < len(text) && class[text[p]] < lineFeedClass {
		p++
	}
	if p >= len(text) || text[p] != '"' {
		return Field{}, -1
	}
	fd = Field{Text: text[open+1 : p], start: uint32(open), stop: uint32(p+1) | quotedBit}
	for p++; p < len(text); p++ {
		switch class[text[p]] {
		case blankClass:
			continue
		case stopClass, lineFeedClass:
			return fd, p
		case equalsClass:
			if inKey {
				return fd, p
			}
		}
		return Field{}, -1
	}
	return fd, p
}

// token reads on until the character that ends the key or field, or the end of the text.
func (s *scanner) token(inKey bool) {
	text, p := s.text[:s.end], s.pos // in registers: this loop sees every byte
	from := p                        // start of the stretch not yet taken
	solid := p                       // end of its last character that is no blank
	for p < len(text) {
		switch class[text[p]] {
		case textClass:
			p++
			solid = p
			continue
		case blankClass, nulClass:
			p++
			continue
		case equalsClass:
			if !inKey {
				p++
				solid = p
				continue
			}
		case quoteClass:
			s.take(from, p)
			s.pos = p
			s.quotes()
			p = s.pos
			from, solid = p, p
			continue
		case backslashClass:
			s.take(from, solid)
			s.pos = p
			from = s.backslash(solid, inKey)
			p, solid = s.pos, from
			continue
		}
		break
	}
	s.take(from, solid)
	s.pos = p
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
