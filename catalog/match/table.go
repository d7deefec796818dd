package match

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/drivercat/drivercat/inf/hwid"
)

// The names of properties that Windows' classes and cmdlets use: Win32_PnPEntity, Get-PnpDevice, PowerShell's selections.
var propertyNames = map[string]property{
	"name": propName, "friendlyname": propName, "caption": propName, "description": propDescription,
	"deviceid": propInstance, "pnpdeviceid": propInstance, "instanceid": propInstance,
	"hardwareid": propHardware, "hardwareids": propHardware, "compatibleid": propCompatible, "compatibleids": propCompatible,
}

type property uint8

const (
	propNone property = iota
	propName
	propDescription // where there is no name
	propInstance
	propHardware
	propCompatible
)

func propertyOf(name string) property {
	return propertyNames[strings.ToLower(strings.ReplaceAll(strings.TrimSpace(name), " ", ""))]
}

// record gathers the properties of one device.
type record struct {
	description string
	device      Device
	known       bool // has a property that tells a device
	lost        bool // PowerShell wrote the type of a list in place of its values
}

func (r *record) set(p property, values []string) {
	for i, v := range values {
		if strings.HasPrefix(strings.TrimSpace(v), "System.") && strings.HasSuffix(strings.TrimSpace(v), "[]") {
			r.lost = true
			values = values[:i]
			break
		}
	}
	first := ""
	if len(values) > 0 {
		first = strings.TrimSpace(values[0])
	}
	switch p {
	case propName:
		r.device.Name = first
	case propDescription:
		r.description = first
	case propInstance:
		r.device.Instance = first
	case propHardware:
		r.device.IDs.Hardware = clean(values)
	case propCompatible:
		r.device.IDs.Compatible = clean(values)
	}
	r.known = r.known || p >= propInstance
}

// splitIDs splits a list that was joined to one text. An identifier never holds a comma.
func splitIDs(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ',' || r == '\n' || r == '\r' })
}

// finish adds a record's device to devices.
func (r *record) finish(devices []Device, line int) []Device {
	if r.device.Name == "" {
		r.device.Name = r.description
	}
	r.device.Line = line
	return append(devices, r.device)
}

// Advice about exports.
const (
	adviceJSON = `export it with: Get-CimInstance Win32_PnPEntity | Select-Object Name,DeviceID,HardwareID,CompatibleID | ConvertTo-Json -Depth 3`
	adviceCSV  = `join the lists: Get-CimInstance Win32_PnPEntity | Select-Object Name,DeviceID,@{n='HardwareID';e={$_.HardwareID -join ';'}},@{n='CompatibleID';e={$_.CompatibleID -join ';'}} | Export-Csv`
)

// looksLikeJSON tells an object or an array from an identifier that begins with a brace.
func looksLikeJSON(text string) bool {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		return true
	}
	rest, ok := strings.CutPrefix(text, "{")
	rest = strings.TrimLeft(rest, " \t\r\n")
	return ok && (strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "}"))
}

// readJSON reads one object, an array of them, or several documents one after the other.
func readJSON(text string) (devices []Device, problems []Problem) {
	d := json.NewDecoder(strings.NewReader(text))
	var lost, unknown int
	for {
		var v any
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			at := len(text) // cut short
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				at = min(max(int(syntax.Offset)-1, 0), len(text))
			}
			problems = append(problems, Problem{Line: 1 + strings.Count(text[:at], "\n"), Text: "the JSON cannot be read: " + err.Error(), Advice: "was the export cut short? " + adviceJSON})
			break
		}
		for _, o := range objects(v) {
			var r record
			for name, value := range o {
				if p := propertyOf(name); p != propNone {
					r.set(p, texts(value, p))
				}
			}
			switch {
			case !r.known:
				unknown++
				continue
			case r.lost:
				lost++
			}
			devices = r.finish(devices, len(devices)+unknown+1)
		}
	}
	return devices, append(problems, tableProblems(devices, lost, unknown, adviceJSON)...)
}

// objects finds the objects of a document: PowerShell wraps arrays in {"value": [...], "Count": n} at times.
func objects(v any) (out []map[string]any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if o, ok := e.(map[string]any); ok {
				out = append(out, o)
			}
		}
	case map[string]any:
		if list, ok := v["value"].([]any); ok {
			return objects(list)
		}
		out = append(out, v)
	}
	return out
}

// texts makes texts of a property's value: one, a list, a wrapped list.
func texts(v any, p property) (out []string) {
	switch v := v.(type) {
	case string:
		if p >= propHardware {
			return splitIDs(v)
		}
		return []string{v}
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	case map[string]any:
		return texts(v["value"], p)
	}
	return out
}

// tableHeader returns the first line of a table and its number; PowerShell 5 writes a line "#TYPE ..." before it.
func tableHeader(text string) (line string, number int) {
	for l := range strings.SplitSeq(text, "\n") {
		number++
		if l = strings.TrimSuffix(l, "\r"); l != "" && !strings.HasPrefix(l, "#") {
			return l, number
		}
	}
	return "", 0
}

// csvDelimiter finds what separates the columns of a table, 0 if the text is none.
func csvDelimiter(text string) rune {
	header, _ := tableHeader(text)
	for _, delimiter := range ",;\t" {
		columns := strings.Split(header, string(delimiter))
		for _, c := range columns {
			if p := propertyOf(strings.Trim(c, `"' `)); p >= propHardware || p == propInstance && len(columns) > 1 {
				return delimiter
			}
		}
	}
	return 0
}

func readCSV(text string) (devices []Device, problems []Problem) {
	_, header := tableHeader(text)
	for range header - 1 {
		_, text, _ = strings.Cut(text, "\n")
	}
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.LazyQuotes, c.FieldsPerRecord, c.ReuseRecord = csvDelimiter(text), true, -1, true
	var columns []property
	lost := 0
	for {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			problems = append(problems, Problem{Line: header - 1 + syntax.Line, Text: "the table cannot be read: " + syntax.Err.Error(), Advice: adviceCSV})
			break
		}
		if columns == nil {
			for _, f := range fields {
				columns = append(columns, propertyOf(f))
			}
			continue
		}
		var r record
		for i, f := range fields[:min(len(fields), len(columns))] {
			switch p := columns[i]; {
			case p >= propHardware:
				r.set(p, splitIDs(f))
			case p != propNone:
				r.set(p, []string{f})
			}
		}
		if r.lost {
			lost++
		}
		line, _ := c.FieldPos(0)
		devices = r.finish(devices, header-1+line)
	}
	return devices, append(problems, tableProblems(devices, lost, 0, adviceCSV)...)
}

// tableProblems tells what an export lacks, and fills in what an instance path tells if no device has a list at all.
func tableProblems(devices []Device, lost, unknown int, advice string) (problems []Problem) {
	if unknown > 0 {
		problems = append(problems, Problem{Text: fmt.Sprintf("%d objects are no devices: they have neither DeviceID nor HardwareID", unknown), Advice: advice})
	}
	if lost > 0 {
		problems = append(problems, Problem{Text: fmt.Sprintf(`%d lists of IDs are lost: PowerShell wrote "System.String[]" in their place`, lost), Advice: advice})
	}
	if len(devices) == 0 {
		return problems
	}
	for _, d := range devices {
		if !d.Silent() {
			return problems
		}
	}
	for i := range devices {
		if devices[i].Instance != "" {
			devices[i].IDs.Hardware = []string{hwid.FromInstance(devices[i].Instance)}
		}
	}
	return append(problems, Problem{Text: "no device has its hardware IDs; their instance paths tell the first one only", Advice: advice})
}
