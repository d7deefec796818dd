package lint

import (
	"cmp"
	"slices"

	"github.com/drivercat/drivercat/inf"
)

// Check parses an INF and gathers what every layer of package inf finds in it, in the order of the places. src is kept by
// the returned file and must not change afterwards.
func Check(name string, src []byte) (*inf.File, inf.Diagnostics) {
	f, ds := inf.Parse(name, src)
	ds = append(ds, f.Driver().Check()...)
	slices.SortStableFunc(ds, func(a, b inf.Diagnostic) int { return cmp.Compare(a.Range.Start.Offset, b.Range.Start.Offset) })
	return f, ds
}
