package cli

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/drivercat/drivercat/inf"
)

// The JSON of parse is appended by hand: encoding/json takes three times as long as parsing itself.

// appendFile appends the JSON line of a parsed INF.
func appendFile(b []byte, f *inf.File, ds inf.Diagnostics, expand bool) []byte {
	b = append(b, `{"file":`...)
	b = appendString(b, f.Name)
	b = append(b, `,"encoding":`...)
	b = appendString(b, f.Encoding.String())
	if f.Err == nil {
		b = append(b, `,"error":null`...)
	} else {
		b = append(b, `,"error":{"code":`...)
		b = appendString(b, f.Err.Code)
		b = append(b, `,"line":`...)
		b = strconv.AppendInt(b, int64(f.Err.Line), 10)
		b = append(b, '}')
	}
	b = append(b, `,"sections":[`...)
	for i, s := range f.Sections {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendSection(b, f, s, expand)
	}
	b = append(b, `],"diagnostics":`...)
	if len(ds) == 0 {
		b = append(b, "[]"...)
	} else if text, err := json.Marshal(ds); err == nil { // cannot fail: only numbers and strings
		b = append(b, text...)
	}
	return append(b, "}\n"...)
}

func appendSection(b []byte, f *inf.File, s *inf.Section, expand bool) []byte {
	text := func(b []byte, fd inf.Field) []byte {
		if expand {
			return appendString(b, f.Expand(fd.Text))
		}
		return appendString(b, fd.Text)
	}
	b = append(b, `{"name":`...)
	b = appendString(b, s.Name)
	b = append(b, `,"lines":[`...)
	for i := range s.Lines {
		l := &s.Lines[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"key":`...)
		if l.HasKey {
			b = text(b, l.Key)
		} else {
			b = append(b, "null"...)
		}
		b = append(b, `,"fields":[`...)
		for j, fd := range l.Fields {
			if j > 0 {
				b = append(b, ',')
			}
			b = text(b, fd)
		}
		b = append(b, `],"line":`...)
		b = strconv.AppendInt(b, int64(l.First), 10)
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

// appendUnreadable appends the JSON line of a file that could not be read.
func appendUnreadable(b []byte, path, why string) []byte {
	b = append(b, `{"file":`...)
	b = appendString(b, path)
	b = append(b, `,"encoding":null,"error":{"code":"UNREADABLE","line":0,"message":`...)
	b = appendString(b, why)
	return append(b, `},"sections":[],"diagnostics":[]}`+"\n"...)
}

// appendString appends s as a JSON string. Bytes that are no UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(b, s[from:i]...)
				b = append(b, "\uFFFD"...)
				from = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		i++
		from = i
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
