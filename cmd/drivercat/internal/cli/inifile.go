package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"gopkg.in/ini.v1"
)

// iniFile is what a drivercat.ini says.
type iniFile struct {
	values   map[string]iniValue
	servers  map[string]map[string]iniValue // the [server NAME] sections by name, lower case
	problems []iniProblem
}

type iniValue struct {
	text string
	line int
}

// iniProblem is something in the file that has no effect, or that must not be there.
type iniProblem struct {
	text, advice string
	refused      bool
}

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
			if word, _, _ := strings.Cut(strings.ToLower(bad), " "); isPassword(word) {
				bad = word + " ..."
			}
			return iniFile{}, fmt.Errorf("line %d: \"%s\" is neither \"key = value\" nor a comment", at, bad)
		}
		return iniFile{}, err
	}
	f := iniFile{values: map[string]iniValue{}, servers: map[string]map[string]iniValue{}}
	for _, section := range doc.Sections() {
		name, ok := serverOf(section.Name())
		switch {
		case strings.EqualFold(section.Name(), ini.DefaultSection):
			f.read(file, text, section, settingNames(), f.values)
		case ok:
			f.servers[name] = map[string]iniValue{}
			f.read(file, text, section, serverKeys(), f.servers[name])
		default:
			f.problems = append(f.problems, iniProblem{
				text:   fmt.Sprintf("%s:%d: section [%s] has no meaning and is not read", file, sectionLine(text, section.Name()), section.Name()),
				advice: "settings stand at the top, without a section; those of a server below [server NAME]",
			})
		}
	}
	return f, nil
}

// serverOf is NAME, lower case, of a section [server NAME].
func serverOf(section string) (string, bool) {
	word, name, ok := strings.Cut(strings.ToLower(section), " ")
	name = strings.TrimSpace(name)
	return name, ok && word == "server" && name != ""
}

// read takes the settings of a section.
func (f *iniFile) read(file string, text []byte, section *ini.Section, names []string, into map[string]iniValue) {
	for _, key := range section.Keys() {
		at := keyLine(text, section.Name(), key.Name())
		if !slices.Contains(names, key.Name()) {
			p := iniProblem{
				text:   fmt.Sprintf("%s:%d: unknown setting %q is not read", file, at, key.Name()),
				advice: "the settings are " + strings.Join(names, ", "),
			}
			if isPassword(key.Name()) {
				p.text, p.advice = fmt.Sprintf("%s:%d: a password does not belong here", file, at), adviceNoPassword
				p.refused = true
			}
			f.problems = append(f.problems, p)
			continue
		}
		into[key.Name()] = iniValue{text: key.Value(), line: at}
	}
}

func isPassword(key string) bool { return key == "password" || key == "pass" || key == "passwd" }

// adviceNoPassword is for whoever writes a password where others may see it.
const adviceNoPassword = "others may read it there: write it to a file with \"username = NAME\" and \"password = TEXT\" that only you may read, and name that with \"credentials = FILE\" below [server NAME]; drivercat also takes DRIVERCAT_SMB_PASSWORD, Kerberos tickets, or asks on a terminal"

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

// sectionLine is the line of a section's head.
func sectionLine(text []byte, section string) int {
	return lineOf(text, func(l string) bool { return isHead(l, section) })
}

// isHead reports whether a line begins a section; any section, if it has no name.
func isHead(line, section string) bool {
	rest, opened := strings.CutPrefix(line, "[")
	name, _, closed := strings.Cut(rest, "]")
	if !opened || !closed {
		return false
	}
	return section == "" || strings.EqualFold(strings.TrimSpace(name), section)
}

// keyLine is the line of a key in a section.
func keyLine(text []byte, section, key string) int {
	in := strings.EqualFold(section, ini.DefaultSection)
	return lineOf(text, func(l string) bool {
		if isHead(l, "") {
			in = isHead(l, section)
		}
		return in && keyOf(l) == key
	})
}
