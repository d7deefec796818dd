package distribute

import (
	"net/netip"
	"strings"
	"testing"
)

func client(ip string) Client { return Client{IP: netip.MustParseAddr(ip)} }

func TestBoundaries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, kept string
		in, out    []string
	}{
		{"10.1.0.0/16", "10.1.0.0/16", []string{"10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3"}, []string{"10.0.255.255", "10.2.0.0", "2001:db8::1"}},
		{" 10.1.2.3/16 ", "10.1.0.0/16", []string{"10.1.9.9"}, nil},
		{"10.1.0.0/255.255.0.0", "10.1.0.0/16", []string{"10.1.9.9"}, []string{"10.2.0.1"}},
		{"SLOW:10.1.0.0/16", "slow:10.1.0.0/16", []string{"10.1.9.9"}, nil},
		{"slow: 10.1.0.0/16", "slow:10.1.0.0/16", nil, nil},
		{"fast:10.1.0.0/16", "10.1.0.0/16", nil, nil},
		{"10.1.2.10 - 10.1.2.20", "10.1.2.10-10.1.2.20", []string{"10.1.2.10", "10.1.2.20"}, []string{"10.1.2.9", "10.1.2.21", "2001:db8::1"}},
		{"2001:db8::/48", "2001:db8::/48", []string{"2001:db8::1"}, []string{"2001:db9::1", "10.1.2.3"}},
		{"2001:DB8::1-2001:db8::ff", "2001:db8::1-2001:db8::ff", []string{"2001:db8::a0"}, []string{"2001:db8::100"}},
		{"::ffff:10.1.0.0/16", "10.1.0.0/16", []string{"10.1.2.3"}, nil},
		{"0.0.0.0/0", "0.0.0.0/0", []string{"1.2.3.4"}, []string{"::1"}},
		{"10.0.0.0/0.0.0.0", "0.0.0.0/0", nil, nil},
		{"ad:Bonn-Süd", "ad:Bonn-Süd", nil, []string{"10.1.2.3"}},
		{"AD: Bonn", "ad:Bonn", nil, nil},
		{"slow:ad:Bonn", "slow:ad:Bonn", nil, nil},
	} {
		b, err := ParseBoundary(c.text)
		if err != nil || b.String() != c.kept {
			t.Errorf("%q is %q, %v; want %q", c.text, b, err, c.kept)
			continue
		}
		for _, ip := range c.in {
			if !b.Contains(client(ip)) {
				t.Errorf("%s does not contain %s", b, ip)
			}
		}
		for _, ip := range c.out {
			if b.Contains(client(ip)) {
				t.Errorf("%s contains %s", b, ip)
			}
		}
	}
	bonn, _ := ParseBoundary("ad:Bonn")
	if !bonn.Contains(Client{IP: netip.MustParseAddr("10.1.2.3"), ADSite: "BONN"}) {
		t.Error("an AD site depends on case")
	}
}

func TestWrongBoundaries(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "is empty", "slow:": "is empty", "10.1.2.3": "10.1.2.3/24", "10.1.0.0/33": "no length of an IPv4 subnet", "10.1.0.0/255.0.255.0": "no subnet mask",
		"10.1.0.0/": "no length", "10.1.0/16": "no IP address", "10.2.0.0-10.1.0.0": "before it begins", "10.1.0.0-::1": "different families", "10.1.0.0-": "no IP address",
		"Bonn": "ad:SITE", "ad:": "the name is empty", "fe80::1%eth0/64": "no IP address", "2001:db8::/255.0.0.0": "no length of an IPv6 subnet",
	} {
		if b, err := ParseBoundary(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %q, error %v; want %q", text, b, err, want)
		}
	}
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"10.1.2.3/24": "10.1.2.3/24", "10.1.2.3": "10.1.2.3", "2001:db8::5/64": "2001:db8::5/64", "10.1.2.3/255.255.255.0": "10.1.2.3/24"} {
		a, p, err := ParseAddress(text)
		if got := FormatAddress(a, p); err != nil || got != want {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "10.1.2.3/99"} {
		if _, _, err := ParseAddress(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if _, err := ParseSubnet("10.1.2.3"); err == nil {
		t.Error("a subnet without a length is taken")
	}
}

// What is read is kept in a form that reads the same.
func FuzzParseBoundary(f *testing.F) {
	for _, s := range []string{"10.1.0.0/16", "slow:10.1.2.10-10.1.2.20", "ad:Bonn", "fast:ad:slow:x", "2001:db8::/48", "::ffff:1.2.3.4/20", "1.2.3.4/255.255.254.0", "slow:slow:ad:x", "-", "/"} {
		f.Add(s, "10.1.2.3")
	}
	f.Fuzz(func(t *testing.T, s, ip string) {
		b, err := ParseBoundary(s)
		if err != nil {
			return
		}
		kept := b.String()
		again, err := ParseBoundary(kept)
		if err != nil || again != b {
			t.Fatalf("%q is kept as %q, which reads as %v, %v", s, kept, again, err)
		}
		a, err := netip.ParseAddr(ip)
		if err != nil {
			return
		}
		if c := (Client{IP: a, ADSite: "x"}); b.Contains(c) != again.Contains(c) {
			t.Fatalf("%q and %q differ on %s", s, kept, ip)
		}
		if _, _, err := ParseAddress(s); err == nil && !strings.Contains(s, ".") && !strings.Contains(s, ":") {
			t.Fatalf("%q is an address", s)
		}
	})
}
