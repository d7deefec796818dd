package hwid

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxLength is the number of characters that an identifier must stay below.
//
// Source: https://learn.microsoft.com/windows-hardware/drivers/install/hardware-ids
const MaxLength = 200

// ProblemKind says why no device will ever have an identifier.
type ProblemKind string

// The kinds of problems. Lower case is none.
const (
	Empty     ProblemKind = "empty"
	TooLong   ProblemKind = "too-long"
	Character ProblemKind = "character" // a comma, a blank, or what is not printable ASCII
	Instance  ProblemKind = "instance"  // an instance path: it names one device of one machine
	Digits    ProblemKind = "digits"    // a number that is not of the width, or not of the digits, its bus gives it
	Form      ProblemKind = "form"      // parts that the bus driver never joins in this way
)

// Problem is a reason why an identifier matches nothing.
type Problem struct {
	Kind ProblemKind
	Text string // a sentence part: "has 213 characters, must have fewer than 200"
}

// Problems reports why no version of Windows gives a device this identifier. Buses that are not understood are never
// blamed for their form.
func (id ID) Problems() []Problem {
	var out []Problem
	if id.Device == "" {
		return []Problem{{Empty, "names no device"}}
	}
	if n := utf8.RuneCountInString(id.Text); n >= MaxLength {
		out = append(out, Problem{TooLong, fmt.Sprintf("has %d characters, must have fewer than %d", n, MaxLength)})
	}
	for _, r := range id.Text {
		if r <= ' ' || r >= 0x7F || r == ',' {
			out = append(out, Problem{Character, fmt.Sprintf("contains %q, which Windows does not allow in an identifier", r)})
			break
		}
	}
	if strings.Contains(id.Text, `\`) && id.Instance != "" {
		out = append(out, Problem{Instance, "is the path of one device in one machine, not an identifier"})
	}
	if p, ok := id.digits(); !ok {
		return append(out, Problem{Digits, fmt.Sprintf("has %s_%s, which the bus never writes", p.Key, p.Value)})
	}
	if fs, ok := forms[id.Bus]; ok && len(id.Parts) > 0 && !id.fits(fs) {
		out = append(out, Problem{Form, "joins its parts in a way that the bus never does"})
	}
	return out
}

// widths are the numbers of hexadecimal digits in the parts of each bus.
var widths = map[Bus]map[string][]int{
	BusPCI:     {"VEN": {4}, "DEV": {4}, "SUBSYS": {8}, "REV": {2}, "CC": {4, 6}},
	BusUSB:     {"VID": {4}, "PID": {4}, "REV": {4}, "MI": {2}, "CLASS": {2}, "SUBCLASS": {2}, "PROT": {2}, "DEVCLASS": {2}, "COMPAT_VID": {4}},
	BusHDAudio: {"FUNC": {2}, "VEN": {4}, "DEV": {4}, "SUBSYS": {8}, "REV": {4}, "CTLR_VEN": {4}, "CTLR_DEV": {4}},
}

// digits returns a part whose number the bus would not write.
func (id ID) digits() (Part, bool) {
	for _, p := range id.Parts {
		ws, ok := widths[id.Bus][p.Key]
		if !ok {
			continue
		}
		fits := false
		for _, w := range ws {
			fits = fits || len(p.Value) == w && isHex(p.Value)
		}
		if !fits {
			return p, false
		}
	}
	return Part{}, true
}

// form describes which keys a bus joins, and in which order.
type form struct {
	keys   map[string]bool // the keys of the bus; IDs with others (a vendor's own bus driver) are not judged
	orders map[string]bool
}

func newForm(orders ...string) form {
	f := form{map[string]bool{}, map[string]bool{}}
	for _, o := range orders {
		f.orders[o] = true
		for k := range strings.SplitSeq(o, "&") {
			f.keys[k] = true
		}
	}
	return f
}

// forms lists what the bus drivers write. The form with REV and CC of PCI stands in an example of Microsoft's page only.
var forms = map[Bus]form{
	BusPCI: newForm("VEN&DEV&SUBSYS&REV", "VEN&DEV&SUBSYS", "VEN&DEV&REV", "VEN&DEV", "VEN&DEV&CC", "VEN&DEV&REV&CC", "VEN&CC", "VEN", "CC&DT", "CC"),
	BusUSB: newForm("VID&PID&REV&MI", "VID&PID&MI", "VID&PID&REV", "VID&PID", "CLASS&SUBCLASS&PROT", "CLASS&SUBCLASS", "CLASS",
		"DEVCLASS&SUBCLASS&PROT", "DEVCLASS&SUBCLASS", "DEVCLASS", "COMPAT_VID&CLASS&SUBCLASS&PROT", "COMPAT_VID&CLASS&SUBCLASS", "COMPAT_VID&CLASS",
		"COMPAT_VID&DEVCLASS&SUBCLASS&PROT", "COMPAT_VID&DEVCLASS&SUBCLASS", "COMPAT_VID&DEVCLASS", "MS_COMP", "MS_COMP&MS_SUBCOMP"),
	BusHDAudio: newForm("FUNC&VEN&DEV&SUBSYS&REV", "FUNC&VEN&DEV&SUBSYS", "FUNC&CTLR_VEN&CTLR_DEV&VEN&DEV&REV", "FUNC&CTLR_VEN&VEN&DEV&REV",
		"FUNC&VEN&DEV&REV", "FUNC&CTLR_VEN&CTLR_DEV&VEN&DEV", "FUNC&CTLR_VEN&VEN&DEV", "FUNC&VEN&DEV", "FUNC&CTLR_VEN&CTLR_DEV&VEN", "FUNC&CTLR_VEN&VEN",
		"FUNC&VEN", "FUNC&CTLR_VEN&CTLR_DEV", "FUNC&CTLR_VEN", "FUNC&GF&VEN&DEV&SUBSYS&REV", "FUNC"),
}

// fits reports whether the parts stand as the bus writes them, or are not the bus's at all.
func (id ID) fits(f form) bool {
	for _, p := range id.Parts {
		if !f.keys[p.Key] {
			return true
		}
	}
	if id.Bus == BusHDAudio && id.Enumerator != "HDAUDIO" {
		return true // another driver's forms
	}
	return f.orders[id.keys()]
}
