package match

import (
	"slices"

	"github.com/drivercat/drivercat/inf"
)

// Ranking gathers which drivers serve which devices on a target. Drivers are added one after the other; it is for one
// goroutine at a time.
type Ranking struct {
	ranker  *inf.Ranker
	results []Result
}

// Result is the answer for one device.
type Result struct {
	// Base are the base drivers that serve the device, the one that Windows takes first: of each INF its best entry.
	Base []inf.Match
	// Extensions are the extension INFs that serve it, by ExtensionID, of each ID the one that Windows applies first.
	Extensions [][]inf.Match
}

// Tie reports whether Windows' choice is arbitrary: a second driver has the same rank, date and version.
func (r Result) Tie() bool {
	return len(r.Base) > 1 && inf.Why(r.Base[0], r.Base[1]).By == inf.ByNothing
}

// NewRanking makes a Ranking for devices.
func NewRanking(t inf.Target, devices ...inf.Device) *Ranking {
	return &Ranking{ranker: inf.NewRanker(t, devices...), results: make([]Result, len(devices))}
}

// Add looks which devices a driver serves, and reports whether it serves any.
func (r *Ranking) Add(d *inf.Driver, sig inf.Signature) (serves bool) {
	r.ranker.Each(d, sig, func(device int, m inf.Match) {
		serves = true
		res := &r.results[device]
		if m.ExtensionID == "" {
			res.Base = keepBest(res.Base, m)
			return
		}
		for i, group := range res.Extensions {
			if group[0].ExtensionID == m.ExtensionID {
				res.Extensions[i] = keepBest(group, m)
				return
			}
		}
		res.Extensions = append(res.Extensions, []inf.Match{m})
	})
	return serves
}

// keepBest adds a match, or puts it in the place of the same INF's worse one. The entries of an INF come one after the other,
// so only the last match can be of the same one.
func keepBest(ms []inf.Match, m inf.Match) []inf.Match {
	if n := len(ms); n > 0 && ms[n-1].Path == m.Path {
		if inf.Compare(m, ms[n-1]) < 0 {
			ms[n-1] = m
		}
		return ms
	}
	return append(ms, m)
}

// Results sorts what was added and returns one Result for each device.
func (r *Ranking) Results() []Result {
	for i := range r.results {
		res := &r.results[i]
		slices.SortFunc(res.Base, inf.Compare)
		for _, group := range res.Extensions {
			slices.SortFunc(group, inf.CompareExtensions)
		}
		slices.SortFunc(res.Extensions, func(a, b []inf.Match) int { return inf.CompareExtensions(a[0], b[0]) })
	}
	return r.results
}
