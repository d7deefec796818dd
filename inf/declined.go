package inf

import (
	"fmt"
	"strings"
)

// Declined is a [Manufacturer] line or a models section that does not serve a target.
type Declined struct {
	Reason       DeclineReason
	Text         string // one sentence for people, without a period
	Manufacturer int    // index into Driver.Manufacturers
	Name         string // the models section
	Decoration   string // "" for the undecorated section
	Line         *Line  // the [Manufacturer] line
	Field        Field  // the decoration, or the models section's name
}

// DeclineReason says why a models section does not serve a target. The values are stable.
type DeclineReason string

// The reasons.
const (
	DeclineArch        DeclineReason = "other-architecture"
	DeclineNewer       DeclineReason = "newer-version"     // the decoration asks for a newer version of Windows
	DeclineBuild       DeclineReason = "newer-build"       // the same version of Windows, a newer build
	DeclineProduct     DeclineReason = "other-product"     // for servers or clients only
	DeclineSuite       DeclineReason = "other-suite"       // for certain editions only
	DeclineUndecorated DeclineReason = "undecorated-x86"   // models without an architecture serve x86 only
	DeclineDecorated   DeclineReason = "decorated"         // the target is too old to read decorations
	DeclineUnreadable  DeclineReason = "decoration-unread" // Windows cannot read the decoration
	DeclineBuildUnread DeclineReason = "build-unread"      // a build that no system reads, or the target reads none
	DeclineBetter      DeclineReason = "better-section"    // another section of the line fits the target better
	DeclineEmpty       DeclineReason = "section-empty"     // the section that fits is empty: the vendor excludes the target
	DeclineMissing     DeclineReason = "section-missing"   // the INF does not have the section that fits
)

// declined tells why the manufacturer lines and models sections that do not serve the target do not. selected is what
// Select returns.
func (d *Driver) declined(t Target, selected []ModelsSection) []Declined {
	chosen := make([]int, len(d.Manufacturers)) // index into selected + 1
	for i, ms := range selected {
		chosen[ms.Manufacturer] = i + 1
	}
	var out []Declined
	for i, m := range d.Manufacturers {
		var sel *ModelsSection
		if chosen[i] > 0 {
			sel = &selected[chosen[i]-1]
		}
		told := map[string]bool{}
		for j, fd := range m.Line.Fields[1:] {
			text := d.field(m.Line, j+1)
			if text == "" || told[fold(text)] {
				continue
			}
			told[fold(text)] = true
			c := Declined{Manufacturer: i, Name: m.Models + "." + text, Decoration: text, Line: m.Line, Field: fd}
			if sel != nil && sel.Decoration == text {
				if c.unserved(sel.Section) {
					out = append(out, c)
				}
				continue
			}
			c.decoration(t, sel)
			out = append(out, c)
		}
		c := Declined{Manufacturer: i, Name: m.Models, Line: m.Line, Field: m.Line.Fields[0]}
		twin := d.File.Section(m.Models)
		switch {
		case sel != nil && sel.Decoration == "":
			if c.unserved(sel.Section) {
				out = append(out, c)
			}
		case twin == nil && len(m.Decorations) > 0:
		case sel != nil:
			c.Reason, c.Text = DeclineBetter, "["+sel.Name+"] is read instead"
			out = append(out, c)
		default:
			c.Reason, c.Text = DeclineUndecorated, fmt.Sprintf("models without an architecture serve x86 only, the target is %s", t.Arch.Short())
			out = append(out, c)
		}
	}
	return out
}

// unserved fills in why a section that Windows reads serves nothing, and reports whether that is so.
func (c *Declined) unserved(sec *Section) bool {
	switch {
	case sec == nil:
		c.Reason, c.Text = DeclineMissing, "the INF has no section ["+c.Name+"]"
	case !sec.hasEntries():
		c.Reason, c.Text = DeclineEmpty, "["+c.Name+"] is empty: the vendor excludes the target"
	default:
		return false
	}
	return true
}

// hasEntries reports whether the section has an entry with a key.
func (s *Section) hasEntries() bool {
	for i := range s.Lines {
		if s.Lines[i].HasKey {
			return true
		}
	}
	return false
}

// decoration fills in why a decoration is not the one that Windows chose.
func (c *Declined) decoration(t Target, sel *ModelsSection) {
	dec, ok := ParseDecoration(c.Decoration)
	set := func(r DeclineReason, format string, args ...any) { c.Reason, c.Text = r, fmt.Sprintf(format, args...) }
	switch {
	case !ok:
		set(DeclineUnreadable, "Windows cannot read the decoration %s", c.Decoration)
	case dec.Applies(t) && sel != nil:
		set(DeclineBetter, "[%s] is read instead", sel.Name)
	case !t.AtLeast(5, 1):
		set(DeclineDecorated, "Windows 2000 reads no decorated models")
	case dec.Arch != "" && dec.Arch != t.Arch:
		set(DeclineArch, "for %s, the target is %s", dec.Arch.Short(), t.Arch.Short())
	case dec.Arch == "" && !ReadsUndecorated(t):
		set(DeclineUndecorated, "without an architecture it is for x86 only, the target is %s", t.Arch.Short())
	case dec.Major >= 0 && !t.AtLeast(dec.Major, max(dec.Minor, 0)):
		set(DeclineNewer, "needs Windows %d.%d or newer, the target is %d.%d", dec.Major, max(dec.Minor, 0), t.Major, t.Minor)
	case dec.Build >= 0 && dec.Build < firstBuild:
		set(DeclineBuildUnread, "no system reads a build below %d", firstBuild)
	case dec.Build >= 0 && t.Build < firstBuild:
		set(DeclineBuildUnread, "systems before build %d read no build, the target is build %d", firstBuild, t.Build)
	case dec.Build > t.Build && t.Major == dec.Major && t.Minor == max(dec.Minor, 0):
		set(DeclineBuild, "needs build %d or newer, the target is build %d", dec.Build, t.Build)
	case dec.ProductType > 0 && ProductType(dec.ProductType) != t.ProductType:
		set(DeclineProduct, "for %s only, the target is %s", ProductType(dec.ProductType), t.ProductType.article())
	default:
		set(DeclineSuite, "for editions with the suite bits 0x%x only, the target has 0x%x", dec.SuiteMask, t.SuiteMask)
	}
}

// String names the kind of Windows: "clients", "domain controllers", "servers".
func (p ProductType) String() string {
	switch p {
	case AnyProduct:
		return "any product"
	case Workstation:
		return "clients"
	case DomainController:
		return "domain controllers"
	case Server:
		return "servers"
	}
	return fmt.Sprintf("product type %d", uint8(p))
}

// article names one system of the kind.
func (p ProductType) article() string {
	switch p {
	case Workstation, DomainController, Server:
		return "a " + strings.TrimSuffix(p.String(), "s")
	}
	return p.String()
}
