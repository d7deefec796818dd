package inf

import (
	"strconv"
	"strings"
	"sync"
)

// stringTables holds the string tables that were asked for. They are made at first use.
type stringTables struct {
	mu   sync.Mutex
	made []stringTable
}

type stringTable struct {
	section *Section
	values  *foldMap[string]
}

// Strings returns the [Strings] section for a language: the exact LANGID, else the neutral sublanguage of its primary
// language, else any section of that primary language, else [Strings]. LANGID 0 means [Strings] itself and, in a file
// that has none, the English or else the first localised section. It returns nil if the file has no strings.
func (f *File) Strings(langid int) *Section {
	if langid != 0 {
		if s := f.Section("Strings." + hex4(langid)); s != nil {
			return s
		}
		if s := f.Section("Strings." + hex4(langid&0x3ff)); s != nil {
			return s
		}
		for _, s := range f.Sections {
			if l, ok := stringsLanguage(s.Name); ok && l&0x3ff == langid&0x3ff {
				return s
			}
		}
	}
	if s := f.Section("Strings"); s != nil || langid != 0 {
		return s
	}
	if s := f.Section("Strings.0409"); s != nil {
		return s
	}
	for _, s := range f.Sections {
		if _, ok := stringsLanguage(s.Name); ok {
			return s
		}
	}
	return nil
}

func hex4(n int) string {
	s := strconv.FormatInt(int64(n), 16)
	return "0000"[:max(4-len(s), 0)] + s
}

// stringsLanguage returns the LANGID of a section named Strings.xxxx.
func stringsLanguage(name string) (int, bool) {
	const prefix = "strings."
	if len(name) != len(prefix)+4 || !strings.EqualFold(name[:len(prefix)], prefix) {
		return 0, false
	}
	return parseLangID(name[len(prefix):])
}

// table returns the strings of a section. Of repeated keys the first counts.
func (f *File) table(sec *Section) *foldMap[string] {
	if sec == nil {
		return nil
	}
	f.tables.mu.Lock()
	defer f.tables.mu.Unlock()
	for _, t := range f.tables.made {
		if t.section == sec {
			return t.values
		}
	}
	t := newFoldMap[string](len(sec.Lines))
	for i := range sec.Lines {
		if l := &sec.Lines[i]; l.HasKey {
			t.add(l.Key.Text, l.Fields[0].Text)
		}
	}
	f.tables.made = append(f.tables.made, stringTable{sec, t})
	return t
}

// Expand substitutes the %strings% of a key or field with the values of [Strings], and directory identifiers such as
// %12% with the folders of a usual Windows. Unknown names stay as they are, percent signs included; "%%" becomes "%".
// Values are not expanded again. A field that grows beyond what Windows keeps (4096 characters) may be cut.
func (f *File) Expand(text string) string {
	if strings.IndexByte(text, '%') < 0 {
		return text
	}
	return f.expander(0).expand(text, nil)
}

// ExpandFor is Expand with the strings of a language (LANGID such as 0x0407).
func (f *File) ExpandFor(langid int, text string) string {
	if strings.IndexByte(text, '%') < 0 {
		return text
	}
	return f.expander(langid).expand(text, nil)
}

// expander substitutes strings; it is made once for many fields.
type expander struct {
	strings  *foldMap[string]
	fallback *foldMap[string] // [Strings] behind a localised section, for fields that carry structure
}

func (f *File) expander(langid int) expander {
	e := expander{strings: f.table(f.Strings(langid))}
	if langid != 0 {
		e.fallback = f.table(f.Section("Strings"))
	}
	return e
}

// expand substitutes text; missing, if not nil, is called with each name that has no value.
func (e expander) expand(text string, missing func(name string)) string {
	open := strings.IndexByte(text, '%')
	if open < 0 {
		return text
	}
	if open == 0 && strings.IndexByte(text[1:], '%') == len(text)-2 && len(text) > 2 { // the usual case: nothing but one name
		if v, ok := e.lookup(text[1 : len(text)-1]); ok {
			return v
		}
	}
	var b strings.Builder
	most := max(maxExpanded, len(text))
	for b.Len() <= most {
		open := strings.IndexByte(text, '%')
		if open < 0 {
			break
		}
		closing := strings.IndexByte(text[open+1:], '%')
		if closing < 0 {
			break
		}
		b.WriteString(text[:open])
		name := text[open+1 : open+1+closing]
		rest := text[open+closing+2:]
		switch v, ok := e.lookup(name); {
		case name == "":
			b.WriteByte('%')
		case ok:
			b.WriteString(v)
		default:
			if dir, ok := directory(name); ok {
				if strings.HasSuffix(dir, `\`) && strings.HasPrefix(rest, `\`) {
					dir = dir[:len(dir)-1]
				}
				b.WriteString(dir)
				break
			}
			b.WriteString(text[open : open+closing+2])
			if missing != nil {
				missing(name)
			}
		}
		text = rest
	}
	if b.Len() > most { // Windows cuts far earlier; a file of a few kilobytes could ask for gigabytes
		return strings.ToValidUTF8(b.String()[:most], "")
	}
	b.WriteString(text)
	return b.String()
}

// maxExpanded bounds the bytes of a field after substitution, unless it was longer before. Windows keeps 4096 characters,
// which are at most this many bytes.
const maxExpanded = 4 * maxField

func (e expander) lookup(name string) (string, bool) {
	if v, ok := e.strings.get(name); ok {
		return v, true
	}
	v, ok := e.fallback.get(name)
	return v, ok
}
