package match

import (
	"strings"

	"github.com/drivercat/drivercat/inf/hwid"
)

// attribute is one "label: value" of pnputil, with the lines that go on with it.
type attribute struct {
	label  string
	values []string
}

// splitLabel splits "label:   value". Labels are in the language of Windows, and Chinese has a colon of its own.
func splitLabel(line string) (label, value string, ok bool) {
	if line == "" || line[0] == ' ' || line[0] == '\t' {
		return "", "", false
	}
	at := strings.IndexAny(line, ":：")
	if at <= 0 {
		return "", "", false
	}
	label = line[:at]
	value = strings.TrimLeft(line[at:], ":：")
	return strings.TrimSpace(label), strings.TrimSpace(value), !strings.Contains(label, `\`)
}

// looksLikePnPUtil finds the first line of a device: a label and an instance path.
func looksLikePnPUtil(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if _, value, ok := splitLabel(line); ok && isInstance(value) {
			return true
		}
	}
	return false
}

// isInstance reports whether text is a device instance path: three parts.
func isInstance(s string) bool { return strings.Count(s, `\`) >= 2 }

// readPnPUtil reads the text of "pnputil /enum-devices /deviceids". Labels differ from language to language, so devices
// are told by their structure: blocks between blank lines whose first attribute is an instance path, the second a
// description, and the last ones lists of identifiers, hardware IDs first.
func readPnPUtil(text string) (devices []Device, problems []Problem) {
	without, first := 0, 0 // devices without lists, and the line of the first
	var block []attribute
	start := 0
	end := func() {
		if len(block) > 0 && isInstance(block[0].values[0]) {
			d := blockDevice(block)
			if d.Line = start; d.Silent() {
				if without++; first == 0 {
					first = start
				}
			}
			devices = append(devices, d)
		}
		block = nil
	}
	for n, line := range lines(text) {
		if strings.TrimSpace(line) == "" {
			end()
			continue
		}
		label, value, ok := splitLabel(line)
		switch {
		case ok:
			if len(block) == 0 || isInstance(value) && label == block[0].label {
				end()
				start = n + 1
			}
			block = append(block, attribute{label, []string{value}})
		case len(block) > 0:
			last := &block[len(block)-1]
			last.values = append(last.values, strings.TrimSpace(line))
		}
	}
	end()
	if without > 0 && without == len(devices) {
		problems = append(problems, Problem{
			Line: first, Text: "no device has its lists of hardware and compatible IDs",
			Advice: `add /deviceids: "pnputil /enum-devices /deviceids" (Windows 11); on older systems export Win32_PnPEntity with PowerShell`,
		})
		for i := range devices { // better than nothing: on most buses it is the first hardware ID
			devices[i].IDs.Hardware = []string{hwid.FromInstance(devices[i].Instance)}
		}
	}
	return devices, problems
}

// blockDevice reads the attributes of one device.
func blockDevice(block []attribute) Device {
	d := Device{Instance: block[0].values[0]}
	if len(block) > 1 {
		d.Name = block[1].values[0]
	}
	lists := 0
	for _, a := range block[min(2, len(block)):] {
		ids := clean(a.values)
		if len(ids) == 0 || !isIDList(a.label, ids) {
			continue
		}
		// Without hardware IDs, which is rare, the only list would be taken for them; in the languages that have the word
		// its label tells better.
		compatible := strings.Contains(strings.ToLower(a.label), "ompat")
		switch {
		case lists == 0 && !compatible:
			d.IDs.Hardware = ids
		case lists <= 1 && len(d.IDs.Compatible) == 0:
			d.IDs.Compatible = ids
		}
		lists++
	}
	return d
}

// isIDList tells lists of identifiers from other attributes: nothing else that pnputil prints behind the description has
// a backslash or begins with an asterisk. A list of nothing but names of a vendor's own is told by its label.
func isIDList(label string, values []string) bool {
	for _, v := range values {
		if strings.Contains(v, `\`) || strings.HasPrefix(v, "*") {
			return true
		}
	}
	return !strings.HasPrefix(values[0], "{") && !strings.Contains(label, "GUID") &&
		(strings.Contains(label, "ID") || strings.Contains(label, "ИД"))
}
