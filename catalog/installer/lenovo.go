package installer

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// lenovoPackage is what a System Update package descriptor says of a setup program: the XML file that Lenovo publishes
// beside it as NAME_2_.xml. docs.lenovocdrt.com, "Package XML".
type lenovoPackage struct {
	ID, Name, Version, Title, Vendor string

	Extract     string   // unpacks the program, %PACKAGEPATH% is where to
	Install     string   // runs without questions what was unpacked
	InstallType string   // "cmd", "inf"
	ReturnCodes []int64  // of Install, all of them successes
	Reboot      int      // 0 none, 1 restarts by itself, 3 a restart is needed, 4 shuts down by itself, 5 a restart must follow soon; -1 not told
	Installers  []string // names of the files that are published with it
}

// The descriptor as it is written. Descriptions are given by language; English comes first.
type lenovoXML struct {
	XMLName xml.Name
	ID      string        `xml:"id,attr"`
	Name    string        `xml:"name,attr"`
	Version string        `xml:"version,attr"`
	Title   []lenovoText  `xml:"Title>Desc"`
	Vendor  string        `xml:"Vendor"`
	Extract string        `xml:"ExtractCommand"`
	Reboot  lenovoReboot  `xml:"Reboot"`
	Install lenovoInstall `xml:"Install"`
	Files   []string      `xml:"Files>Installer>File>Name"`
}

type lenovoText struct {
	ID   string `xml:"id,attr"`
	Text string `xml:",chardata"`
}

type lenovoReboot struct {
	Type string `xml:"type,attr"`
}

type lenovoInstall struct {
	ReturnCodes string       `xml:"rc,attr"`
	Type        string       `xml:"type,attr"`
	Commands    []lenovoText `xml:"Cmdline"`
}

// parseLenovo reads a package descriptor. Other XML, and a file that is not well-formed, is an error.
func parseLenovo(data []byte) (lenovoPackage, error) {
	var x lenovoXML
	if err := decodeXML(data, "Package", &x); err != nil {
		return lenovoPackage{}, fmt.Errorf("installer: package descriptor: %w", err)
	}
	if x.ID == "" && x.Name == "" {
		return lenovoPackage{}, fmt.Errorf("installer: package descriptor: neither id nor name: %w", errOther)
	}
	p := lenovoPackage{
		ID: oneLine(x.ID), Name: oneLine(x.Name), Version: oneLine(x.Version), Title: oneLine(english(x.Title)), Vendor: oneLine(x.Vendor),
		Extract: oneLine(x.Extract), Install: oneLine(english(x.Install.Commands)), InstallType: strings.ToLower(x.Install.Type),
		ReturnCodes: numbers(x.Install.ReturnCodes), Reboot: -1,
	}
	if n, err := strconv.Atoi(strings.TrimSpace(x.Reboot.Type)); err == nil {
		p.Reboot = n
	}
	for _, f := range x.Files {
		p.Installers = append(p.Installers, oneLine(f))
	}
	return p, nil
}

func english(list []lenovoText) string {
	for _, t := range list {
		if strings.EqualFold(t.ID, "EN") {
			return t.Text
		}
	}
	if len(list) > 0 {
		return list[0].Text
	}
	return ""
}

