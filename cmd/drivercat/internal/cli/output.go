package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

// output is stdout: buffered, and it remembers its first error, so that callers may write without checking each line
// and long loops can stop early by asking failed. Not safe for concurrent use.
type output struct {
	w     *bufio.Writer
	under *remember
	used  bool // something was printed
}

type remember struct {
	w   io.Writer
	err error
}

func (r *remember) Write(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.w.Write(p)
	if err != nil {
		r.err = fmt.Errorf("write the output: %w", err)
		if closedPipe(err) {
			r.err = errOutputClosed
		}
	}
	return n, r.err
}

// closedPipe recognises that the reader went away. On Windows that is ERROR_NO_DATA (232) or ERROR_BROKEN_PIPE (109),
// which the syscall package names on Windows only.
func closedPipe(err error) bool {
	var no syscall.Errno
	if errors.Is(err, io.ErrClosedPipe) {
		return true
	}
	if !errors.As(err, &no) {
		return false
	}
	return no == syscall.EPIPE || windows && (no == 232 || no == 109)
}

func newOutput(w io.Writer) *output {
	under := &remember{w: w}
	return &output{w: bufio.NewWriterSize(under, 64<<10), under: under}
}

func (o *output) Write(p []byte) (int, error) { return o.w.Write(p) }

func (o *output) printf(format string, args ...any) {
	o.used = true
	fmt.Fprintf(o.w, format, args...)
}

func (o *output) flush() error {
	if err := o.w.Flush(); err != nil {
		return err
	}
	return o.under.err
}

// failed tells whether writing any more is pointless.
func (o *output) failed() bool { return o.under.err != nil }

// json writes one indented JSON document.
func (o *output) json(v any) error {
	e := json.NewEncoder(o.w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// plain makes text from vendors' files and folders safe for a terminal: no control character gets through.
func plain(s string) string {
	clean := true
	for _, r := range s {
		if unsafeRune(r) {
			clean = false
			break
		}
	}
	if clean && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\t':
			b.WriteByte(' ')
		case unsafeRune(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unsafeRune finds control characters and those that reorder the text around them.
func unsafeRune(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// size gives bytes as Windows people read them, in powers of 1024: "512 B", "1.5 KiB", "37 MiB".
func size(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	units := []string{"KiB", "MiB", "GiB", "TiB"}
	v, u := float64(n)/1024, 0
	for v >= 1023.95 && u < len(units)-1 {
		v, u = v/1024, u+1
	}
	if v < 99.95 {
		return strconv.FormatFloat(v, 'f', 1, 64) + " " + units[u]
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " " + units[u]
}

// count gives a number with its noun: "1 file", "33,616 files".
func count[T int | int64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// number groups digits by thousands.
func number[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	start := 0
	if s[0] == '-' {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// duration rounds to what a person wants to know.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
