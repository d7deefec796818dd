package distribute

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/layout"
)

// SkippedPoint is a point that is never a target.
type SkippedPoint struct {
	Point string `json:"point"`
	Why   string `json:"why"`
}

const whyPXE = "which serves boot images to computers that start from the network and nothing else"

// Skipped says why a point is never a target, "" if it may be one. A PXE share is none in both generations, by whatever it
// is known: the share, the NAL path or the name of the point. The PXE flag of a point of ConfigMgr 2007 stands for such a
// share; in the current branch it is a property of an ordinary point, which is a legal target.
func Skipped(p catalog.Point, g Generation) string {
	if p.Share != "" {
		var e *layout.ShareError
		if err := layout.CheckShare(p.Share); errors.As(err, &e) && e.PXE {
			return fmt.Sprintf("PXE, never a target: its share %s is a PXE share, %s", p.Share, whyPXE)
		}
	}
	if pxeText(p.NAL) {
		return fmt.Sprintf("PXE, never a target: its NAL path names a PXE share, %s", whyPXE)
	}
	if pxeText(p.Name) {
		return fmt.Sprintf("PXE, never a target: it is called like a PXE share, %s", whyPXE)
	}
	if p.PXE && g == Generation2007 {
		return "PXE, never a target: it is flagged as a PXE service point of ConfigMgr 2007, " + whyPXE
	}
	return ""
}

// pxeText reports whether a text names a PXE share; nothing is looked up on this machine.
func pxeText(s string) bool {
	var e *layout.ShareError
	return s != "" && errors.As(layout.CheckText(s), &e) && e.PXE
}

// Split tells the points that may be targets from those that are skipped.
func Split(points []catalog.Point, g Generation) (targets []catalog.Point, skipped []SkippedPoint) {
	skipped = []SkippedPoint{}
	for _, p := range points {
		if why := Skipped(p, g); why != "" {
			skipped = append(skipped, SkippedPoint{p.Name, why})
			continue
		}
		targets = append(targets, p)
	}
	return targets, skipped
}

// maxName is the longest name of a point or a group, in characters.
const maxName = 255

// CheckName refuses a name that no point or group can have.
func CheckName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return errors.New("distribute: the name is empty")
	case name != strings.TrimSpace(name):
		return errors.New("distribute: the name begins or ends with a space")
	case !utf8.ValidString(name):
		return errors.New("distribute: the name is no UTF-8")
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Errorf("distribute: the name has over %d characters", maxName)
	case hasMark(name):
		return errors.New("distribute: the name begins with \"point:\" or \"group:\", which tell the two apart")
	case strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("distribute: the name has a control character in it")
	}
	return nil
}

// The marks that tell a point from a group of the same name where both may stand.
const (
	PointMark = "point:"
	GroupMark = "group:"
)

func hasMark(name string) bool {
	return strings.HasPrefix(name, PointMark) || strings.HasPrefix(name, GroupMark)
}