// numbers reads a list such as "0,3010"; what is no number is passed over.
func numbers(list string) (out []int64) {
	for _, f := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		if n, err := strconv.ParseInt(f, 10, 64); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// lenovo looks for the descriptor of this program beside it.
func (a *adviser) lenovo() *catalog.Silent {
	for _, name := range a.beside.with(".xml") {
		data := a.beside.read(name)
		if !bytes.Contains(data, []byte("<Package")) {
			continue
		}
		p, err := parseLenovo(data)
		if err != nil {
			continue
		}
		if s := a.fromLenovo(p, name); s != nil {
			return s
		}
	}
	return nil
}

const packagePath = `%PACKAGEPATH%\`

// fromLenovo is the answer of a descriptor, nil if it is about another program.
func (a *adviser) fromLenovo(p lenovoPackage, from string) *catalog.Silent {
	install := strings.TrimPrefix(p.Install, packagePath)
	if strings.HasPrefix(p.Install, `"`+packagePath) {
		install = `"` + strings.TrimPrefix(p.Install, `"`+packagePath)
	}
	unpack := ""
	switch {
	case runsProgram(install, a.name): // the file itself, or the program that was unpacked before it was imported
	case runsProgram(p.Extract, a.name):
		unpack = p.Extract
	default:
		return nil
	}
	a.beside.use(from)
	if unpack != "" {
		a.info.Technology, a.info.TechnologyVersion = LenovoPackage, ""
	}
	a.product(p.Title, p.Version, p.Vendor)
	if p.InstallType != "" && p.InstallType != "cmd" || install == "" {
		return nil
	}
	s := &catalog.Silent{Command: install, Unpack: unpack, Source: catalog.SilentVendor, From: from, Confidence: catalog.Likely, Restart: catalog.RestartUnknown}
	s.Reason = "Lenovo's package descriptor says that System Update runs it so"
	if silentWords(install) {
		s.Confidence = catalog.Certain
	}
	done := catalog.ExitDone
	switch p.Reboot {
	case 0:
		s.Restart, s.RestartNote = catalog.RestartNo, "it needs no restart (Reboot type 0)"
	case 1:
		s.Restart, s.RestartNote = catalog.RestartYes, "it restarts the computer by itself (Reboot type 1)"
	case 3:
		s.Restart, s.RestartNote, done = catalog.RestartNo, "it does not restart, and needs a restart afterwards (Reboot type 3)", catalog.ExitRestart
	case 4:
		s.Restart, s.RestartNote = catalog.RestartYes, "it shuts the computer down by itself (Reboot type 4)"
	case 5:
		s.Restart, s.RestartNote, done = catalog.RestartNo, "it does not restart, and a restart must follow soon (Reboot type 5)", catalog.ExitRestart
	}
	for _, n := range p.ReturnCodes {
		s.ExitCodes = append(s.ExitCodes, successCode(n, done))
	}
	if len(s.ExitCodes) == 0 { // a list that is there is taken at its word
		s.ExitCodes = withZero(nil, done)
	}
	return s
}

// successCode is a code that a vendor lists as a success.
func successCode(n int64, done catalog.ExitResult) catalog.ExitCode {
	switch n {
	case 1641:
		return code(n, catalog.ExitRestarting, "done, and a restart was started")
	case 3010:
		return code(n, catalog.ExitRestart, "done; a restart is needed")
	}
	if done == catalog.ExitRestart {
		return code(n, done, "done; a restart is needed")
	}
	if n == 0 {
		return code(n, done, "done")
	}
	return code(n, done, "done, says the vendor")
}

// runsProgram reports whether a command line starts the program of this name, without or with a path.
func runsProgram(command, name string) bool {
	first := command
	if rest, ok := strings.CutPrefix(command, `"`); ok {
		first, _, _ = strings.Cut(rest, `"`)
	} else if !strings.HasPrefix(strings.ToLower(command), strings.ToLower(name)) {
		first, _, _ = strings.Cut(command, " ")
	} else if first = command[:len(name)]; len(command) > len(name) && command[len(name)] != ' ' {
		return false
	}
	first = first[strings.LastIndexAny(first, `/\`)+1:]
	return strings.EqualFold(first, name)
}

// decodeXML reads a small document whose root has this name. Whatever encoding it declares, its text was decoded before.
func decodeXML(data []byte, root string, into any) error {
	s := text(data)
	if depth(s) > maxDepth {
		return fmt.Errorf("over %d elements deep: %w", maxDepth, errOther)
	}
	d := xml.NewDecoder(strings.NewReader(s))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		t, err := d.Token()
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok {
			if e.Name.Local != root {
				return fmt.Errorf("the root is <%s>, not <%s>: %w", oneLine(e.Name.Local), root, errOther)
			}
			return d.DecodeElement(into, &e)
		}
	}
}

var errOther = errors.New("not such a file")

// maxDepth is how deep elements may be nested; real files have fewer than 12 levels.
const maxDepth = 64

// depth counts at most how deep elements are nested, by their marks alone.
func depth(s string) int {
	deepest, now := 0, 0
	for i := strings.IndexByte(s, '<'); i >= 0 && i+1 < len(s); {
		switch s[i+1] {
		case '/':
			now--
		case '?', '!':
		default:
			end := strings.IndexByte(s[i:], '>')
			if end > 0 && s[i+end-1] == '/' {
				break
			}
			now++
			deepest = max(deepest, now)
		}
		next := strings.IndexByte(s[i+1:], '<')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return deepest
}
