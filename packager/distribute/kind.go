package distribute

import (
	"fmt"
	"slices"
	"strings"
)

// Type is a property of a distribution point of ConfigMgr 2007 that the table of compatible types has a row for.
type Type string

// The ten types, in the table's order.
const (
	Server      Type = "server"
	ServerShare Type = "server-share"
	Branch      Type = "branch"
	Standard    Type = "standard"
	BITS        Type = "bits"
	Protected   Type = "protected"
	Mobile      Type = "mobile"
	Internet    Type = "internet"
	Streaming   Type = "streaming"
	Multicast   Type = "multicast"
)

// kind describes a type. Title is the table's row; the columns of two types have another label.
type kind struct {
	name    Type
	title   string
	aliases []string // as squeezed leaves them
}

func kinds() []kind {
	return []kind{
		{Server, "Server", []string{"windowsntserver", "windowsserver"}},
		{ServerShare, "Server Share", []string{"windowsntservershare", "windowsservershare", "windowsntshare"}},
		{Branch, "Branch", []string{"branchdistributionpoint", "peer"}},
		{Standard, "Standard", []string{"standarddistributionpoint"}},
		{BITS, "BITS-Enabled", []string{"bitsenabled"}},
		{Protected, "Protected", []string{"protecteddistributionpoint"}},
		{Mobile, "Mobile Device", []string{"mobiledevice", "mobiledevices", "mobiledevicesupport"}},
		{Internet, "Internet Based Clients", []string{"internetbased", "internetbasedclients", "supportinginternetbasedclients", "internetfacing"}},
		{Streaming, "Streaming", []string{"filestreaming", "virtualapplicationstreaming"}},
		{Multicast, "Multicast", nil},
	}
}

// Types lists the ten types in the table's order.
func Types() []Type {
	out := make([]Type, 0, 10)
	for _, k := range kinds() {
		out = append(out, k.name)
	}
	return out
}

// Title is the label of the type's row in the table.
func (t Type) Title() string {
	for _, k := range kinds() {
		if k.name == t {
			return k.title
		}
	}
	return string(t)
}

// ParseType reads a type by its name or by any label that the table and the console have for it, ignoring case, spaces and
// hyphens.
func ParseType(s string) (Type, error) {
	q := squeeze(s)
	for _, k := range kinds() {
		if q == squeeze(string(k.name)) || q == squeeze(k.title) || slices.Contains(k.aliases, q) {
			return k.name, nil
		}
	}
	return "", fmt.Errorf("distribute: %q is no type of a distribution point", s)
}

// ParseTypes reads a list of types, in the order of the table, each once.
func ParseTypes(list []string) ([]Type, error) {
	var out []Type
	for _, s := range list {
		t, err := ParseType(s)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return ordered(out), nil
}

// ordered sorts types as the table has them and drops doubles.
func ordered(ts []Type) []Type {
	var out []Type
	for _, t := range Types() {
		if slices.Contains(ts, t) {
			out = append(out, t)
		}
	}
	return out
}

// squeeze keeps letters and digits, lower case.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, s)
}
