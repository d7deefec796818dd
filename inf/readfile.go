package inf

import (
	"fmt"
	"os"
	"strings"
)

// ParseFile reads a file from disk and parses it; the File has the name that is given. The error is about reading: whatever
// the text is, a file that can be read has a File.
func ParseFile(name string) (*File, Diagnostics, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, fmt.Errorf("inf: read file: %w", err)
	}
	f, ds := Parse(name, src)
	return f, ds, nil
}

// HardwareIDs returns the hardware and compatible IDs of all models sections, whatever the target, each once, in upper case and
// in the order of the models. To ask for one system, range over Models.
func (d *Driver) HardwareIDs() []string {
	var out []string
	seen := map[string]bool{}
	read := map[*Section]bool{}
	for _, ms := range d.ModelsSections() {
		if read[ms.Section] {
			continue
		}
		read[ms.Section] = true
		for m := range d.Entries(ms.Section) {
			for _, id := range m.IDs {
				if id = strings.ToUpper(id); id != "" && !seen[id] {
					seen[id] = true
					out = append(out, id)
				}
			}
		}
	}
	return out
}
