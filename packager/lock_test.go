package packager_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/treetest"
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

// TestBuildWaits: a second builder waits as long as it was told to, says for whom, and then builds or gives up.
func TestBuildWaits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		held, wait time.Duration
		want       error
		after      time.Duration
		told       int
	}{
		"the other is done soon":    {held: 5 * time.Second, wait: time.Minute, after: 5 * time.Second, told: 1},
		"the other goes on and on":  {held: time.Hour, wait: time.Minute, want: tree.ErrLocked, after: time.Minute, told: 1},
		"it does not wait":          {held: time.Hour, want: tree.ErrLocked},
		"nobody else is there":      {wait: time.Minute},
		"the other is done at once": {held: 100 * time.Millisecond, wait: time.Minute, after: 200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.add(drv{files: map[string]string{"a.sys": "a"}})
			plan := w.plan(packager.PlanOptions{})
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var told []string
				_, err := packager.Build(t.Context(), heldTree{w.local, began.Add(tt.held)}, plan, packager.BuildOptions{
					Wait: tt.wait, Waiting: func(err error) { told = append(told, err.Error()) },
				})
				if !errors.Is(err, tt.want) {
					t.Fatalf("error %v, want %v", err, tt.want)
				}
				if d := time.Since(began); d < tt.after || d > tt.after+time.Second {
					t.Errorf("ended after %s, want %s", d, tt.after)
				}
				if len(told) != tt.told || len(told) > 0 && told[0] != "locked by another drivercat: carol" {
					t.Errorf("told %q", told)
				}
			})
		})
	}
}

// TestVerifyWaits: verify waits for a builder who is at work, and else calls the package busy.
func TestVerifyWaits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		held, wait time.Duration
		finds      []string
	}{
		"the other is done soon": {held: 5 * time.Second, wait: time.Minute, finds: []string{}},
		"it does not wait":       {held: 5 * time.Second, finds: []string{"busy"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.add(drv{files: map[string]string{"a.sys": "a"}})
			w.build(packager.BuildOptions{})
			w.write("PC/SCCM_Driver_Packages/XP/.drivercat-stage-R61-8935CTO/new/x", "half a file")
			synctest.Test(t, func(t *testing.T) {
				got := verify(t, heldTree{w.local, time.Now().Add(tt.held)}, packager.VerifyOptions{Wait: tt.wait})
				if d := cmp.Diff(tt.finds, got); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

// TestHolder: who finds a lock taken is told the user, the process, the machine and since when.
func TestHolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{files: map[string]string{"a.sys": "a"}})
	plan := w.plan(packager.PlanOptions{})
	var told error
	inside := &treetest.Faulty{Tree: w.local, At: 1, Mode: treetest.Note, Only: func(op, _ string) bool { return op == "create" }, Do: func() {
		_, told = packager.Build(t.Context(), w.local, plan, packager.BuildOptions{})
	}}
	if _, err := packager.Build(t.Context(), inside, plan, packager.BuildOptions{Workers: 1}); err != nil {
		t.Error(err)
	}
	host, _ := os.Hostname()
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	for _, want := range []string{me.Username, strconv.Itoa(os.Getpid()), host, "since 2"} {
		if !errors.Is(told, tree.ErrLocked) || !strings.Contains(told.Error(), want) {
			t.Errorf("the error does not tell %q: %v", want, told)
		}
	}
}

// TestLockLost: a build that loses its lock stops before the next step that others can see, and the next command goes on.
func TestLockLost(t *testing.T) {
	t.Parallel()
	before, after := outcomes(t)
	for at := 1; ; at++ {
		w, plan := twoVersions(t, fastDir(t))
		lost := &losingTree{Tree: w.local}
		faulty := &treetest.Faulty{Tree: lost, At: at, Mode: treetest.Note, Plain: true, Only: writing, Do: func() { lost.now.Store(true) }}
		_, err := packager.Build(t.Context(), faulty, plan, packager.BuildOptions{Workers: 1})
		if faulty.Fired() == "" {
			if err != nil || at < 60 {
				t.Fatalf("after %d calls: %v", at, err)
			}
			return
		}
		if n := lost.tried.Load(); n > 30 {
			t.Errorf("%s: %d calls were made after the lock was lost", faulty.Fired(), n)
		}
		if err != nil && !errors.Is(err, tree.ErrLockLost) {
			t.Errorf("%s: error %v", faulty.Fired(), err)
		}
		wantRecovered(t, faulty.Fired(), w, plan, before, after)
	}
}

// losingTree has lost its lock from a moment on.
type losingTree struct {
	tree.Tree
	now   atomic.Bool
	tried atomic.Int64
}

func (l *losingTree) lost(fn func() error) error {
	if l.now.Load() {
		l.tried.Add(1)
		return tree.ErrLockLost
	}
	return fn()
}

func (l *losingTree) MkdirAll(name string) error {
	return l.lost(func() error { return l.Tree.MkdirAll(name) })
}
func (l *losingTree) Remove(name string) error {
	return l.lost(func() error { return l.Tree.Remove(name) })
}
func (l *losingTree) Sync(names ...string) error {
	return l.lost(func() error { return l.Tree.Sync(names...) })
}
func (l *losingTree) Rename(from, to string) error {
	return l.lost(func() error { return l.Tree.Rename(from, to) })
}
func (l *losingTree) Create(name string) (w tree.Writer, err error) {
	err = l.lost(func() error { w, err = l.Tree.Create(name); return err })
	return w, err
}

// TestLeftLock: what a killed process left of its lock goes with the next build or verify, though there is nothing to do. A
// lock that somebody holds stays.
func TestLeftLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(drv{files: map[string]string{"a.sys": "a"}})
	plan := w.plan(packager.PlanOptions{})
	w.build(packager.BuildOptions{})
	dir, model := path.Split(plan.Folder)
	lock := dir + layout.LockPrefix + model
	build := func() {
		if r := w.build(packager.BuildOptions{}); !r.Unchanged {
			t.Errorf("%+v", r)
		}
	}
	verify := func() {
		v, err := packager.Verify(t.Context(), w.local, packager.VerifyOptions{}, plan.Folder)
		if err != nil || !v[0].OK() {
			t.Errorf("%+v, %v", v, err)
		}
	}
	for name, next := range map[string]func(){"build": build, "verify": verify} {
		if _, err := tree.Write(t.Context(), w.local, lock, strings.NewReader("carol\n"), tree.Options{}); err != nil {
			t.Fatal(err)
		}
		next()
		if there, err := tree.Exists(w.local, lock); there || err != nil {
			t.Errorf("%s: the lock is there: %v, %v", name, there, err)
		}
		unlock, err := w.local.Lock(lock, "carol")
		if err != nil {
			t.Fatal(err)
		}
		next()
		if there, err := tree.Exists(w.local, lock); !there || err != nil {
			t.Errorf("%s: a lock that is held is there: %v, %v", name, there, err)
		}
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
	}
}
