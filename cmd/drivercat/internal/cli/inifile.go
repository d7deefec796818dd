package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"gopkg.in/ini.v1"
)

// iniFile is what a drivercat.ini says.
type iniFile struct {
	values   map[string]iniValue
	problems []iniProblem
}

type iniValue struct {
	text string
	line int
}

// iniProblem is something in the file that has no effect.
type iniProblem struct{ text, advice string }

// readINI reads a configuration file. Windows paths are taken as they stand: no escapes, no continued lines, no comments
// behind a value. Editors on Windows may write a byte order mark or UTF-16; both are understood.
func readINI(file string) (iniFile, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return iniFile{}, err
	}
	text, _, err := transform.Bytes(unicode.BOMOverride(unicode.UTF8.NewDecoder()), raw)
	if err != nil {
		return iniFile{}, err
	}
	opts := ini.LoadOptions{IgnoreContinuation: true, IgnoreInlineComment: true, SkipUnrecognizableLines: false, Insensitive: true}
	doc, err := ini.LoadSources(opts, text)
	if err != nil {
		var delimiter ini.ErrDelimiterNotFound
		if errors.As(err, &delimiter) {
			bad := strings.TrimSpace(delimiter.Line)
			at := lineOf(text, func(l string) bool { return l == bad })
			return iniFile{}, fmt.Errorf("line %d: \"%s\" is neither \"key = value\" nor a comment", at, bad)
		}
		return iniFile{}, err
	}
	f := iniFile{values: map[string]iniValue{}}
	for _, section := range doc.Sections() {
		top := strings.EqualFold(section.Name(), ini.DefaultSection)
		if !top {
			at := lineOf(text, func(l string) bool { return strings.EqualFold(l, "["+section.Name()+"]") })
			f.problems = append(f.problems, iniProblem{
				text:   fmt.Sprintf("%s:%d: section [%s] has no meaning and is not read", file, at, section.Name()),
				advice: "settings stand at the top, without a section",
			})
			continue
		}
		for _, key := range section.Keys() {
			at := lineOf(text, func(l string) bool { return keyOf(l) == key.Name() })
			if !known(key.Name()) {
				f.problems = append(f.problems, iniProblem{
					text:   fmt.Sprintf("%s:%d: unknown setting %q is not read", file, at, key.Name()),
					advice: "the settings are " + strings.Join(settingNames(), ", "),
				})
				continue
			}
			f.values[key.Name()] = iniValue{text: key.Value(), line: at}
		}
	}
	return f, nil
}

func known(key string) bool {
	for _, k := range settingNames() {
		if k == key {
			return true
		}
	}
	return false
}

// keyOf is the key of a line, lower case, "" for lines without one.
func keyOf(line string) string {
	i := strings.IndexAny(line, "=:")
	if i < 0 || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(line[:i]))
}

// lineOf finds the last line, from 1, that fits: the library does not tell where it found a key, and the last one counts.
func lineOf(text []byte, fits func(string) bool) int {
	at, n := 0, 0
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		n++
		if fits(strings.TrimSpace(string(line))) {
			at = n
		}
	}
	return at
}
