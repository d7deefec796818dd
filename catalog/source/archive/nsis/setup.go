package nsis

import (
	"slices"
	"strings"
)

// Setup is what an installer tells of itself without being run. Texts are those of the English language table, otherwise
// of the first; variables stand in them by name, as in "$INSTDIR\dpinst.exe".
type Setup struct {
	Name        string // what the installer calls its product
	Branding    string // the line below its pages; "Nullsoft Install System v..." if the vendor set none
	InstallDir  string // where it installs unless told otherwise
	Version     string // of NSIS, "" if the program does not tell it
	Unicode     bool
	Wide        bool // a 64-bit program
	Uninstaller bool // it removes something

	// Silent: it shows nothing even without /S. The switch /S (and /D=FOLDER, last and without quotes) works for every
	// installer of NSIS, but its script may show message boxes all the same.
	Silent bool
	// Restarts: the script has an instruction that restarts the machine; RestartFlag: one that asks for a restart at the
	// end. Whether it comes to them depends on the machine.
	Restarts, RestartFlag bool
	// Boxes are the message boxes without an answer for silent runs (/SD): they are shown there too, if it comes to them.
	Boxes int
	// Loud: the script ends a silent run (SetSilent normal), if it comes to that.
	Loud bool

	Sections  []Section
	Languages []uint16 // as Windows numbers them: 1033 is English (United States)
	// Commands are what the script starts, in the order of the script: programs, documents, and commands through the
	// plug-in nsExec.
	Commands []string
}

// Section is one part of an installer, which a user may be able to choose.
type Section struct {
	Name     string // "" if it is not shown
	Selected bool   // unless the user or the script chooses otherwise
	Required bool   // the user cannot choose
	Group    bool   // a heading, which installs nothing
	SizeKB   uint32 // of what it installs, in KiB
}

// The flags of a section, and of the header.
const (
	sectionSelected = 1 << 0
	sectionGroup    = 1 << 1
	sectionGroupEnd = 1 << 2
	sectionReadOnly = 1 << 4

	headerSilent    = 1 << 3
	headerSilentLog = 1 << 4
)

const (
	maxSections = 1 << 12
	maxCommands = 1000
)

// Setup tells what the header says. It reads nothing but the header, which Open has decoded.
func (a *Archive) Setup() Setup {
	h := a.h
	s := Setup{
		Version:     a.version,
		Unicode:     h.strings.unicode,
		Wide:        h.layout.wide,
		Uninstaller: a.flags&flagUninstaller != 0,
		Silent:      a.flags&flagSilent != 0 || u32(h.b)&(headerSilent|headerSilentLog) != 0,
		Languages:   slices.Clone(h.languages),
		Sections:    h.sections(),
		InstallDir:  h.installDir(),
	}
	t := *h // the strings here have a budget of their own
	t.textLeft = maxText * 64
	if pos, ok := t.langString(0); ok {
		s.Branding = t.resolved(pos)
	}
	if pos, ok := t.langString(2); ok {
		s.Name = t.resolved(pos)
	}
	t.scan(&s)
	return s
}

// resolved is a string as a user would see it, "" if it is too long.
func (h *header) resolved(pos uint32) string {
	s, err := h.expand(pos, 4, true)
	if err != nil || s == errorText {
		return ""
	}
	return h.text(s)
}

func (h *header) sections() (list []Section) {
	t := *h
	t.textLeft = maxText * 64
	at, end := h.block(blockSections), h.block(blockEntries).offset
	if at.count == 0 || at.count > maxSections || at.offset > end {
		return nil
	}
	size := (end - at.offset) / at.count // it depends on the longest name that the build allows
	if size < 24 {
		return nil
	}
	for i := range at.count {
		b := h.b[at.offset+i*size:]
		flags := u32(b[8:])
		if flags&sectionGroupEnd != 0 {
			continue
		}
		list = append(list, Section{
			Name:     t.resolved(u32(b)),
			Selected: flags&sectionSelected != 0,
			Required: flags&sectionReadOnly != 0,
			Group:    flags&sectionGroup != 0,
			SizeKB:   u32(b[20:]),
		})
	}
	return list
}

// installDir lies behind ten numbers, the functions that the program calls and the types of installation.
func (h *header) installDir() string {
	functions := 10
	if h.block(blockPages).offset == 276 {
		functions--
	}
	const types = 32 + 1
	at := h.parametersAt() + 40 + 4*functions + 4*types
	if at+4 > len(h.b) {
		return ""
	}
	t := *h
	t.textLeft = maxText * 2
	if pos := u32(h.b[at:]); pos != 0 && pos < h.strings.n {
		return t.resolved(pos)
	}
	return ""
}

// scan looks through the script for what an administrator would want to know.
func (h *header) scan(s *Setup) {
	const (
		rebootFlag = 4 // of what SetFlag sets
		silentFlag = 8
		answerBits = 20 // of a box: what lies above is the answer of silent runs; NSIS 2 began a bit lower than 3 does
	)
	var pushed []uint32 // what was pushed just now
	for i := range h.count() {
		n := h.instruction(i)
		command := ""
		switch n.op {
		case opReboot:
			s.Restarts = true
		case opSetFlag:
			if n.p[0] == rebootFlag && n.p[2] == 0 {
				s.RestartFlag = s.RestartFlag || h.resolved(n.p[1]) == "1"
			}
			if n.p[0] == silentFlag && n.p[2] == 0 {
				s.Loud = s.Loud || h.resolved(n.p[1]) == "0"
			}
		case opMessageBox:
			if n.p[0]>>answerBits == 0 {
				s.Boxes++
			}
		case opExecute:
			command = h.resolved(n.p[0])
		case opShellExec:
			command = strings.TrimSpace(h.resolved(n.p[1]) + " " + h.resolved(n.p[2]))
		case opPush:
			if n.p[1] == 0 && n.p[2] == 0 && len(pushed) < 8 {
				pushed = append(pushed, n.p[0])
				continue
			}
		case opRegisterDLL:
			// The command was pushed first: a plug-in takes its parameters from the last to the first.
			if len(pushed) > 0 && strings.EqualFold(h.resolved(n.p[0]), `$PLUGINSDIR\nsExec.dll`) {
				command = h.resolved(pushed[0])
			}
		}
		pushed = pushed[:0]
		if command != "" && len(s.Commands) < maxCommands {
			s.Commands = append(s.Commands, command)
		}
	}
}
