package distribute

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// Ask is a client's request for a package.
type Ask struct {
	Client   Client
	Site     string // that the client is in; "" finds it by the boundaries
	Assigned string // the client's own site, asked if no point of the other one serves; "" if unknown
	// Version tells which version of the package a point holds, 0 for none; nil if the question is about any package.
	Version func(point string) int
	// RunFromPoint: the program runs from the point instead of being downloaded, which is SMB always.
	RunFromPoint bool
	// Fallback: the advertisement lets clients use unprotected points too.
	Fallback bool
}

// The ranks of nearness, nearest first.
const (
	NearSubnet = "same subnet"
	NearADSite = "same AD site"
	NearRest   = "neither"
)

// Candidate is a point that a client may use.
type Candidate struct {
	Point   string   `json:"point"`
	Place   int      `json:"place"` // from 1; points that no rule tells apart share it
	Local   bool     `json:"local"` // the client is inside a fast boundary of its site
	Near    string   `json:"near"`
	Via     string   `json:"via"`     // "BITS" or "SMB"
	Version int      `json:"version"` // of the package, 0 if none was asked for
	Reasons []string `json:"reasons"`
}

// LeftOut is a point that a client does not use.
type LeftOut struct {
	Point string `json:"point"`
	Why   string `json:"why"`
}

// Choice is which points a client is told of. For the current branch Order is empty, since boundary groups decide, which
// drivercat does not know; Known then lists what the data at hand says of each point, by name.
type Choice struct {
	Generation Generation  `json:"generation"`
	Sites      []string    `json:"sites"` // whose points were asked, empty if it could not be told
	Order      []Candidate `json:"order"`
	Fallback   []Candidate `json:"fallback"` // used after 8 hours without a protected point that works
	Known      []Known     `json:"known"`
	LeftOut    []LeftOut   `json:"leftOut"`
	Notes      []string    `json:"notes"`
}

// Known is what the data at hand says of a point for a client of the current branch.
type Known struct {
	Point    string `json:"point"`
	Boundary string `json:"boundary"` // of the point's own that contains the client, "" if none does
	Version  int    `json:"version"`
}

// chooser carries one choice.
type chooser struct {
	ask    Ask
	points []catalog.Point // without those that are skipped
	zones  map[string][]Boundary
	choice Choice
}

// Choose tells which points a client is told of and in which order, with a reason for each place and for each point that
// is left out. The rules for ConfigMgr 2007 are those of its help and of P. van der Woude's description of 2010.
func Choose(points []catalog.Point, g Generation, ask Ask) Choice {
	targets, skipped := Split(points, g)
	c := &chooser{ask: ask, points: targets, zones: map[string][]Boundary{}}
	c.choice = Choice{Generation: g, Sites: []string{}, Order: []Candidate{}, Fallback: []Candidate{}, Known: []Known{}, LeftOut: []LeftOut{}, Notes: []string{}}
	for _, s := range skipped {
		c.choice.LeftOut = append(c.choice.LeftOut, LeftOut(s))
	}
	for _, p := range targets {
		c.zones[p.Name] = c.boundaries(p)
	}
	if g == GenerationCurrent {
		c.current()
	} else {
		c.old()
	}
	slices.SortStableFunc(c.choice.LeftOut, func(a, b LeftOut) int {
		return cmp.Compare(strings.ToLower(a.Point), strings.ToLower(b.Point))
	})
	return c.choice
}

func (c *chooser) boundaries(p catalog.Point) []Boundary {
	var out []Boundary
	for _, text := range p.Boundaries {
		b, err := ParseBoundary(text)
		if err != nil {
			c.note("%s: %s is left out", p.Name, strings.TrimPrefix(err.Error(), "distribute: "))
			continue
		}
		out = append(out, b)
	}
	return out
}

func (c *chooser) note(format string, args ...any) {
	c.choice.Notes = append(c.choice.Notes, fmt.Sprintf(format, args...))
}

func (c *chooser) leave(p catalog.Point, format string, args ...any) {
	c.choice.LeftOut = append(c.choice.LeftOut, LeftOut{p.Name, fmt.Sprintf(format, args...)})
}

// current says what can be said without boundary groups.
func (c *chooser) current() {
	c.note("in the current branch boundary groups decide: the client's current group first, then its direct neighbours after a time set for each, then the site's default group")
	c.note("drivercat does not know boundary groups, so no order can be told, nor whether a client is given one of these points")
	for _, p := range c.points {
		k := Known{Point: p.Name}
		if b, ok := c.inside(p); ok {
			k.Boundary = b.String()
		}
		if c.ask.Version != nil {
			if k.Version = c.ask.Version(p.Name); k.Version == 0 {
				c.leave(p, "it does not hold the package")
				continue
			}
		}
		c.choice.Known = append(c.choice.Known, k)
	}
}

