package installer

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// mup.xml is the description that Dell asks of its suppliers ("manageable update package"), and that Intel ships with
// many of its drivers: the name of the setup program, its switches by behaviour, and its exit codes by Dell's names.

type mupXML struct {
	XMLName  xml.Name
	Name     string        `xml:"packageinformation>name"`
	Version  string        `xml:"packageinformation>version"`
	Programs []string      `xml:"executable>executablename"`
	Behavior []mupBehavior `xml:"behaviors>behavior"`
	Codes    []mupCode     `xml:"returncodes>returncodemapping"`
}

type mupBehavior struct {
	Name    string      `xml:"name,attr"`
	Options []mupOption `xml:"vendoroption"`
}

type mupOption struct {
	Values    []mupValue `xml:"optionvalue"`
	Container *struct {
		Value  mupValue   `xml:"containervalue"`
		Values []mupValue `xml:"optionvalue"`
	} `xml:"container"`
}

type mupValue struct {
	Switch    string `xml:"switch,attr"`
	Needs     string `xml:"requiresvalue,attr"`
	Delimiter string `xml:"valuedelimiter,attr"`
	Enclose   string `xml:"enclose,attr"`
	Text      string `xml:",chardata"`
}

type mupCode struct {
	Name  string   `xml:"name,attr"`
	Codes []string `xml:"vendorreturncode"`
}

// String is the value as it stands on a command line; "" if it needs a value that only a person can give.
func (v mupValue) String() string {
	if strings.EqualFold(v.Needs, "true") {
		return ""
	}
	return v.Switch + strings.TrimSpace(v.Text)
}

// arguments joins the switches of a behaviour.
func (b mupBehavior) arguments() string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	for _, o := range b.Options {
		for _, v := range o.Values {
			add(v.String())
		}
		if c := o.Container; c != nil {
			var inner []string
			for _, v := range c.Values {
				if s := v.String(); s != "" {
					inner = append(inner, s)
				}
			}
			if len(inner) > 0 {
				add(c.Value.Switch + strings.TrimSpace(c.Value.Text) + c.Value.Delimiter + c.Value.Enclose + strings.Join(inner, " ") + c.Value.Enclose)
			}
		}
	}
	return oneLine(strings.Join(out, " "))
}

// mup looks for a mup.xml beside the program that is about it.
func (a *adviser) mup() *catalog.Silent {
	name := a.beside.named("mup.xml")
	data := a.beside.read(name)
	if data == nil {
		return nil
	}
	var x mupXML
	if err := decodeXML(data, "MUPDefinition", &x); err != nil {
		if err := decodeXML(data, "mupdefinition", &x); err != nil {
			return nil
		}
	}
	mine := false
	for _, p := range x.Programs {
		mine = mine || runsProgram(`"`+strings.TrimSpace(p)+`"`, a.name)
	}
	if !mine {
		return nil
	}
	a.beside.use(name)
	a.product(x.Name, x.Version, "")
	for _, b := range x.Behavior {
		arguments := b.arguments()
		if !strings.EqualFold(b.Name, "unattended") || arguments == "" {
			continue
		}
		s := &catalog.Silent{
			Command: catalog.QuoteName(a.name) + " " + arguments, Source: catalog.SilentVendor, Confidence: catalog.Certain, From: name,
			Reason: "the vendor's mup.xml says so (behaviour \"unattended\")", Restart: catalog.RestartUnknown,
		}
		for _, c := range x.Codes {
			s.ExitCodes = append(s.ExitCodes, c.exitCodes()...)
		}
		if len(s.ExitCodes) == 0 {
			s.ExitCodes = rowOf(a.info.Technology).silent(a.name).ExitCodes
		}
		s.ExitCodes = withZero(s.ExitCodes, catalog.ExitDone)
		for _, c := range s.ExitCodes {
			if c.Result == catalog.ExitRestart {
				s.Restart, s.RestartNote = catalog.RestartNo, "an exit code tells whether a restart is needed"
			}
		}
		return s
	}
	return nil
}

// exitCodes are the vendor's codes for one of Dell's names, see dellCodes.
func (c mupCode) exitCodes() (out []catalog.ExitCode) {
	result, meaning := catalog.ExitFailed, strings.ToLower(strings.ReplaceAll(oneLine(c.Name), "_", " "))
	switch strings.ToUpper(c.Name) {
	case "SUCCESS", "SUCCESSFUL":
		result, meaning = catalog.ExitDone, "done"
	case "REBOOT_REQUIRED":
		result, meaning = catalog.ExitRestart, "done; a restart is needed"
	case "REBOOTING_SYSTEM":
		result, meaning = catalog.ExitRestarting, "done, and a restart was started"
	case "REBOOT_UPDATE_PENDING":
		result = catalog.ExitRetry
	}
	for _, s := range c.Codes {
		if n, err := strconv.ParseInt(strings.TrimSpace(s), 0, 64); err == nil {
			out = append(out, code(n, result, meaning))
		}
	}
	return out
}
