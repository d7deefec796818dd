package distribute

import "fmt"

// Generation is which ConfigMgr a site runs. Points, groups and PXE mean different things in the two.
type Generation string

// The generations.
const (
	Generation2007    Generation = "2007"    // and SMS 2003
	GenerationCurrent Generation = "current" // 2012 and the current branch
)

// ParseGeneration reads a generation as it is written in the configuration.
func ParseGeneration(s string) (Generation, error) {
	switch g := Generation(s); g {
	case Generation2007, GenerationCurrent:
		return g, nil
	}
	return "", fmt.Errorf("distribute: generation %q is neither \"2007\" nor \"current\"", s)
}

// Title is the generation in a sentence.
func (g Generation) Title() string {
	if g == Generation2007 {
		return "ConfigMgr 2007"
	}
	return "ConfigMgr current branch"
}
