package packager_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// outcomes returns what the package holds before and after the update that the tests of this file interrupt.
func outcomes(t *testing.T) (before, after map[string]string) {
	t.Helper()
	w, plan := twoVersions(t, fastDir(t))
	before = w.files(folder)
	if _, err := packager.Build(context.Background(), w.local, plan, packager.BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	return before, w.files(folder)
}

// TestFaults fails every call that an update makes, one at a time and in every way. The package is the old one or the new
// one: at once where the program lives on, after Recover where it dies. The next build always gives the new one.
func TestFaults(t *testing.T) {
	t.Parallel()
	before, after := outcomes(t)
	for name, c := range map[string]struct {
		mode  treetest.Mode
		plain bool
		only  func(op, name string) bool
		least int // calls
	}{
		"fail":                  {treetest.Fail, true, nil, 200},
		"fail with fast copies": {treetest.Fail, false, nil, 150},
		"full disk":             {treetest.ShortWrite, true, writing, 60},
		"share gone":            {treetest.Break, true, writing, 60},
		"killed before":         {treetest.Die, false, writing, 60},
		"killed after":          {treetest.DieAfter, true, writing, 60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for at := 1; ; at++ {
				w, plan := twoVersions(t, fastDir(t))
				faulty := &treetest.Faulty{Tree: w.local, At: at, Mode: c.mode, Plain: c.plain, Only: c.only}
				_, err := packager.Build(context.Background(), faulty, plan, packager.BuildOptions{Workers: 1})
				if faulty.Fired() == "" {
					if err != nil || at < c.least {
						t.Fatalf("after %d calls: %v", at, err)
					}
					return
				}
				if c.mode == treetest.Fail || c.mode == treetest.ShortWrite {
					// The program lives: the package is whole at once, whatever it reports.
					wantOneOf(t, faulty.Fired(), w.files(folder), before, after)
				}
				wantRecovered(t, faulty.Fired(), w, plan, before, after)
			}
		})
	}
}

// writing chooses the calls that change the tree: dying at one that reads is dying before the next that writes.
func writing(op, _ string) bool {
	return op != "lstat" && op != "open" && op != "readdir" && op != "read"
}

func wantOneOf(t *testing.T, at string, got, before, after map[string]string) {
	t.Helper()
	if !maps.Equal(got, before) && !maps.Equal(got, after) {
		t.Errorf("%s: neither old nor new:\n%s\n%s", at, cmp.Diff(before, got), cmp.Diff(after, got))
	}
}

// wantRecovered recovers, verifies and builds again.
func wantRecovered(t *testing.T, at string, w *world, plan *packager.Plan, before, after map[string]string) {
	t.Helper()
	ctx := context.Background()
	if _, err := packager.Recover(ctx, w.local, folder); err != nil {
		t.Errorf("%s: recover: %v", at, err)
	}
	wantOneOf(t, at, w.files(folder), before, after)
	if f := verify(t, w.local, packager.VerifyOptions{NoRecover: true}); len(f) > 0 && len(before) > 0 {
		t.Errorf("%s: verify finds %q", at, f)
	}
	if _, err := packager.Build(ctx, w.local, plan, packager.BuildOptions{}); err != nil {
		t.Errorf("%s: build again: %v", at, err)
	}
	if d := cmp.Diff(after, w.files(folder)); d != "" {
		t.Errorf("%s: the next build gives\n%s", at, d)
	}
	beside, err := w.local.ReadDir("PC/SCCM_Driver_Packages/XP")
	if err != nil || len(beside) != 1 {
		t.Errorf("%s: beside the package lies %v (%v)", at, beside, err)
	}
}

