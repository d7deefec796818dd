package hwid

import (
	"slices"
	"strings"
)

// Identity is what a device says of itself on its bus.
type Identity interface {
	// IDs returns the lists that the given version of Windows makes of it. Each call makes new ones.
	IDs(Version) Lists
}

// Lists are the two ordered lists of a device, the most specific identifier first. Its place in the list is what ranking
// counts.
type Lists struct {
	Hardware   []string
	Compatible []string

	// Partial says that Windows knows more about the device: identifiers are missing, and those behind a gap stand
	// further to the front than they do in Windows. Missing says what is not known.
	Partial bool
	Missing []string
}

func (l *Lists) hardware(ids ...string)   { l.Hardware = appendNew(l.Hardware, ids) }
func (l *Lists) compatible(ids ...string) { l.Compatible = appendNew(l.Compatible, ids) }

// appendNew appends the IDs that the list has not got: a second place never counts.
func appendNew(list, ids []string) []string {
	for _, id := range ids {
		if id != "" && !slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, id) }) {
			list = append(list, id)
		}
	}
	return list
}

// missing marks the lists as partial for every unknown fact.
func (l *Lists) missing(u Unknown) {
	for i, text := range unknownTexts {
		if u&(1<<i) != 0 {
			l.Partial = true
			l.Missing = append(l.Missing, text)
		}
	}
}

// Unknown names facts about a device that its source did not tell. Identifiers that need them are left out.
type Unknown uint

// The facts that may be unknown.
const (
	UnknownSubsystem  Unknown = 1 << iota // the subsystem, and whether there is one
	UnknownRevision                       // the revision
	UnknownClass                          // the class code
	UnknownInterface                      // the programming interface, the last byte of a PCI class code
	UnknownExpress                        // whether it is a PCI Express device, and of which type
	UnknownController                     // the controller of an audio codec
	UnknownUsage                          // usage page and usage of a HID collection
	UnknownNames                          // other names of an ACPI device: _SUB and _HRV
	UnknownCompatible                     // compatible names of an ACPI device: _CID
	UnknownComposite                      // whether a USB device with one known interface has more of them
	UnknownCollection                     // interface and collection numbers of a HID device
	UnknownProduct                        // the product's name behind its 16th character
	UnknownOther                          // what the enumerator of the device adds
)

// unknownTexts describes the facts, in the order of their bits.
var unknownTexts = [...]string{
	"subsystem", "revision", "class", "programming interface", "PCI Express type", "audio controller", "HID usage", "ACPI subsystem and hardware revision",
	"compatible ACPI names", "number of USB interfaces", "HID interface and collection",
	"whole product name", "further identifiers of the enumerator",
}

// String lists the facts for people.
func (u Unknown) String() string {
	var out []string
	for i, text := range unknownTexts {
		if u&(1<<i) != 0 {
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}
