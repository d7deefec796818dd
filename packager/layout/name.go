package layout

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// NameError says which part of a path cannot be used, why, and what would do. It is the user's mistake, not ours.
type NameError struct {
	What    string // "model", "platform folder", "source folder", "path"
	Name    string // as given
	Problem string // what is wrong with it
	Advice  string // what to do about it
	Max     int    // how long it may be in UTF-16 units, 0 if length is not the problem
}

func (e *NameError) Error() string {
	s := fmt.Sprintf("%s \"%s\" %s", e.What, e.Name, e.Problem)
	if e.Advice != "" {
		s += ": " + e.Advice
	}
	return s
}

// CheckModel checks a model's name, which is also its folder, and returns it normalised: Unicode dashes (U+2010..U+2015)
// become "-" and no-break spaces become spaces, so that a name copied from a web page is the same model as the one that
// was typed. Nothing else is changed. The error is a *NameError.
func CheckModel(name string) (string, error) { return checkName("model", name) }

// CheckFolder checks the name of a source's folder as CheckModel checks a model's.
func CheckFolder(name string) (string, error) { return checkName("source folder", name) }

// Normalise replaces the look-alike dashes and spaces of a model's name and checks nothing.
func Normalise(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x2010 && r <= 0x2015:
			return '-'
		case r == 0x00A0:
			return ' '
		}
		return r
	}, name)
}

// PathLen counts what Windows counts: UTF-16 units.
func PathLen(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

const forbidden = `<>:"/\|?*`

func checkName(what, name string) (string, error) {
	fail := func(problem, advice string) (string, error) {
		return "", &NameError{What: what, Name: name, Problem: problem, Advice: advice}
	}
	if !utf8.ValidString(name) {
		return fail("is not valid UTF-8", "type the name again")
	}
	n := Normalise(name)
	switch {
	case n == "":
		return fail("is empty", "give it a name such as R61-8935CTO")
	case n == "." || n == "..":
		return fail("stands for a folder's place, not for a name", "give it a name such as R61-8935CTO")
	case strings.HasPrefix(strings.ToLower(n), OwnPrefix):
		return fail("starts with "+OwnPrefix, "drivercat keeps its own files under such names: choose another")
	}
	for i, r := range n {
		switch {
		case strings.ContainsRune(forbidden, r):
			return fail(fmt.Sprintf("contains '%c' at character %d", r, utf8.RuneCountInString(n[:i])+1), "Windows allows none of "+forbidden+" in a folder name")
		case unicode.IsControl(r):
			return fail(fmt.Sprintf("contains the control character U+%04X", r), "remove it")
		case unicode.Is(unicode.Cf, r):
			return fail(fmt.Sprintf("contains the invisible character U+%04X", r), "remove it; it often comes with text copied from a web page")
		}
	}
	switch last := n[len(n)-1]; {
	case last == '.' || last == ' ':
		return fail("ends in a dot or a space", "Windows drops those silently, so two names would be one folder: remove them")
	case n[0] == ' ':
		return fail("starts with a space", "remove it")
	}
	if r := reserved(n); r != "" {
		return fail("is "+r+", which Windows reserves for a device", "choose another name")
	}
	if l := PathLen(n); l > MaxName {
		return "", &NameError{What: what, Name: name, Max: MaxName, Problem: fmt.Sprintf("has %d characters", l), Advice: fmt.Sprintf("it may have %d", MaxName)}
	}
	return n, nil
}

// reserved returns the device name that a file name stands for, with or without an extension, or "". The list is that of
// learn.microsoft.com/windows/win32/fileio/naming-a-file.
func reserved(name string) string {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return stem
	}
	r := []rune(stem)
	if len(r) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && strings.ContainsRune("123456789¹²³", r[3]) {
		return stem
	}
	return ""
}

// SafeName turns any text into a folder name that CheckFolder accepts: what may not stand in a name becomes "_". It is for
// names that vendors choose, which nobody can be asked to change.
func SafeName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(forbidden, r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return '_'
		}
		return r
	}, Normalise(s))
	s = strings.TrimLeft(strings.TrimRight(s, ". "), " ")
	for PathLen(s) > 100 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = strings.TrimRight(s[:len(s)-n], ". ")
	}
	if s == "" || reserved(s) != "" || strings.HasPrefix(strings.ToLower(s), OwnPrefix) {
		return "_" + s
	}
	return s
}
