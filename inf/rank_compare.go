package inf

import (
	"cmp"
	"fmt"
	"strings"
)

// Criterion is what decides between two matches.
type Criterion string

// The criteria, in the order in which Windows asks them:
// learn.microsoft.com/windows-hardware/drivers/install/overview-of-the-driver-selection-process.
const (
	BySignature  Criterion = "signature"
	ByFeature    Criterion = "feature"
	ByIdentifier Criterion = "identifier"
	ByDate       Criterion = "date"
	ByVersion    Criterion = "version"
	ByNothing    Criterion = "tie" // Windows' choice is then arbitrary
)

// Compare orders matches of one device as Windows chooses: the lower rank, then the newer date, then the higher version.
// The rest is arbitrary in Windows; here the path and the place in the file decide, so that the order is always the same.
// It returns a negative number if a comes first, and is a total order.
func Compare(a, b Match) int {
	if c := cmp.Compare(a.Rank, b.Rank); c != 0 {
		return c
	}
	return compareVersions(a, b)
}

// CompareExtensions orders matches of extension INFs with one ExtensionID: the newest date, then the highest version. How
// well their identifiers match does not count between them:
// learn.microsoft.com/windows-hardware/drivers/install/using-an-extension-inf-file.
func CompareExtensions(a, b Match) int { return compareVersions(a, b) }

func compareVersions(a, b Match) int {
	if c := b.DriverVer.Compare(a.DriverVer); c != 0 {
		return c
	}
	if c := strings.Compare(a.Path, b.Path); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.line(), b.line()), cmp.Compare(a.Identifier, b.Identifier))
}

// line is the line of the models entry, 0 without one.
func (m Match) line() int32 {
	if m.Model.Line == nil {
		return 0
	}
	return m.Model.Line.First
}

// Reason says why one match comes before another.
type Reason struct {
	By Criterion
	// Text goes on after "x wins over y: ". For ByNothing it says that nothing decides.
	Text string
}

// Why says why the first match wins over the second, which Compare puts behind it.
func Why(winner, loser Match) Reason {
	switch {
	case winner.Signature != loser.Signature:
		return Reason{BySignature, fmt.Sprintf("signature score %02X against %02X (%s against %s)", winner.signatureDigits(), loser.signatureDigits(), winner.signed(), loser.signed())}
	case winner.Feature != loser.Feature:
		return Reason{ByFeature, fmt.Sprintf("feature score %02X against %02X, which counts before any identifier", winner.Feature>>16, loser.Feature>>16)}
	case winner.Identifier != loser.Identifier:
		return Reason{ByIdentifier, identifierReason(winner, loser)}
	}
	return whyVersion(winner, loser)
}

// WhyExtension says why the first match of an ExtensionID wins over the second, which CompareExtensions puts behind it.
func WhyExtension(winner, loser Match) Reason { return whyVersion(winner, loser) }

func whyVersion(winner, loser Match) Reason {
	a, b := winner.DriverVer, loser.DriverVer
	switch {
	case a.Date != b.Date:
		return Reason{ByDate, fmt.Sprintf("date %s over %s", dateWords(a), dateWords(b))}
	case a.Version != b.Version:
		return Reason{ByVersion, fmt.Sprintf("version %s over %s, at the same date", a.VersionString(), b.VersionString())}
	}
	return Reason{ByNothing, "nothing decides: rank, date and version are the same, so Windows takes either"}
}

func dateWords(v DriverVer) string { return cmp.Or(v.Date, "none") }

// identifierReason tells two identifier scores apart in words.
func identifierReason(winner, loser Match) string {
	score := fmt.Sprintf("identifier score %04X against %04X", winner.Identifier, loser.Identifier)
	list := [...]string{"hardware IDs", "compatible IDs"}
	switch {
	case winner.DeviceKind != loser.DeviceKind:
		return fmt.Sprintf("%s: its ID stands at position %d of the device's hardware IDs, the other's only among its compatible IDs", score, winner.DeviceIndex+1)
	case winner.EntryKind != loser.EntryKind:
		return fmt.Sprintf("%s: its entry lists the ID as hardware ID, the other's only as compatible ID", score)
	case winner.DeviceKind == CompatibleID && winner.EntryIndex != loser.EntryIndex:
		return fmt.Sprintf("%s: its entry lists the ID as compatible ID %d, the other's as compatible ID %d", score, winner.EntryIndex+1, loser.EntryIndex+1)
	}
	return fmt.Sprintf("%s: its ID stands at position %d of the device's %s, the other's at %d", score, winner.DeviceIndex+1, list[winner.DeviceKind], loser.DeviceIndex+1)
}

// signatureDigits are the digits of the rank that the signature decides: SS, or the T of systems before Windows Vista.
func (m Match) signatureDigits() uint32 {
	if m.Signature > 0xFFFF {
		return m.Signature >> 24
	}
	return m.Signature >> 8
}

// signed says in a word or two what a signature score stands for.
func (m Match) signed() string {
	switch m.Signature {
	case scoreUnknown:
		return "nobody looked"
	case scoreUnsigned, oldUnsigned:
		return "unsigned"
	case scoreUndecorated, oldUndecorated:
		return "unsigned, no .nt install section"
	case scoreAuthenticode:
		return "signed, not by Microsoft"
	case scoreWHQL & SignatureMask:
		return "signed by Microsoft"
	}
	return "signed"
}
