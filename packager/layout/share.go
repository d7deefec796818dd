package layout

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// ShareError says that a path must not be written to.
type ShareError struct {
	Path    string // as given
	Leads   string // where it leads, if that is not plain from Path
	Segment string // the part that matched
	PXE     bool   // a PXE share; otherwise one of ConfigMgr's own
	Why     string
}

func (e *ShareError) Error() string {
	what := "one of ConfigMgr's own shares"
	if e.PXE {
		what = "the PXE share"
	}
	s := fmt.Sprintf("%s is %s (%s)", e.Path, what, e.Segment)
	if e.Leads != "" {
		s = fmt.Sprintf("%s leads to %s, %s (%s)", e.Path, e.Leads, what, e.Segment)
	}
	return s + ": " + e.Why + "; nothing was written"
}

// Warning is something about a share that deserves a look and stops nothing.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

const (
	whyPXE     = "it serves boot images to computers that start from the network, packages in it are useless and fill its volume"
	whyLibrary = "ConfigMgr manages it itself, and a package source there would be destroyed or destroy it"
)

// refusal is one entry of the list.
type refusal struct {
	name  string
	match *regexp.Regexp // instead of a name, for a family of names
	pxe   bool
}

// refusals is the list of shares and folders that are never a target. Sources: KB947683 (SMSPXEIMAGES$), the ConfigMgr 2007
// help on the PXE service point, and the content library page of Microsoft's documentation.
func refusals() []refusal {
	return []refusal{
		{name: "SMSPXEIMAGE$", pxe: true},
		{name: "SMSPXEIMAGES$", pxe: true},
		{name: "REMINST", pxe: true},
		{name: "RemoteInstall", pxe: true}, // the folder that is shared as REMINST, whatever it is reached through
		{name: "SMSSIG$"},
		{name: "SMS_DP$"},
		{name: "SCCMContentLib"},
		{match: regexp.MustCompile(`(?i)^(SCCMContentLib[A-Z]?\$|SMSPKG[A-Z]?\$|SMS_CPSC[A-Z]?\$|SMS_[A-Z0-9]{3})$`)},
	}
}

// CheckShare refuses the PXE shares and ConfigMgr's own in every spelling: any case, either slash, trailing dots and spaces,
// device and UNC prefixes, 8.3 names, stream suffixes, smb:// addresses, NAL paths, ".." on the way, and paths that lead there
// through symbolic links, junctions, mounts or mapped drives. The error is a *ShareError. Nothing is written, and nothing but
// links and mounts of a local path is read; a server is not asked.
func CheckShare(p string) error {
	if err := CheckText(p); err != nil {
		return err
	}
	if !isLocalText(p) {
		return nil
	}
	for _, r := range resolve(p, maxLinks) {
		for _, f := range textForms(r) {
			if e := refused(f); e != nil {
				e.Path, e.Leads = p, r
				return e
			}
		}
	}
	return nil
}

// CheckText is CheckShare for what is no path of this machine, such as a NAL path or a point's name: nothing is looked up.
func CheckText(p string) error {
	for _, f := range textForms(p) {
		if e := refused(f); e != nil {
			e.Path = p
			return e
		}
	}
	return nil
}

// isLocalText reports whether the system can be asked where the path leads. A UNC path on another system than Windows is
// only text.
func isLocalText(p string) bool {
	if strings.Contains(p, "://") || strings.Contains(p, `"]`) {
		return false
	}
	return runtime.GOOS == "windows" || !strings.HasPrefix(p, `\`)
}

// textForms gives the segments of a path as written and with "." and ".." worked out.
func textForms(p string) [][]string {
	if i := strings.Index(p, "://"); i > 0 {
		if u, err := url.PathUnescape(p[i+3:]); err == nil {
			p = u
		}
	}
	raw := strings.FieldsFunc(p, func(r rune) bool { return r == '/' || r == '\\' })
	for i, s := range raw {
		raw[i] = segment(s)
	}
	var clean []string
	for _, s := range raw {
		switch s {
		case "", ".":
		case "..":
			if len(clean) > 0 {
				clean = clean[:len(clean)-1]
			}
		default:
			clean = append(clean, s)
		}
	}
	return [][]string{raw, clean}
}

// segment is a path segment as Windows sees it: without stream suffix, trailing dots and spaces, and the quotes of a NAL path.
func segment(s string) string {
	if s == "." || s == ".." {
		return s
	}
	if i := strings.LastIndexAny(s, `"]`); i >= 0 {
		s = s[i+1:]
	}
	if i := strings.IndexByte(s, ':'); i > 1 {
		s = s[:i]
	}
	return strings.TrimRight(s, ". \u00a0")
}

