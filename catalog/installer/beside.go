package installer

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"gopkg.in/ini.v1"
)

// beside reads the files beside a setup program, ignoring the case of names.
type beside struct {
	folder Folder
	names  []string // sorted, read once
	used   map[string]bool
	opened int
}

func newBeside(f Folder) *beside { return &beside{folder: f, used: map[string]bool{}} }

func (b *beside) all() []string {
	if b.names == nil && b.folder != nil {
		b.names = slices.Clone(b.folder.Names())
		slices.Sort(b.names)
	}
	return b.names
}

// named returns the name as it stands in the folder, "" if it has no such file.
func (b *beside) named(name string) string {
	for _, n := range b.all() {
		if strings.EqualFold(n, name) {
			return n
		}
	}
	return ""
}

// with returns the names with this extension (lower case, with its period).
func (b *beside) with(extension string) (out []string) {
	for _, n := range b.all() {
		if strings.HasSuffix(strings.ToLower(n), extension) {
			out = append(out, n)
		}
	}
	return out
}

// read returns a file's bytes, nil if it cannot be read or is too large.
func (b *beside) read(name string) []byte {
	if name == "" || b.opened >= maxFiles {
		return nil
	}
	b.opened++
	f, err := b.folder.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(data) > maxFile {
		return nil
	}
	return data
}

// use records that the answer rests on a file, be it only that it is there.
func (b *beside) use(name string) { b.used[name] = true }

func (b *beside) list() []string {
	var out []string
	for n := range b.used {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// ini reads the named sections (in lower case) of one of the true INI files that setup programs keep, nil if there is no
// such file or it is too odd to be read.
func (b *beside) ini(name string, sections ...string) *ini.File {
	data := b.read(b.named(name))
	if data == nil {
		return nil
	}
	return parseINI(data, sections...)
}

// maxLines is how many lines of an INI file are parsed: the library's time grows with their square.
const maxLines = 1000

// parseINI reads an INI file tolerantly. Names of sections and keys are in lower case, a value goes to the end of its line
// or to a comment behind a space. Only the named sections are read; of a response file also the key BootOption, which
// stands in the section of its last dialog, as if it stood in a section "finish".
func parseINI(data []byte, sections ...string) *ini.File {
	var kept strings.Builder
	wanted, finished, lines := false, false, 0
	for line := range strings.Lines(text(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			header, _, _ := strings.Cut(line[1:], "]")
			header = strings.ToLower(strings.TrimSpace(header))
			if wanted = slices.Contains(sections, header); wanted {
				line = "[" + header + "]"
			}
		} else if boot := strings.HasPrefix(strings.ToLower(line), "bootoption"); boot && !wanted && !finished && slices.Contains(sections, "finish") {
			kept.WriteString("[finish]\n" + line + "\n")
			finished = true
			continue
		}
		if !wanted || line == "" {
			continue
		}
		if lines++; lines > maxLines {
			break
		}
		kept.WriteString(line + "\n")
	}
	f, err := ini.LoadSources(ini.LoadOptions{
		Insensitive: true, SkipUnrecognizableLines: true, AllowBooleanKeys: true, IgnoreContinuation: true,
		KeyValueDelimiters: "=", SpaceBeforeInlineComment: true, PreserveSurroundedQuote: true,
	}, []byte(kept.String()))
	if err != nil {
		return nil
	}
	return f
}

// text decodes what Windows tools write: UTF-16 and UTF-8 with a byte order mark, UTF-8 without one if it is valid, else
// Windows-1252: what matters here is ASCII but for names, which are for people.
func text(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}):
		return utf16Text(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		return utf16Text(data[2:], binary.BigEndian)
	}
	data = bytes.TrimPrefix(data, []byte{0xEF, 0xBB, 0xBF})
	if utf8.Valid(data) {
		return string(data)
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return string(s)
}

func utf16Text(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

// maxText is the longest text taken from a vendor's file, in characters.
const maxText = 400

// oneLine makes a vendor's text fit to be stored and shown: one line, no control characters, of bounded length.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText]) + "…"
	}
	return s
}
