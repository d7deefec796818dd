package inf

import (
	"sort"
	"strings"
)

// checker gathers findings about the meaning of an INF.
type checker struct {
	d    *Driver
	f    *File
	out  Diagnostics
	seen map[code]int

	models  []ModelsSection
	uses    map[Arch][]*installUse
	walked  map[*Section]bool // models sections that were looked at
	serves  bool              // some models entry leads to a device and an install section
	longest int               // bytes of the longest string
	used    map[string]bool   // strings that stand for sections, IDs or files

	dropped Diagnostic // what is beyond the limit of its kind
}

// Check reports what is wrong with the meaning of the INF, in the order of the text. What is wrong with the text itself
// comes from Parse. A file that Windows would not load is not checked further: the rest would be follow-on errors.
func (d *Driver) Check() Diagnostics {
	if d.File.Err != nil {
		return nil
	}
	c := &checker{d: d, f: d.File, seen: map[code]int{}}
	c.longest = c.longestString()
	switch d.Kind {
	case KindDevice:
		c.models = d.ModelsSections()
		c.version()
		c.installUses()
		c.manufacturers()
		c.installs()
		c.extension()
		c.printer()
		c.both()
	case KindPrimitive:
		c.version()
		c.primitive()
	case KindLegacy:
		c.header(codeKind, "DefaultInstall", "installed by right-click only: Windows does not import it as a driver")
	case KindClass:
		c.header(codeKind, "ClassInstall32", "installs a setup class, no device: Windows does not import it as a driver")
	default:
		c.header(codeModelsNone, "Version", "")
	}
	for _, l := range d.Loops() {
		c.field(codeLoop, l.Text, l.Field)
	}
	if d.Kind == KindDevice || d.Kind == KindPrimitive {
		c.references()
		c.sections()
		c.destinations()
		c.disks(c.copies())
	}
	c.strings()
	sort.SliceStable(c.out, func(i, j int) bool { return c.out[i].Range.Start.Offset < c.out[j].Range.Start.Offset })
	return c.out
}

// add reports a finding unless there are enough of its kind. The caller may change it, until the next one is reported.
func (c *checker) add(k code, arg string, r func() Range) *Diagnostic {
	if c.seen[k]++; c.seen[k] > maxNotes {
		c.dropped = Diagnostic{}
		return &c.dropped
	}
	c.out = append(c.out, c.f.diagnostic(k, arg, r()))
	return &c.out[len(c.out)-1]
}

func (c *checker) field(k code, arg string, fd Field) *Diagnostic {
	return c.add(k, arg, func() Range { return c.f.FieldRange(fd) })
}

// line reports a finding about a whole entry.
func (c *checker) line(k code, arg string, l *Line) *Diagnostic {
	return c.add(k, arg, func() Range { return c.f.LineRange(l) })
}

// header reports a finding at a section's header, or at the start of the file.
func (c *checker) header(k code, section, arg string) *Diagnostic {
	return c.add(k, arg, func() Range {
		if sec := c.f.Section(section); sec != nil {
			section = sec.Name
		}
		for _, h := range c.f.Headers {
			if h.Name == section {
				return c.f.nameRange(h)
			}
		}
		for _, h := range c.f.Headers {
			if len(h.Name) > len(section) && strings.EqualFold(h.Name[:len(section)+1], section+".") {
				return c.f.nameRange(h)
			}
		}
		return c.f.rangeOf(0, 0)
	})
}

// nameRange is where a header stands, brackets included.
func (f *File) nameRange(h Header) Range {
	line := f.text[h.start:h.end]
	open := int(h.start) + max(strings.IndexByte(line, '['), 0)
	return f.rangeOf(open, min(open+len(h.Name)+2, int(h.end)))
}