func refused(segs []string) *ShareError {
	for _, r := range refusals() {
		for _, seg := range segs {
			if !matches(r, seg) {
				continue
			}
			e := &ShareError{Segment: seg, PXE: r.pxe, Why: whyLibrary}
			if r.pxe {
				e.Why = whyPXE
			}
			return e
		}
	}
	return nil
}

func matches(r refusal, seg string) bool {
	if r.match != nil {
		return r.match.MatchString(seg)
	}
	return strings.EqualFold(seg, r.name) || isShortFor(seg, r.name)
}

// isShortFor reports whether s is an 8.3 name of a longer name: its first six characters, "~" and a number.
func isShortFor(s, name string) bool {
	i := strings.IndexByte(s, '~')
	if len(name) <= 8 || i != 6 || len(s) < 8 || len(s) > 9 {
		return false
	}
	return strings.EqualFold(s[:6], name[:6]) && strings.Trim(s[7:], "0123456789") == ""
}

// maxLinks is how many links to missing places are followed, as Linux does.
const maxLinks = 40

// resolve tells where a local path leads: through links, and through what is mounted there. A path that does not exist yet
// is resolved as far as it does.
func resolve(p string, links int) []string {
	abs, err := filepath.Abs(p)
	if err != nil {
		return nil
	}
	var out []string
	for head, rest := abs, ""; ; {
		if real, err := filepath.EvalSymlinks(head); err == nil {
			real = filepath.Join(real, rest)
			out = append(out, real)
			for _, m := range mounted(head) {
				out = append(out, m+string(filepath.Separator)+rest)
			}
			return out
		}
		parent := filepath.Dir(head)
		if parent == head {
			return out
		}
		// A link that leads to a missing place has a target all the same.
		if to, err := readlink(head); err == nil && links > 0 {
			to = filepath.Join(to, rest)
			out = append(append(out, to), resolve(to, links-1)...)
		}
		head, rest = parent, filepath.Join(filepath.Base(head), rest)
	}
}

// ShareWarnings says what is odd about a share root that may be used all the same.
func ShareWarnings(p string) []Warning {
	var out []Warning
	for _, s := range textForms(p)[1] {
		s = strings.ToUpper(s)
		if len(s) == 2 && s[1] == '$' && s[0] >= 'A' && s[0] <= 'Z' || s == "ADMIN$" {
			out = append(out, Warning{"admin-share", fmt.Sprintf("%s goes through the administrative share %s: ConfigMgr's computer accounts often cannot read it; make a share of its own", p, s)})
		}
	}
	return out
}

// NearMisses looks at the names of the folders below a platform folder for ones that were meant to be the layout's own:
// "SCCM Driver_Packages", with a space, is printed in a well-known walk-through.
func NearMisses(names []string) []Warning {
	var out []Warning
	for _, n := range names {
		for _, want := range []string{OriginalsFolder, PackagesFolder, SoftwareFolder} {
			if n != want && squeeze(n) == squeeze(want) && !strings.EqualFold(n, want) {
				out = append(out, Warning{"near-miss", fmt.Sprintf("there is a folder \"%s\"; drivercat and the layout use \"%s\": nothing in the first is looked at", n, want)})
			}
		}
	}
	return out
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(Normalise(s)))
}

// JoinShare joins a share root and a relative path for messages, with the root's own kind of slash.
func JoinShare(root, rel string) string {
	if strings.Contains(root, `\`) {
		return strings.TrimRight(root, `\/`) + `\` + strings.ReplaceAll(rel, "/", `\`)
	}
	return path.Join(filepath.ToSlash(root), rel)
}