// inside finds a boundary told of the point that contains the client, a fast one if there is one.
func (c *chooser) inside(p catalog.Point) (found Boundary, ok bool) {
	for _, b := range c.zones[p.Name] {
		if b.Contains(c.ask.Client) && (!ok || found.Slow && !b.Slow) {
			found, ok = b, true
		}
	}
	return found, ok
}

// old follows the rules of 2007.
func (c *chooser) old() {
	sites := c.clientSites()
	for i, site := range sites {
		members := c.membersOf(site)
		order, fallback, left := c.ofSite(members)
		if i+1 < len(sites) && len(order) == 0 {
			c.note("no point of site %s serves the client, so its assigned site is asked: %s", strings.Join(site, ", "), strings.Join(sites[i+1], ", "))
			continue
		}
		c.choice.Sites = append(c.choice.Sites, site...)
		c.choice.Order, c.choice.Fallback = order, fallback
		c.choice.LeftOut = append(c.choice.LeftOut, left...)
		for _, p := range c.points {
			if !slices.ContainsFunc(members, func(m catalog.Point) bool { return m.Name == p.Name }) {
				c.leave(p, "it belongs to site %s; the client asks %s", p.Site, strings.Join(site, ", "))
			}
		}
		break
	}
	switch {
	case len(c.choice.Order) == 0 && len(c.choice.Fallback) > 0 && !c.ask.Fallback:
		c.note("unprotected points are used only if the advertisement allows it, and after 8 hours without a protected point that works")
	case c.ask.Fallback && len(c.choice.Fallback) > 0:
		c.note("the advertisement allows unprotected points: they are used after 8 hours without a protected point that works")
	}
	if c.ask.RunFromPoint {
		c.note("a program that runs from the point is always reached over SMB, so BITS makes no difference")
	}
}

// clientSites are the sites to ask, one set after the other. An empty set stands for all points: nothing tells the site.
func (c *chooser) clientSites() [][]string {
	var current []string
	if c.ask.Site != "" {
		current = []string{c.ask.Site}
	} else {
		for _, p := range c.points {
			if _, ok := c.inside(p); ok && p.Site != "" && !containsFold(current, p.Site) {
				current = append(current, p.Site)
			}
		}
		slices.Sort(current)
		switch {
		case len(current) > 1:
			c.note("boundaries of %s contain the client, which ConfigMgr does not allow: the points of all of them are listed; --site says which it is", strings.Join(current, " and "))
		case len(current) == 0 && c.ask.Assigned != "":
			c.note("no boundary contains the client, so its assigned site is asked")
			return [][]string{{c.ask.Assigned}}
		case len(current) == 0 && slices.ContainsFunc(c.points, func(p catalog.Point) bool { return p.Site != "" }):
			c.note("no boundary contains the client, so it asks its assigned site, which is not known here: the points of all sites are listed; --assigned-site says which it is")
		}
	}
	sites := [][]string{current}
	if c.ask.Assigned != "" && !containsFold(current, c.ask.Assigned) {
		sites = append(sites, []string{c.ask.Assigned})
	}
	return sites
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(o string) bool { return strings.EqualFold(o, s) })
}

// membersOf are the points of the sites, and those whose site is not known.
func (c *chooser) membersOf(sites []string) (out []catalog.Point) {
	for _, p := range c.points {
		if len(sites) == 0 || p.Site == "" || containsFold(sites, p.Site) {
			out = append(out, p)
		}
	}
	return out
}

