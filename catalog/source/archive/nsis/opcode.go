package nsis

// opcode is an instruction of a script, numbered as NSIS 3 with Unicode numbers them. Other builds leave some out and
// have others; layout.opcode translates.
type opcode uint32

const (
	opRet           opcode = 1
	opNop           opcode = 2
	opSetAttributes opcode = 10
	opCreateDir     opcode = 11 // CreateDirectory; SetOutPath if its second parameter is set
	opSetFlag       opcode = 13
	opExtract       opcode = 20
	opMessageBox    opcode = 22
	opAssign        opcode = 25 // StrCpy
	opPush          opcode = 31 // Push, Pop, Exch
	opGetDlgItem    opcode = 35
	opShellExec     opcode = 40
	opExecute       opcode = 41
	opRegisterDLL   opcode = 44 // a plug-in's function too
	opReboot        opcode = 47
	opFileClose     opcode = 54
	opFileOpen      opcode = 55
	opFileSeek      opcode = 58
	opUninstaller   opcode = 62
	opSectionSet    opcode = 63
	opGetOSInfo     opcode = 65
	opReserved      opcode = 66
	opFilePutWide   opcode = 68
	opLog           opcode = 70
	opFindProc      opcode = 71
	opFontVersion   opcode = 72
	opFontName      opcode = 73
	opcodes                = 74
)

// parameters is how many parameters each opcode can have. An instruction with more is of another layout.
var parameters = [opcodes]uint8{
	0, 0, 1, 1, 0, 2, 6, 1, 0, 2, // 0: invalid to SetDetailsView
	2, 3, 3, 4, 4, 2, 4, 3, 2, 2, // 10: SetFileAttributes to GetTempFileName
	6, 2, 6, 2, 2, 4, 5, 3, 6, 4, // 20: File to IntOp
	4, 6, 5, 6, 3, 3, 2, 4, 5, 4, // 30: IntFmt to ShowWindow
	6, 3, 3, 4, 6, 6, 4, 1, 5, 4, // 40: ExecShell to ReadINIStr
	5, 6, 5, 5, 1, 4, 3, 4, 4, 1, // 50: DeleteReg to FindClose
	2, 3, 4, 5, 4, 6, 2, 1, 4, 4, // 60: FindNext to FileReadUTF16LE
	2, 2, 2, 2, // 70: LogSet, FindProc, GetFontVersion, GetFontName
}

const (
	instructionSize = 28
	parameterCount  = 6
)

// instruction is one step of a script.
type instruction struct {
	raw opcode // as stored
	op  opcode
	p   [parameterCount]uint32
}

// family is a line of NSIS builds whose scripts are numbered and whose strings are coded alike.
type family int

const (
	nsis2 family = iota
	nsis3
	park1 // Jim Park's Unicode builds up to 2.46.1
	park2 // 2.46.2, with GetFontVersion
	park3 // from 2.46.3 on, with GetFontName
)

// layout is what must be known of a build to read its script. Nothing in the file tells it: detect finds it out.
type layout struct {
	family  family
	unicode bool
	log     bool // built with the log instruction
	before  int  // 200 for NSIS up to 2.03, 225 up to 2.25, which have fewer variables; otherwise 0
	wide    bool // a 64-bit build
	bad     int  // the lowest opcode with too many parameters, -1 for none
}

func (l *layout) park() bool { return l.family >= park1 }

// opcode translates the number that a script has.
func (l *layout) opcode(n opcode) opcode {
	if !l.park() {
		switch {
		case !l.log || n < opSectionSet:
			return n
		case n == opSectionSet:
			return opLog
		}
		return n - 1
	}
	if n < opRegisterDLL {
		return n
	}
	if l.family >= park2 {
		if n == opRegisterDLL {
			return opFontVersion
		}
		n--
	}
	if l.family >= park3 {
		if n == opRegisterDLL {
			return opFontName
		}
		n--
	}
	if n < opFileSeek {
		return n
	}
	if l.unicode {
		if n < opFileSeek+2 {
			return opFilePutWide + n - opFileSeek
		}
		n -= 2
	}
	switch {
	case n >= opSectionSet && l.log && n == opSectionSet:
		return opLog
	case n >= opSectionSet && l.log:
		return n - 1
	case n == opFilePutWide:
		return opFindProc
	}
	return n
}

