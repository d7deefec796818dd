package inf

import (
	"fmt"
	"slices"
	"strings"
)

// CheckTarget reports why the INF serves no device on a target, at most one finding; none if it serves any, or if it is a
// primitive driver with a section for the target. Such an INF may be imported into a driver store, but ConfigMgr refuses
// it where no platform of the site is served ("not applicable to any supported platforms"). What Check finds is not
// repeated. A file that Windows would not load has no finding here.
// learn.microsoft.com/windows-hardware/drivers/install/inf-manufacturer-section
func (d *Driver) CheckTarget(t Target) Diagnostics {
	if d.File.Err != nil {
		return nil
	}
	c := &checker{d: d, f: d.File, seen: map[code]int{}}
	switch d.Kind {
	case KindDevice:
		c.target(t)
	case KindPrimitive:
		if d.File.Section("DefaultInstall.NT"+string(t.Arch)) == nil {
			c.header(codeTargetNone, "DefaultInstall", fmt.Sprintf("%s: there is no [DefaultInstall.NT%s]", t, t.Arch))
		}
	default:
		c.header(codeTargetNone, "Version", fmt.Sprintf("%s: this is no device driver", t))
	}
	return c.out
}

// target explains why no models entry applies.
func (c *checker) target(t Target) {
	selected := c.d.Select(t)
	for _, ms := range selected {
		if c.hasEntry(ms.Section) {
			return
		}
	}
	if len(selected) > 0 {
		ms := selected[0]
		why := "[" + ms.Name + "] is empty, which excludes it"
		if ms.Section == nil {
			why = "[" + ms.Name + "] does not exist"
		}
		c.line(codeTargetNone, fmt.Sprintf("%s: %s", t, why), c.d.Manufacturers[ms.Manufacturer].Line)
		return
	}
	var decorations []string
	for _, m := range c.d.Manufacturers {
		for _, dec := range m.Decorations {
			if len(decorations) < 8 && !containsFold(decorations, dec) {
				decorations = append(decorations, dec)
			}
		}
	}
	why := "models without a decoration serve 32-bit Windows only"
	if len(decorations) > 0 {
		why = "none of its decorations fits: " + strings.Join(decorations, ", ")
	}
	c.header(codeTargetNone, "Manufacturer", fmt.Sprintf("%s: %s", t, why))
}

// hasEntry reports whether a models section has an entry with a description.
func (c *checker) hasEntry(sec *Section) bool {
	return sec != nil && slices.ContainsFunc(sec.Lines, func(l Line) bool { return l.HasKey })
}

func containsFold(list []string, s string) bool {
	for _, have := range list {
		if equalFold(have, s) {
			return true
		}
	}
	return false
}
