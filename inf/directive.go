package inf

import "strings"

// directive is a directive of install sections that this package knows.
type directive uint8

const (
	noDirective directive = iota
	dirAddComponent
	dirAddInterface
	dirAddReg
	dirAddService
	dirAddSoftware
	dirConfigFile
	dirCopyFiles
	dirCopyINF
	dirCoreDriverSections
	dirDataFile
	dirDataSection
	dirDelFiles
	dirDelReg
	dirDelService
	dirDriverFile
	dirDriverVer
	dirExcludeID
	dirFeatureScore
	dirHelpFile
	dirInclude
	dirKmdfService
	dirLanguageMonitor
	dirNeeds
	dirPrintProcessor
	dirRegisterDLLs
	dirRenFiles
	dirUmdfService
	dirUnregisterDLLs
)

// directives finds a directive by its name in lower case.
var directives = map[string]directive{
	"addcomponent": dirAddComponent, "addinterface": dirAddInterface, "addreg": dirAddReg, "addservice": dirAddService, "addsoftware": dirAddSoftware,
	"configfile": dirConfigFile, "copyfiles": dirCopyFiles, "copyinf": dirCopyINF, "coredriversections": dirCoreDriverSections, "datafile": dirDataFile, "datasection": dirDataSection,
	"delfiles": dirDelFiles, "delreg": dirDelReg, "delservice": dirDelService, "driverfile": dirDriverFile, "driverver": dirDriverVer,
	"excludeid": dirExcludeID, "featurescore": dirFeatureScore, "helpfile": dirHelpFile, "include": dirInclude, "kmdfservice": dirKmdfService,
	"languagemonitor": dirLanguageMonitor, "needs": dirNeeds, "printprocessor": dirPrintProcessor, "registerdlls": dirRegisterDLLs,
	"renfiles": dirRenFiles, "umdfservice": dirUmdfService, "unregisterdlls": dirUnregisterDLLs,
}

// longestDirective is the length of the longest name in directives.
const longestDirective = len("coredriversections")

// directive tells which directive an entry is.
func (d *Driver) directive(l *Line) directive {
	var buf [longestDirective]byte
	return directives[string(d.lowerKey(l, buf[:0]))]
}

// lowerKey appends an entry's key, strings substituted and in lower case, to buf: nothing if the entry has no key or buf
// no room for it, since the names that are looked up fit.
func (d *Driver) lowerKey(l *Line, buf []byte) []byte {
	if !l.HasKey {
		return nil
	}
	key := l.Key.Text
	if strings.IndexByte(key, '%') >= 0 {
		key = d.exp.expand(key, nil)
	}
	if len(key) > cap(buf) {
		return nil
	}
	for i := range len(key) {
		c := key[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf = append(buf, c)
	}
	return buf
}

// walk runs through install sections as Windows does. It reads each section once, with the sections of the same INF that
// it needs in their place, and counts what it looks at.
type walk struct {
	d       *Driver
	arch    Arch
	visited map[*Section]bool
	work    *budget
	suffix  string // of the subsection that is being run, such as ".Services"; "" in the install section itself
	// needs, if not nil, is told of each name that a Needs directive gives.
	needs func(Need)
}

// eachDirective is told of one directive and the section that it stands in.
type eachDirective func(sec *Section, l *Line, k directive)

// budget bounds the work that one INF may cost: entries, files and directives looked at.
type budget struct{ spent, limit int }

func (b *budget) exceeded() bool { return b.spent > b.limit }

// maxDepth bounds how deeply sections may need each other. Real ones stay below 5.
const maxDepth = 1000

// Need is one name of a Needs directive: a section that is run as if it stood there.
type Need struct {
	Name    string
	In      string   // the section that needs it
	Section *Section // nil if the INF does not have it
	Inbox   bool     // the section is not in this INF, but an Include of the same section may bring it
	Line    *Line
	Field   Field
}

// run calls each with the directives of a section and of those it needs. suffix is the subsection's.
func (w *walk) run(sec *Section, suffix string, each eachDirective) {
	outer := w.suffix
	w.suffix = suffix
	w.runDeep(sec, 0, each)
	w.suffix = outer
}

func (w *walk) runDeep(sec *Section, depth int, each eachDirective) {
	if sec == nil || w.visited[sec] || w.work.exceeded() {
		return
	}
	if depth > maxDepth {
		w.work.spent = w.work.limit + 1
		return
	}
	w.visited[sec] = true
	w.work.spent += 1 + len(sec.Lines)
	includes := false
	for i := range sec.Lines {
		l := &sec.Lines[i]
		k := w.d.directive(l)
		switch k {
		case noDirective:
			continue
		case dirInclude:
			includes = true
		case dirNeeds:
			for j, fd := range l.Fields {
				name := w.d.field(l, j)
				if name == "" {
					continue
				}
				needed := w.d.needed(name, w.suffix, w.arch)
				if w.needs != nil {
					w.needs(Need{Name: name, In: sec.Name, Section: needed, Inbox: needed == nil && (includes || w.d.includes(sec)), Line: l, Field: fd})
				}
				w.runDeep(needed, depth+1, each)
			}
			continue
		case dirCoreDriverSections:
			each(sec, l, k)
			for j := range l.Fields {
				_, names := coreDriver(w.d.field(l, j))
				for _, name := range names {
					w.runDeep(w.d.File.Section(name), depth+1, each)
				}
			}
			continue
		}
		each(sec, l, k)
	}
}

// needed finds the section of this INF that a Needs directive names: the name as given, else decorated for an architecture
// as install sections are, in front of the subsection's suffix.
func (d *Driver) needed(name, suffix string, arch Arch) *Section {
	if sec := d.File.Section(name); sec != nil {
		return sec
	}
	if n := len(name) - len(suffix); suffix != "" && n > 0 && equalFold(name[n:], suffix) {
		actual, _ := d.InstallSection(name[:n], arch)
		return d.File.Section(actual + suffix)
	}
	_, sec := d.InstallSection(name, arch)
	return sec
}

// includes reports whether a section has an Include directive.
func (d *Driver) includes(sec *Section) bool {
	for i := range sec.Lines {
		if d.directive(&sec.Lines[i]) == dirInclude {
			return true
		}
	}
	return false
}
