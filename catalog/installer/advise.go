package installer

import (
	"cmp"
	"io"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// Folder is the folder that a setup program lies in, as far as Advise needs it. Names are without path, in any order;
// Open takes one of them, and whoever opened a file closes it.
type Folder interface {
	Names() []string
	Open(name string) (io.ReadCloser, error)
}

// The limits of looking at the files beside a program.
const (
	maxFile  = 1 << 20 // bytes
	maxFiles = 64      // that are opened
)

// Advice is what Advise found out.
type Advice struct {
	Info catalog.InstallerInfo // completed
	Read []string              // names of the files beside the program that it rests on
}

// Program is a setup program as it lies in a source.
type Program struct {
	Name   string
	Info   catalog.InstallerInfo // what was recognised in its bytes
	Beside Folder                // the folder that it lies in; may be nil
	Inside Folder                // the top of what it holds; nil if it cannot be opened
	Header *Header               // what it says of itself; nil if it cannot be opened, or is of a format without
	Inner  *Inner                // the setup program in it that it starts, see Starts; nil if it is not known
}

// Header is what a setup program says of itself in its own format.
type Header struct {
	Product, Version, Company string
	TechnologyVersion         string
	Runs                      string          // what it starts, with arguments
	Password                  bool            // it asks for a password
	Restart                   catalog.Restart // "" if the format does not tell
	RestartNote               string
	Asks                      string // why it may ask in a silent run all the same, "" if it does not tell
	Loud                      bool   // it means to
}

// Advise completes what was recognised in the bytes of a setup program: the technology where the files beside it or in it
// tell more, the product where the program does not name it, and how it is run without questions. It does not change p.
func Advise(p Program) Advice {
	a := adviser{name: p.Name, info: p.Info, header: p.Header, inner: p.Inner, beside: newBeside(p.Beside), inside: newBeside(p.Inside)}
	a.info.Silent = nil
	a.info.Technology = cmp.Or(p.Info.Technology, defaultTechnology(p.Info.Kind))
	a.takeHeader()
	a.installShield()
	vendor := a.vendor()
	a.autorun()
	if vendor == nil {
		vendor = rowOf(a.info.Technology).silent(p.Name)
		a.refine(vendor)
	}
	a.info.Silent = vendor
	return Advice{Info: a.info, Read: a.beside.list()}
}

// adviser is one Advise under way.
type adviser struct {
	name           string
	info           catalog.InstallerInfo
	header         *Header
	inner          *Inner
	beside, inside *beside
}

// takeHeader takes over what the program says of itself. A database's tables come before its summary, which is often left
// as a tool wrote it; of a program its version resource comes first.
func (a *adviser) takeHeader() {
	h := a.header
	if h == nil {
		return
	}
	if a.info.Kind == "msi" && h.Product != "" {
		a.info.Product, a.info.Version, a.info.Company = "", "", ""
	}
	a.product(h.Product, h.Version, h.Company)
	if a.info.TechnologyVersion == "" {
		a.info.TechnologyVersion = oneLine(h.TechnologyVersion)
	}
	if a.info.Runs == "" {
		a.info.Runs = oneLine(h.Runs)
	}
}

// vendor asks the vendor's own files, the most specific first.
func (a *adviser) vendor() *catalog.Silent {
	for _, read := range []func() *catalog.Silent{a.lenovo, a.softPaq, a.mup, a.responseFile} {
		if s := read(); s != nil {
			return s
		}
	}
	return nil
}

// product takes over what a file beside the program says of the product, where the program itself does not name it.
func (a *adviser) product(product, version, company string) {
	if a.info.Product == "" {
		a.info.Product, a.info.Version = oneLine(product), oneLine(version)
	} else if a.info.Version == "" {
		a.info.Version = oneLine(version)
	}
	if a.info.Company == "" {
		a.info.Company = oneLine(company)
	}
}

// refine makes the default of a technology more exact by what the program's bytes told.
func (a *adviser) refine(s *catalog.Silent) {
	if a.through(s) {
		return
	}
	if a.info.Technology == PackageForTheWeb {
		if answers := a.answers(a.inside, "setup.iss"); answers != nil {
			s.Source, s.Confidence, s.From = catalog.SilentVendor, catalog.Likely, "setup.iss in "+a.name
			s.Reason = "-s silences the extractor, -a hands the second -s to the setup program in it, for which the vendor packed the response file setup.iss"
			s.Restart, s.RestartNote = bootOption(answers)
		}
	}
	if major, _, _ := strings.Cut(a.info.TechnologyVersion, "."); a.info.Technology == InnoSetup && len(major) == 1 && major < "5" {
		s.Confidence, s.Restart = catalog.Likely, catalog.RestartUnknown
		s.Reason, s.RestartNote = "every Inno Setup installer takes /VERYSILENT; versions before 5 pass over switches that came later", "versions before 5 may not know /NORESTART"
	}
	if h := a.header; h != nil && s.Source == catalog.SilentTechnology {
		if h.Restart != "" {
			s.Restart, s.RestartNote = h.Restart, h.RestartNote
		}
		if h.Password {
			s.Confidence = catalog.Guess
			s.Reason = "it asks for a password, which the command must give (/PASSWORD=... of Inno Setup)"
		}
		if h.Asks != "" {
			s.Reason += "; " + h.Asks
		}
		if h.Loud {
			s.Confidence = catalog.Guess
		}
	}
	runs := a.info.Runs
	if runs == "" {
		return
	}
	switch a.info.Technology {
	case NSIS, InnoSetup:
		if s.Confidence == catalog.Certain && !silentWords(runs) {
			s.Confidence = catalog.Likely
		}
		s.Reason += "; what it starts may ask all the same: " + runs
		if s.Restart == catalog.RestartNo {
			s.Restart = catalog.RestartUnknown
			s.RestartNote += "; whether what it starts restarts the computer is not known"
		}
	case SevenZip, IExpress, WinRAR:
		s.Reason = "the extractor takes the switches and runs: " + runs
		switch silentWords(runs) {
		case true:
			s.Confidence = catalog.Likely
			s.Reason += ", which has switches for a silent run itself"
		default:
			s.Confidence = catalog.Guess
			s.Reason += ", which may ask; unpacked, it can be run with its own switches"
		}
	}
}

// silentWords reports whether a command line has a switch that programs know as "ask nothing".
func silentWords(command string) bool {
	for _, w := range strings.Fields(strings.ToLower(command)) {
		switch strings.Trim(w, `"`) {
		case "/s", "-s", "/q", "-q", "/qn", "-qn", "/quiet", "-quiet", "--quiet", "/silent", "-silent", "--silent", "/verysilent", "/passive", "/qb", "/s/v/qn":
			return true
		}
		if strings.HasPrefix(w, `/v"/q`) || strings.HasPrefix(w, "/v/q") || strings.HasPrefix(w, `/q:a`) {
			return true
		}
	}
	return false
}
