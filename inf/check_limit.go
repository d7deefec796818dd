package inf

import (
	"fmt"
	"strings"
)

// What Windows keeps of the texts that people see, in UTF-16 units without the closing NUL: the constants LINE_LEN,
// MAX_CLASS_NAME_LEN and MAX_DEVICE_ID_LEN of SetupAPI and of the configuration manager.
const (
	maxName          = 255
	maxClassName     = 31
	maxDeviceID      = 199
	maxComponentText = 511
)

// tooLong reports a text that is longer, strings substituted, than Windows keeps of it.
func (c *checker) tooLong(fd Field, what string, most int) {
	if len(fd.Text)+strings.Count(fd.Text, "%")/2*c.longest <= most {
		return
	}
	text := c.d.exp.expand(fd.Text, nil)
	if len(text) <= most {
		return
	}
	if n := utf16Len(text); n > most {
		c.field(codeNameTooLong, fmt.Sprintf("%s has %d characters, Windows takes %d", what, n, most), fd)
	}
}

// longestString is the length in bytes of the longest string that fields are substituted with.
func (c *checker) longestString() int {
	n := 0
	for v := range c.d.exp.strings.values() {
		n = max(n, len(v))
	}
	return n
}

// versionLimits and entryLimits look at the texts of [Version] and of a models entry.
func (c *checker) versionLimits(sec *Section) {
	if l := c.directive(sec, "Provider"); l != nil {
		c.tooLong(l.Fields[0], "Provider", maxName)
	}
	if l := c.directive(sec, "Class"); l != nil {
		c.tooLong(l.Fields[0], "Class", maxClassName)
	}
	for _, sec := range c.f.Sections {
		if base, _, _ := strings.Cut(sec.Name, "."); !equalFold(base, "SourceDisksNames") {
			continue
		}
		for i := range sec.Lines {
			if l := &sec.Lines[i]; l.HasKey {
				c.tooLong(l.Fields[0], "disk's description", maxName)
			}
		}
	}
}

func (c *checker) entryLimits(l *Line) {
	if l.HasKey {
		c.tooLong(l.Key, "device description", maxName)
	}
	for _, fd := range l.Fields[1:] {
		c.tooLong(fd, "device ID", maxDeviceID)
	}
}
