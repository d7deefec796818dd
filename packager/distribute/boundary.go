package distribute

import (
	"fmt"
	"math/bits"
	"net/netip"
	"strings"
)

// Boundary is a part of the network: a subnet, a range of addresses or an Active Directory site. Exactly one of the three
// is set. A slow boundary is connected slowly or unreliably, as ConfigMgr 2007 marks it.
type Boundary struct {
	Subnet   netip.Prefix
	From, To netip.Addr // both inclusive, of one family
	ADSite   string
	Slow     bool
}

const (
	prefixSlow   = "slow:"
	prefixFast   = "fast:"
	prefixADSite = "ad:"
)

const boundaryForms = "write 10.1.0.0/16, 2001:db8::/48, 10.1.0.10-10.1.0.90 or ad:SITE, with slow: in front of a slow one"

// ParseBoundary reads a boundary: "10.1.0.0/16", "10.1.0.0/255.255.0.0", "10.1.0.10-10.1.0.90", "2001:db8::/48" or
// "ad:Bonn", each with "slow:" or "fast:" in front; without a mark it is fast.
func ParseBoundary(s string) (b Boundary, err error) {
	text := strings.TrimSpace(s)
	if rest, slow := cutFold(text, prefixSlow); slow {
		text, b.Slow = rest, true
	} else {
		text, _ = cutFold(text, prefixFast)
	}
	text = strings.TrimSpace(text)
	if name, ok := cutFold(text, prefixADSite); ok {
		b.ADSite = strings.TrimSpace(name)
		if err := CheckName(b.ADSite); err != nil {
			return Boundary{}, fmt.Errorf("distribute: boundary %q: %s", s, strings.TrimPrefix(err.Error(), "distribute: "))
		}
		return b, nil
	}
	switch {
	case text == "":
		return Boundary{}, fmt.Errorf("distribute: boundary %q is empty; %s", s, boundaryForms)
	case strings.Contains(text, "/"):
		b.Subnet, err = parseSubnet(text)
	case strings.Contains(text, "-"):
		b.From, b.To, err = parseRange(text)
	default:
		if _, aerr := parseAddr(text); aerr == nil {
			return Boundary{}, fmt.Errorf("distribute: boundary %q is one address; a subnet needs its length, as in %s/24, and one computer /32", s, text)
		}
		err = fmt.Errorf("it is neither a subnet nor a range nor an AD site; %s", boundaryForms)
	}
	if err != nil {
		return Boundary{}, fmt.Errorf("distribute: boundary %q: %w", s, err)
	}
	return b, nil
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// parseAddr reads an address; a zone has no meaning beyond one computer.
func parseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("%q is no IP address", strings.TrimSpace(s))
	}
	return a.Unmap(), nil
}

// parseSubnet reads an address with a length or a mask. Bits behind the length are dropped: they name a computer in it.
func parseSubnet(s string) (netip.Prefix, error) {
	host, length, _ := strings.Cut(s, "/")
	a, err := parseAddr(host)
	if err != nil {
		return netip.Prefix{}, err
	}
	length = strings.TrimSpace(length)
	if mask, merr := netip.ParseAddr(length); merr == nil && mask.Is4() && a.Is4() {
		m := mask.As4()
		v := uint32(m[0])<<24 | uint32(m[1])<<16 | uint32(m[2])<<8 | uint32(m[3])
		ones := bits.LeadingZeros32(^v)
		if bits.OnesCount32(v) != ones {
			return netip.Prefix{}, fmt.Errorf("%q is no subnet mask: its ones are not together", length)
		}
		return netip.PrefixFrom(a, ones).Masked(), nil
	}
	p, err := netip.ParsePrefix(a.String() + "/" + length)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no length of an %s subnet", length, family(a))
	}
	return p.Masked(), nil
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

func parseRange(s string) (from, to netip.Addr, err error) {
	a, b, _ := strings.Cut(s, "-")
	if from, err = parseAddr(a); err != nil {
		return from, to, err
	}
	if to, err = parseAddr(b); err != nil {
		return from, to, err
	}
	switch {
	case from.Is4() != to.Is4():
		return from, to, fmt.Errorf("%s and %s are of different families", from, to)
	case to.Less(from):
		return from, to, fmt.Errorf("it ends with %s, before it begins", to)
	}
	return from, to, nil
}

// String is the boundary as it is kept; ParseBoundary reads it.
func (b Boundary) String() string {
	if b.Slow {
		return prefixSlow + b.place()
	}
	return b.place()
}

// place is the boundary without its mark.
func (b Boundary) place() string {
	switch {
	case b.ADSite != "":
		return prefixADSite + b.ADSite
	case b.Subnet.IsValid():
		return b.Subnet.String()
	}
	return b.From.String() + "-" + b.To.String()
}

// Client is a computer that asks for a package.
type Client struct {
	IP     netip.Addr
	Subnet netip.Prefix // that it is in; invalid if unknown
	ADSite string       // "" if unknown
}

// Contains reports whether a client is inside.
func (b Boundary) Contains(c Client) bool {
	ip := c.IP.Unmap()
	switch {
	case b.ADSite != "":
		return strings.EqualFold(b.ADSite, c.ADSite)
	case b.Subnet.IsValid():
		return b.Subnet.Contains(ip)
	}
	return !ip.Less(b.From) && !b.To.Less(ip) // every IPv6 address is greater than every IPv4 address
}

// ParseAddress reads where a server stands: its address, with the length of its subnet if that is known.
func ParseAddress(s string) (addr netip.Addr, subnet netip.Prefix, err error) {
	host, _, long := strings.Cut(s, "/")
	if addr, err = parseAddr(host); err == nil && long {
		subnet, err = parseSubnet(strings.TrimSpace(s))
	}
	if err != nil {
		return netip.Addr{}, netip.Prefix{}, fmt.Errorf("distribute: address %q: %w", s, err)
	}
	return addr, subnet, nil
}

// FormatAddress is what ParseAddress read, as it is kept.
func FormatAddress(addr netip.Addr, subnet netip.Prefix) string {
	if subnet.IsValid() {
		return fmt.Sprintf("%s/%d", addr, subnet.Bits())
	}
	return addr.String()
}

// ParseSubnet reads a subnet: "10.1.2.0/24" or "10.1.2.0/255.255.255.0".
func ParseSubnet(s string) (netip.Prefix, error) {
	if !strings.Contains(s, "/") {
		return netip.Prefix{}, fmt.Errorf("distribute: subnet %q has no length; write 10.1.2.0/24", s)
	}
	p, err := parseSubnet(strings.TrimSpace(s))
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("distribute: subnet %q: %w", s, err)
	}
	return p, nil
}
