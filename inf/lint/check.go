package lint

import "github.com/drivercat/drivercat/inf"

// Check parses an INF and gathers what every layer of package inf finds in it, in the order of the places. src is kept by
// the returned file and must not change afterwards.
func Check(name string, src []byte) (*inf.File, inf.Diagnostics) {
	return inf.Parse(name, src)
}
