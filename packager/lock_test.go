package packager_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
)

// heldTree is a tree whose locks somebody else holds until a time.
type heldTree struct {
	tree.Tree
	until time.Time
}

func (h heldTree) Lock(name, holder string) (func() error, error) {
	if time.Now().Before(h.until) {
		return nil, fmt.Errorf("%w: carol", tree.ErrLocked)
	}
	return h.Tree.Lock(name, holder)
}

// TestAdoptWaits: a second adoption for a model waits for the first, tells so once, and gives up in the end.
func TestAdoptWaits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		held, cancelled time.Duration // 0 is never
		want            error
		after           time.Duration
	}{
		"the other is done soon":     {held: 5 * time.Second, after: 5 * time.Second},
		"the other goes on and on":   {held: time.Hour, want: tree.ErrLocked, after: 30 * time.Second},
		"interrupted while it waits": {held: time.Hour, cancelled: 3 * time.Second, want: context.Canceled, after: 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			dir := vendor(t, map[string]string{"a.inf": "x"})
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.cancelled > 0 {
					time.AfterFunc(tt.cancelled, cancel)
				}
				began := time.Now()
				var told []string
				a, err := packager.AdoptSource(ctx, heldTree{w.local, began.Add(tt.held)}, layout.Layout{}, packager.AdoptOptions{
					Dir: dir, Model: "R61-8935CTO", Target: xp, Waiting: func(err error) { told = append(told, err.Error()) },
				})
				if !errors.Is(err, tt.want) {
					t.Fatalf("error %v, want %v", err, tt.want)
				}
				if d := time.Since(began); d < tt.after || d > tt.after+time.Second {
					t.Errorf("ended after %s, want %s", d, tt.after)
				}
				if len(told) != 1 || told[0] != "locked by another drivercat: carol" {
					t.Errorf("told %q", told)
				}
				if there, err := tree.Exists(w.local, "PC"); err != nil || there != (tt.want == nil) {
					t.Errorf("adopted %+v; the share has folders: %v, %v", a, there, err)
				}
			})
		})
	}
}
