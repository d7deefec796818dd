package match

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/hwid"
)

// Format is the form in which an inventory came.
type Format string

// The forms that Load reads. docs/ranking.md has the command that produces each.
const (
	FormatPnPUtil Format = "pnputil" // text of "pnputil /enum-devices /deviceids", in any language
	FormatJSON    Format = "json"    // objects with HardwareID and CompatibleID, as ConvertTo-Json writes them
	FormatCSV     Format = "csv"     // the same as a table; commas, semicolons or tabs
	FormatList    Format = "list"    // identifiers one a line, a blank line between devices
)

// Inventory is what a machine reports of its devices.
type Inventory struct {
	Name    string // as given to Load
	Format  Format // "" if nothing could be read
	Devices []Device
}

// Device is one device of an inventory.
type Device struct {
	Name     string     // for people, "" if the inventory has none
	Instance string     // device instance path, "" if the inventory has none
	IDs      inf.Device // both lists empty for a device that reports none
	Line     int        // where it begins in the inventory, from 1; the number of the object in JSON
}

// Title is the device's name, or what else tells it apart.
func (d Device) Title() string {
	switch {
	case d.Name != "":
		return d.Name
	case d.Instance != "":
		return d.Instance
	case len(d.IDs.Hardware) > 0:
		return d.IDs.Hardware[0]
	case len(d.IDs.Compatible) > 0:
		return d.IDs.Compatible[0]
	}
	return "unknown device"
}

// Silent reports whether the device has no identifier, so that no driver can be found for it and none is needed.
func (d Device) Silent() bool { return len(d.IDs.Hardware)+len(d.IDs.Compatible) == 0 }

// Problem is something in an inventory that could not be used.
type Problem struct {
	Line   int // from 1; 0: the whole text
	Text   string
	Advice string // what to do about it, "" if nothing
}

// Load reads an inventory. The form is recognised by what the text looks like, never by the name.
func Load(name string, src []byte) (Inventory, []Problem) {
	inv := Inventory{Name: name}
	text, problems := decode(src)
	var more []Problem
	switch {
	case strings.TrimSpace(text) == "":
		return inv, append(problems, Problem{Text: "the inventory is empty", Advice: adviceFormats})
	case looksLikeJSON(text):
		inv.Format = FormatJSON
		inv.Devices, more = readJSON(text)
	case csvDelimiter(text) != 0:
		inv.Format = FormatCSV
		inv.Devices, more = readCSV(text)
	case looksLikePnPUtil(text):
		inv.Format = FormatPnPUtil
		inv.Devices, more = readPnPUtil(text)
	default:
		inv.Format = FormatList
		inv.Devices, more = readList(text)
	}
	problems = append(problems, more...)
	if len(inv.Devices) == 0 && len(problems) == 0 {
		problems = append(problems, Problem{Text: "the inventory has no devices", Advice: adviceFormats})
	}
	return inv, problems
}

const adviceFormats = `make one with "pnputil /enum-devices /deviceids" (Windows 11), or write the hardware IDs one a line with a blank line between devices`

// decode makes text of the bytes that Windows' tools write: UTF-8 or UTF-16 with a byte order mark, UTF-16 without one,
// UTF-8, or the console's code page, of which only ASCII is sure.
func decode(src []byte) (string, []Problem) {
	switch {
	case bytes.HasPrefix(src, []byte{0xEF, 0xBB, 0xBF}):
		src = src[3:]
	case bytes.HasPrefix(src, []byte{0xFF, 0xFE}):
		return decode16(src[2:], binary.LittleEndian), nil
	case bytes.HasPrefix(src, []byte{0xFE, 0xFF}):
		return decode16(src[2:], binary.BigEndian), nil
	case len(src) >= 4 && src[0] != 0 && src[1] == 0 && src[3] == 0:
		return decode16(src, binary.LittleEndian), nil
	case len(src) >= 4 && src[0] == 0 && src[1] != 0 && src[2] == 0:
		return decode16(src, binary.BigEndian), nil
	}
	if utf8.Valid(src) {
		return string(src), nil
	}
	bad := 0
	for i := 0; bad == 0; {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			bad = 1 + bytes.Count(src[:i], []byte("\n"))
		}
		i += n
	}
	return strings.ToValidUTF8(string(src), "\uFFFD"), []Problem{{
		Line: bad, Text: "the text is in a console code page: letters beyond ASCII are lost",
		Advice: `names only; write it with PowerShell ("... | Out-File inventory.txt -Encoding utf8") to keep them`,
	}}
}

func decode16(b []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// lines splits text into lines without their ends.
func lines(text string) []string {
	out := strings.Split(text, "\n")
	for i := range out {
		out[i] = strings.TrimSuffix(out[i], "\r")
	}
	return out
}

// clean drops blanks around identifiers, and empty ones: the form of the export makes those, no device has them.
func clean(ids []string) []string {
	var out []string
	for _, id := range ids {
		if id = strings.TrimSpace(id); id != "" {
			out = append(out, id)
		}
	}
	return out
}

// maxProblems is how many lines of a list are complained about: more tell nothing new.
const maxProblems = 10

// readList reads identifiers one a line. A blank line ends a device, # begins a comment line.
func readList(text string) (devices []Device, problems []Problem) {
	open, refused := false, 0
	for n, line := range lines(text) {
		line = strings.TrimSpace(strings.Trim(strings.TrimSpace(line), `"'`))
		switch {
		case line == "":
			open = false
			continue
		case strings.HasPrefix(line, "#"):
			continue
		case !plausible(line):
			if refused++; refused > maxProblems {
				continue
			}
			problems = append(problems, Problem{
				Line: n + 1, Text: "no hardware ID: " + shorten(line),
				Advice: "a list has one hardware ID a line, such as PCI\\VEN_8086&DEV_15BE, and nothing else; # begins a comment",
			})
			continue
		}
		if !open {
			devices = append(devices, Device{Line: n + 1})
			open = true
		}
		d := &devices[len(devices)-1]
		if strings.Count(line, `\`) > 1 && d.Instance == "" {
			d.Instance = line
			line = hwid.FromInstance(line)
		}
		d.IDs.Hardware = append(d.IDs.Hardware, line)
	}
	if refused > maxProblems {
		problems = append(problems, Problem{Text: fmt.Sprintf("%d more lines are no hardware IDs", refused-maxProblems), Advice: adviceFormats})
	}
	return devices, problems
}

// plausible reports whether a line of a list can be an identifier. Vendors' buses are many, so only prose is refused.
func plausible(s string) bool {
	return len(s) < 200 && (strings.ContainsAny(s, `\&*_{`) || !strings.ContainsAny(s, " \t,;"))
}

func shorten(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