// ofSite chooses among the points of one site.
func (c *chooser) ofSite(members []catalog.Point) (order, fallback []Candidate, left []LeftOut) {
	leave := func(p catalog.Point, format string, args ...any) {
		left = append(left, LeftOut{p.Name, fmt.Sprintf(format, args...)})
	}
	order, fallback, left = []Candidate{}, []Candidate{}, []LeftOut{}
	shield := "" // a protected point whose boundary contains the client
	for _, p := range members {
		if _, ok := c.inside(p); ok && p.Protected && shield == "" {
			shield = p.Name
		}
	}
	for _, p := range members {
		zone, in := c.inside(p)
		switch {
		case p.Protected && !in:
			leave(p, "it is protected and none of its boundaries contains the client")
			continue
		case c.ask.Version != nil && c.ask.Version(p.Name) == 0:
			leave(p, "it does not hold the package")
			continue
		}
		cand := c.candidate(p)
		switch {
		case p.Protected:
			cand.Reasons = append([]string{fmt.Sprintf("protected, with the client inside its boundary %s", zone.place())}, cand.Reasons...)
			order = append(order, cand)
		case shield == "":
			order = append(order, cand)
		default:
			leave(p, "it is unprotected, and the client is inside a boundary of the protected point %s", shield)
			fallback = append(fallback, cand)
		}
	}
	if shield != "" {
		c.note("a boundary of a protected point contains the client, so it is told of such points only")
	} else {
		c.note("no protected point's boundary contains the client, so it is told of all unprotected points")
	}
	sortCandidates(order)
	sortCandidates(fallback)
	return order, fallback, left
}

// candidate ranks one point: local before remote, near before far, BITS before SMB.
func (c *chooser) candidate(p catalog.Point) Candidate {
	cand := Candidate{Point: p.Name, Near: NearRest, Via: "SMB", Reasons: []string{}}
	because := func(format string, args ...any) { cand.Reasons = append(cand.Reasons, fmt.Sprintf(format, args...)) }
	zone, of, in := c.siteBoundary(p)
	switch {
	case in && !zone.Slow:
		cand.Local = true
		because("local: %s is a fast boundary of %s", zone.place(), of)
	case in:
		because("remote: %s is a slow boundary of %s", zone.place(), of)
	default:
		because("remote: no boundary of %s contains the client, however near it is", of)
	}
	switch {
	case c.sameSubnet(p):
		cand.Near = NearSubnet
		because("in the client's subnet: %s", p.Address)
	case p.ADSite != "" && strings.EqualFold(p.ADSite, c.ask.Client.ADSite):
		cand.Near = NearADSite
		because("in the client's AD site: %s", p.ADSite)
	case p.Address == "" && p.ADSite == "":
		because("where the server stands is not known, so it counts as neither in the client's subnet nor in its AD site")
	default:
		because("neither in the client's subnet nor in its AD site")
	}
	types := TypesOf(p)
	switch {
	case c.ask.RunFromPoint:
		because("run from the point: SMB")
	case slices.Contains(types, BITS) && !slices.Contains(types, Branch):
		cand.Via = "BITS"
		because("BITS is enabled")
	case slices.Contains(types, Branch):
		because("a branch point serves over SMB")
	default:
		because("BITS is not enabled: SMB")
	}
	if c.ask.Version != nil {
		cand.Version = c.ask.Version(p.Name)
	}
	return cand
}

// siteBoundary finds a boundary of the point's site that contains the client, a fast one if there is one. Boundaries belong
// to sites; drivercat knows those that are told of the site's points. A point without a site has its own only.
func (c *chooser) siteBoundary(p catalog.Point) (found Boundary, of string, ok bool) {
	of = "the point, whose site is not known,"
	if p.Site != "" {
		of = "site " + p.Site
	}
	for _, o := range c.points {
		if o.Name != p.Name && (p.Site == "" || !strings.EqualFold(o.Site, p.Site)) {
			continue
		}
		if b, in := c.inside(o); in && (!ok || found.Slow && !b.Slow) {
			found, ok = b, true
		}
	}
	return found, of, ok
}

func (c *chooser) sameSubnet(p catalog.Point) bool {
	addr, subnet, err := ParseAddress(p.Address)
	if p.Address == "" || err != nil {
		return false
	}
	return subnet.IsValid() && subnet.Contains(c.ask.Client.IP.Unmap()) || c.ask.Client.Subnet.IsValid() && c.ask.Client.Subnet.Contains(addr)
}

// rank orders candidates; the lesser comes first.
func (c Candidate) rank() int {
	r := 0
	if !c.Local {
		r += 6
	}
	r += 2 * slices.Index([]string{NearSubnet, NearADSite, NearRest}, c.Near)
	if c.Via != "BITS" {
		r++
	}
	return r
}

// sortCandidates orders and numbers candidates. Those that no rule tells apart share a place and are ordered by name.
func sortCandidates(cs []Candidate) {
	slices.SortFunc(cs, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(strings.ToLower(a.Point), strings.ToLower(b.Point)), cmp.Compare(a.Point, b.Point))
	})
	for i := range cs {
		cs[i].Place = i + 1
		if i > 0 && cs[i].rank() == cs[i-1].rank() {
			cs[i].Place = cs[i-1].Place
		}
	}
}
