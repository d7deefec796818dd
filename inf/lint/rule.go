package lint

import (
	"cmp"
	"slices"

	"github.com/drivercat/drivercat/inf"
)

// Rules returns what every diagnostic code means, those of package inf and those about the files beside an INF, in the order
// of the codes.
func Rules() []inf.Rule {
	all := slices.Concat(inf.Rules(), packageRules)
	slices.SortFunc(all, func(a, b inf.Rule) int { return cmp.Compare(a.Code, b.Code) })
	return all
}
