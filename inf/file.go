package inf

import (
	"fmt"
	"io"
	"iter"
	"strings"
)

// File is a parsed INF. It is read-only after Parse and safe for concurrent use.
type File struct {
	Name     string
	Encoding Encoding
	CodePage int        // Windows code page that ANSI text was read with; 0 for other encodings
	Err      *LoadError // why Windows would refuse to load the file; nil if it would load
	Sections []*Section // in the order of their first headers, equal names merged as Windows merges them
	Headers  []Header   // every header as it stands in the text

	src    []byte
	text   string
	bom    int
	stray  []Line // the entries before the first header
	end    int    // text offset where Windows stops reading: a Ctrl-Z, or the end
	names  nameTable
	starts lineStarts
	tables stringTables
}

// LoadError is the reason why Windows refuses a whole file (SetupOpenInfFile).
type LoadError struct {
	// Code is Windows' error without its prefix: BAD_SECTION_NAME_LINE, SECTION_NAME_TOO_LONG, EXPECTED_SECTION_NAME or
	// WRONG_INF_STYLE.
	Code string `json:"code"`
	// Line is the line Windows reports, from 1; 0 for WRONG_INF_STYLE.
	Line int `json:"line"`
}

// The codes of a LoadError.
const (
	BadSectionNameLine  = "BAD_SECTION_NAME_LINE"
	SectionNameTooLong  = "SECTION_NAME_TOO_LONG"
	ExpectedSectionName = "EXPECTED_SECTION_NAME"
	WrongINFStyle       = "WRONG_INF_STYLE"
)

func (e *LoadError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("inf: ERROR_%s in line %d", e.Code, e.Line)
	}
	return "inf: ERROR_" + e.Code
}

// Section is all that stands under one name, in the order of the text.
type Section struct {
	Name  string // as first spelled, without the brackets; never trimmed or substituted
	Lines []Line
	Line  int // of its first header, from 1
}

// Header is one section header.
type Header struct {
	Name       string
	Section    *Section
	Line       int    // from 1
	start, end uint32 // text offsets of its whole line
	lines      []Line // the entries under it
}

// Line is one logical line, an entry: "key = field, field". Entries whose single field has neither "=" nor a comma have
// that field as their key too, as Windows' look-up treats them.
type Line struct {
	Key         Field
	Fields      []Field // never empty
	First, Last int32   // physical lines, from 1
	end         uint32  // text offset behind its last physical line
	HasKey      bool
}

// Field is a key or a field of an entry, after quoting and continuation were resolved and before %strings% are
// substituted; see File.Expand.
type Field struct {
	Text  string
	start uint32 // text offsets, quotes included
	stop  uint32 // the end, and quotedBit
}

const quotedBit = 1 << 31

// Quoted reports whether some part of the field stood in quotes.
func (fd Field) Quoted() bool { return fd.stop&quotedBit != 0 }

func (fd Field) end() int { return int(fd.stop &^ quotedBit) }

// Section returns the section of that name, ignoring case, or nil.
func (f *File) Section(name string) *Section {
	if i, _ := f.names.find(name, f.sectionName); i >= 0 {
		return f.Sections[i]
	}
	return nil
}

func (f *File) sectionName(i int) string { return f.Sections[i].Name }

// Bytes returns the original bytes. They must not be changed.
func (f *File) Bytes() []byte { return f.src }

// WriteTo writes the syntax tree; the result is the original file, byte for byte.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	var n int64
	for node := range f.Nodes() {
		m, err := w.Write(f.src[node.Start:node.End])
		n += int64(m)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// NodeKind says what a node of the syntax tree is.
type NodeKind uint8

// The kinds of nodes. Together the nodes of a file cover each of its bytes exactly once, in order.
const (
	BOMNode     NodeKind = iota + 1 // the byte order mark
	TriviaNode                      // blank and comment lines
	HeaderNode                      // a section header with all that follows on its line
	EntryNode                       // an entry with its continued lines, comment and line end
	IgnoredNode                     // Ctrl-Z and all behind it
)

// Node is one node of the lossless syntax tree.
type Node struct {
	Kind       NodeKind
	Line       int     // first physical line, from 1
	Start, End int     // byte offsets in the original file
	Header     *Header // of a HeaderNode
	Entry      *Line   // of an EntryNode
}

// Nodes yields the syntax tree in the order of the text.
func (f *File) Nodes() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if f.bom > 0 && !yield(Node{Kind: BOMNode, Line: 1, End: f.bom}) {
			return
		}
		at := 0
		lines := f.stray
		for h := 0; ; {
			n := Node{}
			var start, end int
			switch {
			case len(lines) > 0:
				l := &lines[0]
				n.Kind, n.Entry, n.Line, start, end = EntryNode, l, int(l.First), f.lineStart(l), int(l.end)
				lines = lines[1:]
			case h < len(f.Headers):
				head := &f.Headers[h]
				n.Kind, n.Header, n.Line, start, end = HeaderNode, head, head.Line, int(head.start), int(head.end)
				lines = head.lines
				h++
			default:
				f.rest(at, yield)
				return
			}
			if at < start && !yield(f.node(TriviaNode, at, start)) {
				return
			}
			n.Start, n.End = f.srcOffset(start), f.srcOffset(end)
			if !yield(n) {
				return
			}
			at = end
		}
	}
}

// rest yields what stands behind the last header and entry.
func (f *File) rest(at int, yield func(Node) bool) {
	if at < f.end {
		if !yield(f.node(TriviaNode, at, f.end)) {
			return
		}
		at = f.end
	}
	if at < len(f.text) {
		n := f.node(IgnoredNode, at, len(f.text))
		n.End = len(f.src)
		yield(n)
	}
}

// lineStart is the text offset of an entry's first physical line.
func (f *File) lineStart(l *Line) int {
	start := l.Fields[0].start
	if l.HasKey {
		start = l.Key.start
	}
	return strings.LastIndexByte(f.text[:start], '\n') + 1
}

func (f *File) node(k NodeKind, start, end int) Node {
	return Node{Kind: k, Line: f.starts.line(f, start), Start: f.srcOffset(start), End: f.srcOffset(end)}
}

// Comment returns the text of the comment that ends an entry, without ";" and blanks, or "".
func (f *File) Comment(l *Line) string {
	rest := f.text[l.Fields[len(l.Fields)-1].end():l.end]
	if i := strings.IndexByte(rest, ';'); i >= 0 {
		return strings.Trim(rest[i+1:], blanks)
	}
	return ""
}
