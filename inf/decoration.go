package inf

import (
	"math/bits"
	"strconv"
	"strings"
)

// Decoration is a TargetOSVersion decoration, NT[arch][.[major][.[minor][.[product type][.[suite mask][.[build]]]]]]:
// learn.microsoft.com/windows-hardware/drivers/install/inf-manufacturer-section. Numbers that are not given are -1.
type Decoration struct {
	Arch         Arch // "" if not given
	Major, Minor int
	Build        int
	ProductType  int
	SuiteMask    int64
}

// firstBuild is the first build of Windows that reads build numbers in decorations.
const firstBuild = 14310

// ParseDecoration reads a decoration, ignoring case. ok is false for text that Windows cannot read and ignores, such as "NTx64".
func ParseDecoration(s string) (d Decoration, ok bool) {
	d = Decoration{Major: -1, Minor: -1, Build: -1, ProductType: -1, SuiteMask: -1}
	head, rest, dotted := strings.Cut(s, ".")
	if len(head) < 2 || !strings.EqualFold(head[:2], "NT") {
		return d, false
	}
	if head = head[2:]; head != "" {
		for _, a := range arches {
			if strings.EqualFold(head, string(a)) {
				d.Arch = a
			}
		}
		if d.Arch == "" {
			return d, false
		}
	}
	for i := 0; dotted; i++ {
		var part string
		part, rest, dotted = strings.Cut(rest, ".")
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := parseNumber(part)
		if err != nil || i > 4 {
			return d, false
		}
		switch i {
		case 0:
			d.Major = int(n)
		case 1:
			d.Minor = int(n)
		case 2:
			d.ProductType = int(n)
		case 3:
			d.SuiteMask = n
		case 4:
			d.Build = int(n)
		}
	}
	if d.Minor >= 0 && d.Major < 0 {
		return d, false
	}
	return d, true
}

// parseNumber reads a decimal or 0x number that fits 32 bits.
func parseNumber(s string) (int64, error) {
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		return strconv.ParseInt(s[2:], 16, 33)
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return int64(n), err
}

// Applies reports whether a models section with this decoration may serve a target.
func (d Decoration) Applies(t Target) bool {
	if !t.AtLeast(5, 1) { // Windows 2000 and older do not read decorated models sections
		return false
	}
	switch {
	case d.Arch == "" && !ReadsUndecorated(t):
		return false
	case d.Arch != "" && d.Arch != t.Arch:
		return false
	}
	if d.Major >= 0 {
		minor := max(d.Minor, 0)
		if !t.AtLeast(d.Major, minor) {
			return false
		}
		if d.Build >= 0 && t.Major == d.Major && t.Minor == minor && d.Build > t.Build {
			return false
		}
	}
	if d.Build >= 0 && (d.Build < firstBuild || t.Major < 10 || t.Build < firstBuild) {
		return false
	}
	if d.ProductType > 0 && ProductType(d.ProductType) != t.ProductType {
		return false
	}
	return d.SuiteMask <= 0 || uint32(d.SuiteMask)&t.SuiteMask == uint32(d.SuiteMask)
}

// ReadsUndecorated reports whether a target takes models without an architecture: x86 only since Windows Server 2003 SP1,
// every platform before it (support.microsoft.com/kb/888728).
func ReadsUndecorated(t Target) bool { return t.Arch == X86 || !t.AtLeast(5, 2) }

// better reports whether d beats o among decorations that both apply: the highest version, then build, product type, suite
// and architecture, in this order. The first listed stays on a tie.
func (d Decoration) better(o Decoration) bool {
	a, b := d.weight(), o.weight()
	for i := range a {
		if a[i] != b[i] {
			return a[i] > b[i]
		}
	}
	return false
}

func (d Decoration) weight() [6]int {
	w := [6]int{d.Major, max(d.Minor, 0), max(d.Build, 0), 0, 0, 0}
	if d.ProductType > 0 {
		w[3] = 1
	}
	if d.SuiteMask > 0 {
		w[4] = bits.OnesCount64(uint64(d.SuiteMask))
	}
	if d.Arch != "" {
		w[5] = 1
	}
	return w
}

// SelectDecoration returns the index of the decoration of one [Manufacturer] line that Windows chooses for a target, or
// -1 if none applies. Version beats product type, suite and architecture.
func SelectDecoration(decorations []string, t Target) int {
	best := -1
	var chosen Decoration
	for i, text := range decorations {
		d, ok := ParseDecoration(text)
		if !ok || !d.Applies(t) {
			continue
		}
		if best < 0 || d.better(chosen) {
			best, chosen = i, d
		}
	}
	return best
}
