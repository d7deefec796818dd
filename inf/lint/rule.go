package lint

import (
	"slices"

	"github.com/drivercat/drivercat/inf"
)

// Rules returns what every diagnostic code means, those of package inf and those about the files beside an INF, in the order
// of the codes.
func Rules() []inf.Rule { return slices.Concat(inf.Rules(), packageRules) }

// packageRules are the rules about the files beside an INF.
var packageRules = []inf.Rule{}