// TestFaultsFresh is TestFaults for a package that was not there before.
func TestFaultsFresh(t *testing.T) {
	t.Parallel()
	fresh := func(t *testing.T) (*world, *packager.Plan) {
		w := newWorld(t)
		w.add(drv{files: map[string]string{"a.sys": "a", "sub/b.sys": "b"}})
		return w, w.plan(packager.PlanOptions{})
	}
	w, plan := fresh(t)
	if _, err := packager.Build(context.Background(), w.local, plan, packager.BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	after := w.files(folder)
	for _, mode := range []treetest.Mode{treetest.Fail, treetest.ShortWrite, treetest.Break, treetest.Die, treetest.DieAfter} {
		for at := 1; ; at++ {
			w, plan := fresh(t)
			faulty := &treetest.Faulty{Tree: w.local, At: at, Mode: mode, Plain: true}
			_, err := packager.Build(context.Background(), faulty, plan, packager.BuildOptions{Workers: 1})
			if faulty.Fired() == "" {
				if err != nil || at < 20 {
					t.Fatalf("after %d calls: %v", at, err)
				}
				break
			}
			wantOneOf(t, faulty.Fired(), w.files(folder), map[string]string{}, after)
			wantRecovered(t, faulty.Fired(), w, plan, map[string]string{}, after)
		}
	}
}

// TestRecoveryIsInterrupted kills the recovery of a killed build at every step.
func TestRecoveryIsInterrupted(t *testing.T) {
	t.Parallel()
	before, after := outcomes(t)
	renames := func(op, _ string) bool { return op == "rename" }
	for first := 2; first < 14; first += 3 {
		for at := 1; ; at++ {
			w, plan := twoVersions(t, fastDir(t))
			one := &treetest.Faulty{Tree: w.local, At: first, Mode: treetest.Die, Only: renames}
			if _, err := packager.Build(context.Background(), one, plan, packager.BuildOptions{}); !errors.Is(err, treetest.Err) {
				t.Fatalf("the build was not killed: %v", err)
			}
			two := &treetest.Faulty{Tree: w.local, At: at, Mode: treetest.DieAfter, Only: writing}
			_, err := packager.Recover(context.Background(), two, folder)
			if two.Fired() == "" {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			wantRecovered(t, one.Fired()+", then "+two.Fired(), w, plan, before, after)
		}
	}
}

// TestStuckRename: a file that cannot be replaced, as one that a reader holds open on Windows, leaves the old package.
func TestStuckRename(t *testing.T) {
	t.Parallel()
	w, plan := twoVersions(t, fastDir(t))
	before := w.files(folder)
	stuck := &stuckTree{Tree: w.local, name: folder + "/Net/a/a.sys"}
	_, err := packager.Build(context.Background(), stuck, plan, packager.BuildOptions{})
	if !errors.Is(err, errStuck) || stuck.hits == 0 {
		t.Errorf("error %v", err)
	}
	if d := cmp.Diff(before, w.files(folder)); d != "" {
		t.Error(d)
	}
	if f := verify(t, w.local, packager.VerifyOptions{NoRecover: true}); len(f) > 0 {
		t.Errorf("verify finds %q", f)
	}
}

// killEnv tells a child of TestKilled which folder to build in and at which call to die.
const killEnv = "DRIVERCAT_TEST_KILL"

// TestKilled kills a real process 50 times, at a call of the tree chosen at random, and looks at what it left.
func TestKilled(t *testing.T) {
	t.Parallel()
	if v := os.Getenv(killEnv); v != "" {
		dieAt(t, v)
		return
	}
	before, after := outcomes(t)
	w, plan := twoVersions(t, fastDir(t))
	count := &treetest.Faulty{Tree: w.local}
	if _, err := packager.Build(context.Background(), count, plan, packager.BuildOptions{}); err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	survived := 0
	for kills := 0; kills < 50; {
		dir := fastDir(t)
		w, plan := twoVersions(t, dir)
		at := 1 + r.IntN(count.Calls())
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), killEnv+"="+strconv.Itoa(at), killEnv+"_DIR="+dir)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			// How many calls a build makes depends on what is as young as the manifest and has to be read.
			if survived++; survived > 10 {
				t.Fatalf("the child was not killed at call %d of %d: %v\n%s", at, count.Calls(), err, out)
			}
			continue
		}
		if bytes.Contains(out, []byte("FAIL")) {
			t.Fatalf("the child failed instead of dying:\n%s", out)
		}
		kills++
		if v, err := packager.Verify(context.Background(), w.local, packager.VerifyOptions{}, folder); err != nil || !v[0].OK() {
			t.Errorf("killed at call %d: verify: %+v, %v", at, v, err)
		}
		wantRecovered(t, "killed at call "+strconv.Itoa(at), w, plan, before, after)
	}
}

// dieAt is the child: it updates the package and kills itself.
func dieAt(t *testing.T, at string) {
	n, err := strconv.Atoi(at)
	if err != nil {
		t.Fatal(err)
	}
	w, plan := secondVersion(t, os.Getenv(killEnv+"_DIR"))
	me, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	faulty := &treetest.Faulty{Tree: w.local, At: n, Do: func() {
		_ = me.Kill()
		select {} // until the signal arrives
	}}
	_, err = packager.Build(context.Background(), faulty, plan, packager.BuildOptions{})
	t.Logf("survived: %v, %d calls", err, faulty.Calls())
}
