package inf

import "fmt"

// Severity says how bad a diagnostic is. It follows what Windows does with the file, not taste. The zero value is invalid.
type Severity uint8

// The severities.
const (
	Error   Severity = iota + 1 // blocks import or matching
	Warning                     // a risk
	Info                        // worth knowing
)

// String returns "error", "warning" or "info".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Pos is a place in a file. Line and Column start at 1; Column counts characters (runes) of the decoded line. Offset
// is the byte offset in the original file, whatever its encoding.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Offset int `json:"offset"`
}

// Range is a part of a file, from Start up to but not including End.
type Range struct {
	Start Pos `json:"start"`
	End   Pos `json:"end"`
}

// Diagnostic is a finding about an INF. The zero value is not valid.
type Diagnostic struct {
	Code     string    `json:"code"` // stable, "INF0104"; never reused for another meaning
	Severity Severity  `json:"severity"`
	Summary  string    `json:"summary"` // one line, no final period
	Advice   string    `json:"advice"`  // what to do about it
	File     string    `json:"file"`
	Range    Range     `json:"range"` // tight
	Related  []Related `json:"related,omitempty"`
	Fix      *Fix      `json:"fix,omitempty"` // where the change is mechanical
}

// Fix is a change of the file that removes what a diagnostic is about. It is meant for the author: whoever changes an INF
// that is signed already makes it an unsigned one.
type Fix struct {
	Text  string `json:"text"`  // what the change does: "write NTamd64"
	Edits []Edit `json:"edits"` // in the order of their places; they do not overlap
}

// Edit replaces a part of the file.
type Edit struct {
	Range Range  `json:"range"`
	New   string `json:"new"`
}

// Related points at another place that explains a diagnostic.
type Related struct {
	Text  string `json:"text"`
	File  string `json:"file"`
	Range Range  `json:"range"`
}

// String gives the diagnostic on one line: "x.inf:3:1: error: no section name ends this header [INF0102]".
func (d Diagnostic) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s [%s]", d.File, d.Range.Start.Line, d.Range.Start.Column, d.Severity, d.Summary, d.Code)
}

// Diagnostics are the findings about one or more files, in the order of their places.
type Diagnostics []Diagnostic

// HasErrors reports whether any finding is an error.
func (ds Diagnostics) HasErrors() bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}
