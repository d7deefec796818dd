package blocklist

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// List is a list of blocked drivers. It is not changed once it was read, and safe for concurrent use.
type List struct {
	Name     string `json:"name,omitempty"`
	PolicyID string `json:"policyId"`
	Version  string `json:"version"` // of the policy, four decimal numbers
	Rules    []Rule `json:"-"`
	Ignored  int    `json:"ignored"` // rules of a kind that is not compared

	byHash map[string]int
	byTBS  map[string][]int
	byName map[string][]int // rules without a signer, by the folded names they compare
}

// Rule denies some files: those with a digest, those of a range, or those that somebody signed.
type Rule struct {
	ID   string
	Name string // for people

	Hash      string  // Authenticode digest, lower-case hexadecimal digits; "" for other rules
	TBS       string  // of a certificate in the file's signature; "" if anybody may have signed it
	Publisher string  // common name of the file's signer; "" for any
	Files     []Range // one of these must fit; none means all
}

// Range are files by what their version resource says. Texts that are empty fit any; others ignore case.
type Range struct {
	FileName, InternalName, Description, Product string
	Minimum, Maximum                             *Version // both included
	Below                                        *Version // this one is not included
}

// Version is a file version.
type Version [4]uint16

// String gives the four numbers separated by periods.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3]) }

func parseVersion(s string) (*Version, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, ".")
	var v Version
	if len(parts) > len(v) {
		return nil, fmt.Errorf("%q is no version", s)
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(strings.TrimSpace(p), 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%q is no version", s)
		}
		v[i] = uint16(n)
	}
	return &v, nil
}

// OlderThan reports whether both are the same list and this one is of an earlier version.
func (l *List) OlderThan(o *List) bool {
	a, err := parseVersion(l.Version)
	b, otherErr := parseVersion(o.Version)
	return l.PolicyID == o.PolicyID && err == nil && otherErr == nil && a != nil && b != nil && slices.Compare(a[:], b[:]) < 0
}

func (l *List) index() {
	l.byHash, l.byTBS, l.byName = map[string]int{}, map[string][]int{}, map[string][]int{}
	for i, r := range l.Rules {
		switch {
		case r.Hash != "":
			l.byHash[r.Hash] = i
		case r.TBS != "":
			l.byTBS[r.TBS] = append(l.byTBS[r.TBS], i)
		default:
			for _, f := range r.Files {
				key := f.key()
				l.byName[key] = append(l.byName[key], i)
			}
		}
	}
}

// key is one of the names that a range compares, for the index.
func (r Range) key() string {
	return strings.ToLower(cmp.Or(r.FileName, r.InternalName, r.Product, r.Description))
}

// Match tells by which rule a file is blocked.
type Match struct {
	Rule string `json:"rule"` // ID in the policy
	Text string `json:"text"` // one sentence
	By   string `json:"by"`   // "hash", "signer", "name"
}

// Match returns the rules that a PE image falls under, by digest first, in the policy's order.
func (l *List) Match(img *catalog.Image) (out []Match) {
	if img == nil {
		return nil
	}
	for _, digest := range []string{img.SHA256.String(), img.SHA1.String()} {
		if i, ok := l.byHash[digest]; ok {
			out = append(out, Match{Rule: l.Rules[i].ID, By: "hash", Text: "its Authenticode digest is on the list: " + l.Rules[i].title()})
		}
	}
	var rules []int
	for _, s := range img.Signers {
		rules = append(rules, l.byTBS[s.TBS]...)
	}
	for _, name := range []string{img.OriginalName, img.InternalName, img.Product, img.Description} {
		if name != "" {
			rules = append(rules, l.byName[strings.ToLower(name)]...)
		}
	}
	slices.Sort(rules)
	for _, i := range slices.Compact(rules) {
		if m, ok := l.Rules[i].match(img); ok {
			out = append(out, m)
		}
	}
	return out
}

// BlockedFile is a file of a driver that is on the list.
type BlockedFile struct {
	Path    string  `json:"path"`
	Matches []Match `json:"matches"`
}

// Files returns the files of a driver that are on the list, in the driver's order.
func (l *List) Files(d *catalog.Driver) (out []BlockedFile) {
	for i := range d.Files {
		if ms := l.Match(d.Files[i].Image); ms != nil {
			out = append(out, BlockedFile{d.Files[i].Path, ms})
		}
	}
	return out
}

func (r *Rule) title() string { return cmp.Or(r.Name, r.ID) }

// match tells whether a rule without a digest fits.
func (r *Rule) match(img *catalog.Image) (Match, bool) {
	if r.Publisher != "" && !slices.ContainsFunc(img.Signers, func(s catalog.ImageSigner) bool { return s.Leaf && s.Name == r.Publisher }) {
		return Match{}, false
	}
	m := Match{Rule: r.ID, By: "name"}
	if r.TBS != "" {
		m.By, m.Text = "signer", "it is signed by "+cmp.Or(r.Publisher, r.Name)+", who is on the list"
	}
	if len(r.Files) == 0 {
		return m, true
	}
	for _, f := range r.Files {
		if why, ok := f.match(img); ok {
			if m.Text != "" {
				m.Text += ", "
			}
			m.Text += why
			return m, true
		}
	}
	return Match{}, false
}

func (f Range) match(img *catalog.Image) (why string, ok bool) {
	for _, pair := range [][2]string{{f.FileName, img.OriginalName}, {f.InternalName, img.InternalName}, {f.Description, img.Description}, {f.Product, img.Product}} {
		if pair[0] != "" && pair[0] != "*" && !strings.EqualFold(pair[0], pair[1]) {
			return "", false
		}
	}
	v, err := parseVersion(img.Version)
	if err != nil || v == nil {
		v = &Version{} // Windows takes a file without a version for 0.0.0.0
	}
	below := func(a, b *Version) bool { return slices.Compare(a[:], b[:]) < 0 }
	switch {
	case f.Minimum != nil && below(v, f.Minimum), f.Maximum != nil && below(f.Maximum, v), f.Below != nil && !below(v, f.Below):
		return "", false
	}
	name := cmp.Or(f.FileName, f.InternalName, f.Product, f.Description, "files")
	switch {
	case f.Below != nil:
		return fmt.Sprintf("%s below %s is on the list; it is %s", name, f.Below, v), true
	case f.Minimum != nil && f.Maximum != nil:
		return fmt.Sprintf("%s from %s to %s is on the list; it is %s", name, f.Minimum, f.Maximum, v), true
	case f.Maximum != nil:
		return fmt.Sprintf("%s up to %s is on the list; it is %s", name, f.Maximum, v), true
	}
	return fmt.Sprintf("%s is on the list in every version", name), true
}