func (h *header) instruction(i int) (s instruction) {
	b := h.entries[i*instructionSize:][:instructionSize]
	s.raw = opcode(u32(b))
	s.op = h.layout.opcode(s.raw)
	for n := range s.p {
		s.p[n] = u32(b[4+4*n:])
	}
	return s
}

func (h *header) count() int { return len(h.entries) / instructionSize }

// findBad looks for the lowest opcode that has more parameters than it can have.
func (h *header) findBad() {
	h.layout.bad = -1
	for i := range h.count() {
		s := h.instruction(i)
		if s.op >= opcodes || h.layout.bad >= 0 && int(s.op) >= h.layout.bad {
			continue
		}
		n := parameterCount
		for n > 0 && s.p[n-1] == 0 {
			n--
		}
		switch {
		case s.op == opReserved,
			s.op == opGetOSInfo && h.layout.family != nsis3, // labels' addresses, for the compiler only, until 3.06
			s.op == opFindProc && n == 0,
			n > int(parameters[s.op]):
			h.layout.bad = int(s.op)
		}
	}
}

// detect finds out which build made the script. It asks in this order, as 7-Zip does, so that both take a file for the
// same: how strings name variables; which variable is the parent window in builds before 2.26; where WriteUninstaller
// stands among the opcodes; and which layout gives no instruction too many parameters.
func (h *header) detect() {
	l := &h.layout
	strong := h.stringsOf3()
	switch {
	case strong:
		l.family = nsis3
	case l.unicode:
		l.family = park1
	default:
		h.detectOld()
	}
	certain := false
	if !strong && l.before == 0 {
		certain = h.detectPark()
	}
	h.findBad()
	if l.bad < int(opRegisterDLL) {
		return
	}
	if l.unicode && !strong && !certain && l.bad < int(opSectionSet) {
		for _, try := range []layout{{family: park3, log: true}, {family: park2}, {family: park1}} {
			l.family, l.log = try.family, try.log
			if h.findBad(); l.bad <= 0 || l.bad >= int(opSectionSet) {
				break
			}
		}
	}
	if l.bad >= int(opSectionSet) {
		l.log = !l.log
		h.findBad()
		if l.bad >= int(opSectionSet) && l.log {
			l.log = false
			h.findBad()
		}
	}
}

// stringsOf3 reports whether a string starts with a variable as NSIS 3 codes it.
func (h *header) stringsOf3() bool {
	t := &h.strings
	for i := uint32(0); i+2 < t.n; i++ {
		if t.at(i) != 0 || t.at(i+1) != code3Var {
			continue
		}
		if v := t.at(i + 2); t.unicode && v&0x8080 == 0x8080 || !t.unicode && v&0x80 != 0 {
			return true
		}
	}
	return false
}

// detectOld looks for builds that have fewer variables.
func (h *header) detectOld() {
	for i := range h.count() {
		switch s := h.instruction(i); s.op {
		case opGetDlgItem:
			if !h.isVar(s.p[1], varParent225) {
				continue
			}
			h.layout.before = 225
			if s.p[0] == varOutDir225 {
				h.layout.before = 200
				return
			}
		case opAssign:
			if s.p[0] == varOutDir225 && s.p[2] == 0 && s.p[3] == 0 && h.isVar(s.p[1], varOutDir) {
				h.layout.before = 225
			}
		}
	}
}

// detectPark tells the family from the number of WriteUninstaller, whose last parameter is "$INSTDIR\" and the first. It
// reports whether there was one that tells.
func (h *header) detectPark() bool {
	l := &h.layout
	most := opcode(2)
	if l.unicode {
		most = 4
	}
	mask := 0
	for i := range h.count() {
		s := h.instruction(i)
		if s.raw < opUninstaller || s.raw > opUninstaller+most || s.p[4] != 0 || s.p[5] != 0 || s.p[0] <= 1 || s.p[3] <= 1 {
			continue
		}
		if !h.goodString(s.p[0]) || !h.goodString(s.p[3]) {
			continue
		}
		if v, n := h.variable(s.p[3]); v == varInstDir && h.strings.at(s.p[3]+n) == '\\' && h.equal(s.p[3]+n+1, s.p[0]) {
			mask |= 1 << (s.raw - opUninstaller)
		}
	}
	shift := 1 // of Park's opcodes before it, beside the two that only Unicode has
	if l.unicode {
		shift = 3
	}
	was := l.family
	switch mask {
	case 1:
		return true // NSIS 2 or the first of Park's
	case 1 << shift:
		l.family = park2
	case 1 << (shift + 1):
		l.family = park3
	}
	return l.family != was
}
