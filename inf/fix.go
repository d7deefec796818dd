package inf

import "strings"

// The fixes below are offered only where the change is certain to remove the finding, without making another one.

// insertAt is an edit that adds text at a text offset.
func (f *File) insertAt(off int, text string) Edit {
	return Edit{Range: f.rangeOf(off, off), New: text}
}

// replaceField is an edit that writes another value, in quotes if the value had some.
func (f *File) replaceField(fd Field, value string) Edit {
	if fd.Quoted() {
		value = `"` + value + `"`
	}
	return Edit{Range: f.FieldRange(fd), New: value}
}

// plain reports whether a field stands in the text as it is read: nothing was joined or substituted.
func (f *File) plain(fd Field) bool {
	text := f.text[fd.start:fd.end()]
	if fd.Quoted() {
		text = strings.TrimSuffix(strings.TrimPrefix(text, `"`), `"`)
	}
	return text == fd.Text && !strings.Contains(text, "%")
}

// removeLine is an edit that takes out all physical lines of an entry.
func (f *File) removeLine(l *Line) Edit { return Edit{Range: f.rangeOf(f.lineStart(l), int(l.end))} }

// addEntry is a fix that writes an entry as the first of a section; nil if the section's header has no line end.
func (f *File) addEntry(section, entry string) *Fix {
	sec := f.Section(section)
	for _, h := range f.Headers {
		if h.Section != sec {
			continue
		}
		line := f.text[h.start:h.end]
		if !strings.HasSuffix(line, "\n") {
			return nil
		}
		end := "\n"
		if strings.HasSuffix(line, "\r\n") {
			end = "\r\n"
		}
		return &Fix{Text: "add " + entry, Edits: []Edit{f.insertAt(int(h.end), entry+end)}}
	}
	return nil
}

// textFix is the fix of what the scanner noted.
func (f *File) textFix(n note) *Fix {
	switch n.code {
	case codeHeaderUnclosed:
		if name := n.arg; name != "" && len(name) <= maxSectionName && !strings.ContainsAny(name, " \t;[=,\"") {
			return &Fix{Text: `close the header with "]"`, Edits: []Edit{f.insertAt(n.end, "]")}}
		}
	case codeHeaderJunk:
		return &Fix{Text: "make the text a comment", Edits: []Edit{f.insertAt(n.start, "; ")}}
	}
	return nil
}
