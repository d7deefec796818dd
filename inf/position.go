package inf

import (
	"bytes"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// lineStarts finds lines by offset. Only diagnostics and the syntax tree need it, so it is made at first use. A line
// feed ends a line in the bytes exactly where it does in the text, whatever the encoding.
type lineStarts struct {
	once sync.Once
	text []int // text offset of each line's first character
	src  []int // byte offset of the same
}

func (ls *lineStarts) build(f *File) {
	ls.once.Do(func() {
		n := strings.Count(f.text, "\n") + 1
		ls.text = make([]int, 1, n)
		for i := 0; ; {
			j := strings.IndexByte(f.text[i:], '\n')
			if j < 0 {
				break
			}
			i += j + 1
			ls.text = append(ls.text, i)
		}
		ls.src = make([]int, 1, n)
		ls.src[0] = f.bom
		switch f.Encoding {
		case UTF16LE, UTF16BE:
			lf := [2]byte{'\n', 0}
			if f.Encoding == UTF16BE {
				lf = [2]byte{0, '\n'}
			}
			for i := f.bom; i+1 < len(f.src); i += 2 {
				if f.src[i] == lf[0] && f.src[i+1] == lf[1] {
					ls.src = append(ls.src, i+2)
				}
			}
		default:
			for i := f.bom; ; {
				j := bytes.IndexByte(f.src[i:], '\n')
				if j < 0 {
					break
				}
				i += j + 1
				ls.src = append(ls.src, i)
			}
		}
	})
}

// line returns the number of the line, from 1, that holds a text offset.
func (ls *lineStarts) line(f *File, off int) int {
	ls.build(f)
	return sort.SearchInts(ls.text, off+1)
}

// srcOffset finds the byte in the original file that a text offset stands for.
func (f *File) srcOffset(off int) int {
	if f.Encoding == ASCII {
		return off
	}
	if off >= len(f.text) {
		return len(f.src)
	}
	line := f.starts.line(f, off) - 1
	if line >= len(f.starts.src) {
		return len(f.src)
	}
	from := f.starts.src[line]
	before := f.text[f.starts.text[line]:off]
	switch f.Encoding {
	case UTF8:
		return min(from+utf8Bytes(f.src[from:], before), len(f.src))
	case UTF16LE, UTF16BE:
		n := 0
		for _, r := range before {
			n += 2
			if r > 0xffff {
				n += 2
			}
		}
		return min(from+n, len(f.src))
	}
	if n := codePage(f.CodePage); n != nil && f.CodePage < 1000 && f.CodePage != 874 {
		return from + multiByteOffset(f.src[from:], f.CodePage, len(before))
	}
	return min(from+utf8.RuneCountInString(before), len(f.src))
}

// utf8Bytes counts the bytes of src that were decoded to text: a byte that is no UTF-8 became one U+FFFD of three bytes.
func utf8Bytes(src []byte, text string) int {
	n := 0
	for range text {
		_, size := utf8.DecodeRune(src[n:])
		n += size
	}
	return n
}

// pos describes a text offset for people.
func (f *File) pos(off int) Pos {
	off = min(off, len(f.text))
	line := f.starts.line(f, off)
	start := f.starts.text[line-1]
	return Pos{Line: line, Column: utf8.RuneCountInString(f.text[start:off]) + 1, Offset: f.srcOffset(off)}
}

// rangeOf describes a stretch of text; an end before the start means an empty range.
func (f *File) rangeOf(start, end int) Range {
	return Range{Start: f.pos(start), End: f.pos(max(start, end))}
}

// FieldRange is where a field stands in the original file.
func (f *File) FieldRange(fd Field) Range { return f.rangeOf(int(fd.start), fd.end()) }

// LineRange is where an entry stands, from its key or first field to the end of its last field.
func (f *File) LineRange(l *Line) Range {
	start := int(l.Fields[0].start)
	if l.HasKey {
		start = int(l.Key.start)
	}
	return f.rangeOf(start, l.Fields[len(l.Fields)-1].end())
}

// SourceLine returns the decoded text of a physical line, from 1, without its line end; "" if there is no such line.
func (f *File) SourceLine(line int) string {
	f.starts.build(f)
	if line < 1 || line > len(f.starts.text) {
		return ""
	}
	start, end := f.starts.text[line-1], len(f.text)
	if line < len(f.starts.text) {
		end = f.starts.text[line] - 1
	}
	return strings.TrimSuffix(f.text[start:end], "\r")
}
