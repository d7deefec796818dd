package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/inf"
)

// Applicability says whether a driver can serve a target, and why.
type Applicability struct {
	OK       bool   `json:"ok"`
	Code     string `json:"code"` // "applies", "models-none", "models-empty", "models-missing", "no-models", "incomplete", "unsigned", "signature-broken", "primitive", "installer"
	Text     string `json:"text"` // one sentence for people
	Place    Place  `json:"place"`
	Sections []int  `json:"-"` // indexes into INF.Models of the models sections with entries that Windows reads on the target
}

// Applies says whether a driver can serve a target. It does not ask for the driver's verdict: a driver can be broken
// for one architecture and serve another. The rules are those of [Manufacturer] in
// learn.microsoft.com/windows-hardware/drivers/install/combining-platform-extensions-with-operating-system-versions.
func Applies(d *Driver, t Target) Applicability {
	if d.INF == nil {
		return Applicability{Code: "installer", Text: "a setup program; its package is made separately", Place: Place{Path: d.Name}}
	}
	at := Place{Path: d.Name}
	if d.INF.Kind == string(inf.KindPrimitive) {
		return primitiveApplies(d, t, at)
	}
	if len(d.INF.Models) == 0 {
		return Applicability{Code: "no-models", Text: "the INF has no models, so it serves no device", Place: at}
	}
	sections, listed := selectModels(d.INF.Models, t.System())
	var entries int
	for _, s := range sections {
		entries += d.INF.Models[s].Entries
	}
	if entries == 0 {
		return notApplicable(d, t, sections, listed)
	}
	at.Line = d.INF.Models[sections[0]].Line
	for _, m := range d.Missing {
		for _, s := range m.Sections {
			if slices.Contains(sections, s) {
				return Applicability{Code: "incomplete", Text: fmt.Sprintf("%s is missing, which %s needs", m.Path, t.Title()), Place: m.Place, Sections: sections}
			}
		}
	}
	if a := unsigned(d, t, at); a.Code != "" {
		a.Sections = sections
		return a
	}
	return Applicability{OK: true, Code: "applies", Text: fmt.Sprintf("%s: %s", t.Title(), names(d.INF.Models, sections)), Place: at, Sections: sections}
}

// unsigned refuses a driver without a right signature where Windows does: 64-bit systems since Vista. What was changed after
// it was signed is refused everywhere, unless an administrator called it nice; then it is up to Windows.
func unsigned(d *Driver, t Target, at Place) Applicability {
	if s := d.Signature(t.Arch); s != nil && s.Tampered && d.Judged == "" {
		return Applicability{Code: "signature-broken", Text: fmt.Sprintf("%s; it was changed after it was signed", s.Text), Place: at}
	}
	if t.Arch == inf.X86 || !t.System().AtLeast(6, 0) || !d.Refuses(t.Arch) {
		return Applicability{}
	}
	if !slices.Contains(d.Unsigned, t.Arch) {
		return Applicability{Code: "signature-broken", Text: fmt.Sprintf("%s, and %s refuses such drivers", d.Signature(t.Arch).Text, t.Title()), Place: at}
	}
	return Applicability{Code: "unsigned", Text: fmt.Sprintf("no security catalog lies beside the INF, and %s refuses unsigned drivers", t.Title()), Place: at}
}

// primitiveApplies decides for drivers without devices, which Windows 10 1903 and later can import.
func primitiveApplies(d *Driver, t Target, at Place) Applicability {
	sys := t.System()
	if !sys.AtLeast(10, 0) || sys.Build < 18362 {
		return Applicability{Code: "primitive", Text: "a primitive driver (no devices), which Windows imports since Windows 10 1903", Place: at}
	}
	for _, m := range d.Missing {
		if slices.Contains(m.Arches, t.Arch) {
			return Applicability{Code: "incomplete", Text: fmt.Sprintf("%s is missing, which %s needs", m.Path, t.Title()), Place: m.Place}
		}
	}
	if !slices.Contains(d.Complete, t.Arch) {
		return Applicability{Code: "models-none", Text: fmt.Sprintf("no [DefaultInstall.NT%s] for %s", t.Arch, t.Title()), Place: at}
	}
	if a := unsigned(d, t, at); a.Code != "" {
		return a
	}
	return Applicability{OK: true, Code: "applies", Text: t.Title() + ": a primitive driver, for no device", Place: at}
}

// notApplicable explains why no models entry serves the target.
func notApplicable(d *Driver, t Target, sections []int, listed []string) Applicability {
	at := Place{Path: d.Name, Line: d.INF.Models[0].Line}
	for _, s := range sections {
		if m := d.INF.Models[s]; m.Defined {
			at.Line = m.Line
			return Applicability{Code: "models-empty", Text: fmt.Sprintf("[%s] is empty: the vendor excludes %s", m.Section(), t.Title()), Place: at}
		}
	}
	if len(sections) > 0 {
		return Applicability{Code: "models-missing", Text: fmt.Sprintf("%s is named for %s, but the INF does not have it", names(d.INF.Models, sections), t.Title()), Place: at}
	}
	if len(listed) == 0 {
		return Applicability{Code: "models-none", Text: fmt.Sprintf("no models for %s: undecorated models serve x86 only", t.Title()), Place: at}
	}
	return Applicability{Code: "models-none", Text: fmt.Sprintf("no models for %s: the INF is for %s", t.Title(), strings.Join(listed, ", ")), Place: at}
}

// Section is the section's name in the INF: the models name with its decoration.
func (m ModelsSection) Section() string {
	if m.Decoration == "" {
		return m.Name
	}
	return m.Name + "." + m.Decoration
}

func names(ms []ModelsSection, sections []int) string {
	var b strings.Builder
	for i, s := range sections {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("[" + ms[s].Section() + "]")
	}
	return b.String()
}

// selectModels chooses for each [Manufacturer] line the models section that a system reads. It returns indexes into ms,
// and the distinct decorations that the INF lists.
func selectModels(ms []ModelsSection, sys inf.Target) (sections []int, listed []string) {
	for i := 0; i < len(ms); {
		j := i
		for j < len(ms) && ms[j].ManLine == ms[i].ManLine {
			j++
		}
		var decorations []string
		twin := -1
		for k := i; k < j; k++ {
			switch {
			case ms[k].Listed && ms[k].Decoration != "":
				decorations = append(decorations, ms[k].Decoration)
				if !slices.Contains(listed, ms[k].Decoration) {
					listed = append(listed, ms[k].Decoration)
				}
			case ms[k].Defined || ms[k].Listed:
				twin = k
			}
		}
		switch best := inf.SelectDecoration(decorations, sys); {
		case best >= 0:
			for k := i; k < j; k++ {
				if ms[k].Listed && ms[k].Decoration == decorations[best] {
					sections = append(sections, k)
					break
				}
			}
		case twin >= 0 && inf.ReadsUndecorated(sys):
			sections = append(sections, twin)
		}
		i = j
	}
	return sections, listed
}
