package packager_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// startServer starts a Samba that shares a folder in memory.
func startServer(t *testing.T) *smbtest.Server {
	t.Helper()
	dir := fastDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := smbtest.Start(t, smbtest.Options{Dir: dir})
	s.Own(dir)
	return s
}

// newShare makes a folder of the server for one test.
func newShare(t *testing.T, s *smbtest.Server) string {
	t.Helper()
	dir, err := os.MkdirTemp(s.Dir, "t")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// ownAll gives what the test laid out by itself to the server's user.
func ownAll(t *testing.T, s *smbtest.Server, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		s.Own(p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func openShare(t *testing.T, s *smbtest.Server, dir string) *smb.Tree {
	t.Helper()
	c := s.Config()
	c.Folder = filepath.Base(dir)
	tr, err := smb.Open(context.Background(), c)
	for end := time.Now().Add(10 * time.Second); errors.Is(err, smb.ErrUnreachable) && time.Now().Before(end); {
		tr, err = smb.Open(context.Background(), c) // a server that has just been restarted may close its first connections
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

// sharedVersions is twoVersions on a share: the first one is published.
func sharedVersions(t *testing.T, s *smbtest.Server) (*world, *packager.Plan) {
	t.Helper()
	dir := newShare(t, s)
	w, plan := twoVersions(t, dir)
	ownAll(t, s, dir)
	return w, plan
}

// TestShareBuild updates a package on a share from the share's own originals.
func TestShareBuild(t *testing.T) {
	t.Parallel()
	_, after := outcomes(t)
	s := startServer(t)
	w, plan := sharedVersions(t, s)
	tr := openShare(t, s, w.local.Root())
	r, err := packager.Build(t.Context(), tr, plan, packager.BuildOptions{})
	if err != nil || r.ServerCopied != 1 || r.Miscopied != 0 || r.Version != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	if d := cmp.Diff(after, w.files(folder)); d != "" {
		t.Error(d)
	}
	if f := verify(t, tr, packager.VerifyOptions{}); len(f) > 0 {
		t.Errorf("verify finds %q", f)
	}
	was := tr.Traffic()
	if r, err = packager.Build(t.Context(), tr, plan, packager.BuildOptions{}); err != nil || !r.Unchanged {
		t.Errorf("again: %+v, %v", r, err)
	}
	if now := tr.Traffic(); now.Sent-was.Sent > 40_000 {
		t.Errorf("looking at an unchanged package sent %d bytes", now.Sent-was.Sent)
	}
}

// TestShareKilled ends the client's connection at every call of an update that changes the share: what a killed process, a
// pulled cable and a closed notebook look like to the server.
func TestShareKilled(t *testing.T) {
	t.Parallel()
	before, after := outcomes(t)
	s := startServer(t)
	count := countCalls(t, s)
	if count < 60 {
		t.Errorf("an update makes %d calls", count)
	}
	// Half of the cases each, side by side: most of their time is waiting.
	for half := range 2 {
		t.Run(strconv.Itoa(half), func(t *testing.T) {
			t.Parallel()
			for at := 1 + half; at <= count; at += 2 {
				modes := []treetest.Mode{treetest.Break}
				if at%5 < 2 {
					modes = append(modes, treetest.BreakAfter) // is mostly what the next call finds before it
				}
				for _, mode := range modes {
					w, plan := sharedVersions(t, s)
					tr := openShare(t, s, w.local.Root())
					faulty := &treetest.Faulty{Tree: tr, At: at, Mode: mode, Plain: true, Only: writing}
					if mode == treetest.Break {
						faulty.Do = func() { _ = tr.Close() }
					}
					_, err := packager.Build(context.Background(), faulty, plan, packager.BuildOptions{Workers: 1})
					_ = tr.Close()
					if faulty.Fired() == "" {
						t.Errorf("no fault at call %d: %v", at, err)
					}
					wantShareRecovered(t, faulty.Fired(), s, w, plan, before, after)
					_ = os.RemoveAll(w.local.Root())
				}
			}
		})
	}
}

// wantShareRecovered lets the next command look at a share: verify passes the old or the new package, and a build gives the new one.
func wantShareRecovered(t *testing.T, at string, s *smbtest.Server, w *world, plan *packager.Plan, before, after map[string]string) {
	t.Helper()
	tr := openShare(t, s, w.local.Root())
	defer tr.Close()
	if f := verify(t, tr, packager.VerifyOptions{}); len(f) > 0 {
		t.Errorf("%s: verify finds %q", at, f)
	}
	wantOneOf(t, at, w.files(folder), before, after)
	if _, err := packager.Build(t.Context(), tr, plan, packager.BuildOptions{}); err != nil {
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

// TestShareServerKilled kills the server at random calls, and the client with it or not. A client that lives on loses its
// lock with its connection, and must not publish another step.
func TestShareServerKilled(t *testing.T) {
	t.Parallel()
	before, after := outcomes(t)
	s := startServer(t)
	count := countCalls(t, s)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	lost := 0
	for n := range 12 {
		w, plan := sharedVersions(t, s)
		tr := openShare(t, s, w.local.Root())
		both := n%3 == 2
		faulty := &treetest.Faulty{Tree: tr, At: 1 + r.IntN(count), Mode: treetest.Note, Plain: true, Only: writing, Do: func() {
			if both {
				_ = tr.Close()
			}
			s.Restart()
		}}
		_, err := packager.Build(t.Context(), faulty, plan, packager.BuildOptions{Workers: 1})
		_ = tr.Close()
		if errors.Is(err, tree.ErrLockLost) {
			lost++
		}
		if err == nil && !maps.Equal(w.files(folder), after) {
			t.Errorf("%s: the build reports no error, and the package is not the new one", faulty.Fired())
		}
		wantShareRecovered(t, faulty.Fired(), s, w, plan, before, after)
	}
	if lost == 0 {
		t.Error("no build noticed that its lock was lost")
	}
}

// countCalls is how many calls of an update change the share.
func countCalls(t *testing.T, s *smbtest.Server) int {
	t.Helper()
	w, plan := sharedVersions(t, s)
	faulty := &treetest.Faulty{Tree: openShare(t, s, w.local.Root()), Plain: true, Only: writing}
	if _, err := packager.Build(t.Context(), faulty, plan, packager.BuildOptions{Workers: 1}); err != nil {
		t.Fatal(err)
	}
	return faulty.Calls()
}

// TestShareFileInUse: a file that somebody reads cannot be replaced on a Windows share. The build names it, and the old package stays.
func TestShareFileInUse(t *testing.T) {
	t.Parallel()
	before, after := outcomes(t)
	s := startServer(t)
	w, plan := sharedVersions(t, s)
	reader := openShare(t, s, w.local.Root())
	unlock, err := reader.Lock(folder+"/Net/a/a.sys", "a reader") // opens it and lets nobody rename or remove it
	if err != nil {
		t.Fatal(err)
	}
	held := "a reader\n"
	before = maps.Clone(before)
	before["Net/a/a.sys"] = held
	tr := openShare(t, s, w.local.Root())
	_, err = packager.Build(t.Context(), tr, plan, packager.BuildOptions{})
	if err == nil || !strings.Contains(err.Error(), folder+"/Net/a/a.sys") || !strings.Contains(err.Error(), "open in another program") || !strings.Contains(err.Error(), "the package is as it was") {
		t.Errorf("error %v", err)
	}
	if d := cmp.Diff(before, w.files(folder)); d != "" {
		t.Error(d)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := packager.Build(t.Context(), tr, plan, packager.BuildOptions{}); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff(after, w.files(folder)); d != "" {
		t.Error(d)
	}
}

// TestShareLocked: a second builder on another connection is told who is at it, and goes on when that one is done or dead.
func TestShareLocked(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	w, plan := sharedVersions(t, s)
	first, second := openShare(t, s, w.local.Root()), openShare(t, s, w.local.Root())
	var told error
	inside := &treetest.Faulty{Tree: first, At: 1, Mode: treetest.Note, Only: func(op, _ string) bool { return op == "create" }, Do: func() {
		_, told = packager.Build(t.Context(), second, plan, packager.BuildOptions{})
	}}
	if _, err := packager.Build(t.Context(), inside, plan, packager.BuildOptions{Holder: "carol"}); err != nil {
		t.Error(err)
	}
	if !errors.Is(told, tree.ErrLocked) || !strings.Contains(told.Error(), "carol") {
		t.Errorf("the second builder is told %v", told)
	}
	if r, err := packager.Build(t.Context(), second, plan, packager.BuildOptions{}); err != nil || !r.Unchanged {
		t.Errorf("%+v, %v", r, err)
	}
}
