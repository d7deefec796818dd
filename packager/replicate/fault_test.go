package replicate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/replicate"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// before and after are two versions of a small package: changed, moved, renamed, new, gone, doubled, folder and file swapped.
var before = map[string]string{
	"a/a.sys": noise(1, 40_000), "a/b.dll": noise(2, 30_000), "m.sys": noise(3, 10_000), "turn": "file", "gone/x": "x", "stay": "stay",
}

var after = with(before, map[string]string{
	"a/a.sys": edit(before["a/a.sys"], 10_000, noise(9, 500)), "a/b.dll": "-", "a/B.DLL": before["a/b.dll"], "m.sys": "-", "n/m.sys": before["m.sys"],
	"turn": "-", "turn/now": "folder", "gone/x": "-", "gone": "a file now", "new": noise(4, 9000), "new2": noise(4, 9000),
})

// twoVersions is a share with the second version and a maker of targets that hold the first.
func twoVersions(t *testing.T) (w *world, held func(to tree.Tree)) {
	t.Helper()
	w = newWorld(t)
	w.publish(folder, before)
	old := newWorld(t)
	old.publish(folder, before)
	w.publish(folder, after)
	return w, func(to tree.Tree) {
		t.Helper()
		if a := old.bring(to, replicate.Options{}); !a.OK() {
			t.Fatalf("%+v", a)
		}
		age(t, to, folder)
	}
}

func writing(op, _ string) bool {
	return op != "lstat" && op != "open" && op != "readdir" && op != "read"
}

// TestFaults fails every call that changes the target, one at a time and in every way. The package is the old or the new one
// after the next command, and the next replication makes it the new one.
func TestFaults(t *testing.T) {
	t.Parallel()
	w, held := twoVersions(t)
	next := files(t, w.src, folder)
	for name, mode := range map[string]treetest.Mode{
		"fail": treetest.Fail, "full disk": treetest.ShortWrite, "share gone": treetest.Break, "killed before": treetest.Die, "killed after": treetest.DieAfter,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for at := 1; ; at++ {
				to := noSync{openLocal(t, fastDir(t))}
				held(to)
				was := files(t, to, folder)
				faulty := &treetest.Faulty{Tree: &treetest.Copier{Tree: to}, At: at, Mode: mode, Plain: true, Only: writing}
				a := w.bring(faulty, replicate.Options{Workers: 1, ProgressBytes: 8 << 10})
				if faulty.Fired() == "" {
					if !a.OK() || at < 60 {
						t.Fatalf("after %d calls: %+v", at, a)
					}
					return
				}
				if _, err := packager.Recover(t.Context(), to, folder); err != nil {
					t.Errorf("%s: recover: %v", faulty.Fired(), err)
				}
				if got := files(t, to, folder); !maps.Equal(got, was) && !maps.Equal(got, next) {
					t.Errorf("%s: neither old nor new\n%s", faulty.Fired(), cmp.Diff(next, got))
				}
				verified(t, to, faulty.Fired())
				if a := w.bring(to, replicate.Options{}); !a.OK() {
					t.Errorf("%s: again: %+v", faulty.Fired(), a)
				}
				w.same(to)
				_ = os.RemoveAll(to.Root())
			}
		})
	}
}

// TestFaultsOnServer dies at calls of a replication to Samba, before and after they are done: the same promise.
func TestFaultsOnServer(t *testing.T) {
	t.Parallel()
	w, held := twoVersions(t)
	next := files(t, w.src, folder)
	for part := range 4 {
		t.Run(strconv.Itoa(part), func(t *testing.T) {
			t.Parallel()
			s := smbtest.Start(t, smbtest.Options{})
			for at := 1 + part*5; ; at += 17 { // both modes, at calls of all kinds
				to := openSMB(t, s)
				if err := tree.RemoveAll(to, "PC"); err != nil {
					t.Fatal(err)
				}
				held(to)
				was := files(t, to, folder)
				faulty := &treetest.Faulty{Tree: to, At: at, Mode: []treetest.Mode{treetest.Die, treetest.DieAfter}[at%2], Plain: true, Only: writing}
				a := w.bring(faulty, replicate.Options{Workers: 1, ProgressBytes: 8 << 10})
				if faulty.Fired() == "" {
					if !a.OK() || at < 50 {
						t.Fatalf("after %d calls: %+v", at, a)
					}
					return
				}
				_ = to.Close() // a dead process holds no connection
				to = openSMB(t, s)
				if _, err := packager.Recover(t.Context(), to, folder); err != nil {
					t.Errorf("%s: recover: %v", faulty.Fired(), err)
				}
				if got := files(t, to, folder); !maps.Equal(got, was) && !maps.Equal(got, next) {
					t.Errorf("%s: neither old nor new\n%s", faulty.Fired(), cmp.Diff(next, got))
				}
				verified(t, to, faulty.Fired())
				if a := w.bring(to, replicate.Options{}); !a.OK() {
					t.Errorf("%s: again: %+v", faulty.Fired(), a)
				}
				w.same(to)
				_ = to.Close()
			}
		})
	}
}

// noSync is a tree without its waits for the disk: the tests kill processes, not machines.
type noSync struct{ tree.Tree }

func (noSync) Sync(...string) error { return nil }

func (n noSync) Append(name string, size int64) (tree.Writer, error) {
	return n.Tree.(tree.Appender).Append(name, size)
}

func verified(t *testing.T, to tree.Tree, at string) {
	t.Helper()
	vs, err := packager.Verify(t.Context(), to, packager.VerifyOptions{NoRecover: true}, folder)
	if err != nil || !vs[0].OK() {
		t.Errorf("%s: verify: %+v, %v", at, vs, err)
	}
}

// TestResume kills at 90 % and counts what is sent the second time: many files, and one large one.
func TestResume(t *testing.T) {
	many := map[string]string{}
	for i := range 40 {
		many[fmt.Sprintf("d%d/f%d", i%7, i)] = noise(byte(i), 600_000)
	}
	for name, content := range map[string]map[string]string{"many files": many, "one file": {"big": noise(1, 24_000_000)}} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
				w.publish(folder, content)
				// Faults count blocks of 1 MiB or whole small files: let it die in the last tenth of the content.
				var written atomic.Int64
				faulty := &treetest.Faulty{Tree: &counting{to, &written}, At: 1, Mode: treetest.Die, Plain: true, Only: func(op, _ string) bool {
					return op == "write" && written.Load() > 21_600_000
				}}
				o := replicate.Options{Workers: 2, ProgressBytes: 1 << 20}
				if a := w.bring(faulty, o); a.OK() || faulty.Fired() == "" {
					t.Fatalf("it was not killed: %+v", a)
				}
				verifyMissing(t, to)
				a := w.bring(to, o)
				if !a.OK() {
					t.Fatalf("%+v", a)
				}
				p := a.Packages[0]
				if p.SentBytes > 24_000_000-21_600_000+recordBytes || p.ResumedBytes < 12_000_000 {
					t.Errorf("sent %d bytes again, went on with %d", p.SentBytes, p.ResumedBytes)
				}
				w.same(to)
			})
		})
	}
}

// recordBytes is what a kill may cost besides what was under way.
const recordBytes = 8<<20 + 2<<20

// verifyMissing: what is staged is no package yet, and looking at it leaves it alone.
func verifyMissing(t *testing.T, to tree.Tree) {
	t.Helper()
	vs, err := packager.Verify(t.Context(), to, packager.VerifyOptions{}, folder)
	if err != nil || len(vs[0].Findings) != 1 || vs[0].Findings[0].Code != packager.FoundMissing {
		t.Errorf("verify: %+v, %v", vs, err)
	}
}

// counting counts what is written to a tree.
type counting struct {
	tree.Tree
	n *atomic.Int64
}

func (c *counting) Unwrap() tree.Tree { return c.Tree }

func (c *counting) Create(name string) (tree.Writer, error) {
	w, err := c.Tree.Create(name)
	return countingWriter{w, c.n}, err
}

func (c *counting) Append(name string, size int64) (tree.Writer, error) {
	w, err := c.Tree.(tree.Appender).Append(name, size)
	return countingWriter{w, c.n}, err
}

type countingWriter struct {
	tree.Writer
	n *atomic.Int64
}

func (w countingWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.n.Add(int64(n))
	return n, err
}

// TestCancelled: a context that ends leaves a stage to go on with, and says why it ended.
func TestCancelled(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
		w.publish(folder, first)
		why := errors.New("the reason")
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := &treetest.Faulty{Tree: to, At: 5, Mode: treetest.Fail, Plain: true, Only: func(op, name string) bool { return op == "create" && strings.Contains(name, "/new/") }}
		stop.Do = func() { cancel(why) }
		a := replicate.Run(ctx, w.src, []string{folder, packages + "none"}, []replicate.Target{target(stop)}, replicate.Options{Workers: 1, Signatures: &w.sigs, Limit: replicate.NewLimit(100_000_000)})[0]
		if !errors.Is(a.Err, why) || len(a.Packages) != 2 || a.Packages[0].State != replicate.NotDone || a.Packages[1].State != replicate.NotDone {
			t.Errorf("%v: %+v", a.Err, a.Packages)
		}
		if a := w.bring(to, replicate.Options{}); !a.OK() || a.Packages[0].Resumed < 3 {
			t.Errorf("%+v", a)
		}
		w.same(to)
	})
}

// TestRottenStage: a staged file that is no longer what was recorded is made again.
func TestRottenStage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(folder, first)
	to := openLocal(t, fastDir(t))
	stop := &treetest.Faulty{Tree: to, At: 6, Mode: treetest.Fail, Only: func(op, name string) bool { return op == "create" && strings.Contains(name, "/new/") }}
	if a := w.bring(stop, replicate.Options{Workers: 1}); a.OK() {
		t.Fatal("it did not stop")
	}
	staged := packages + ".drivercat-stage-R61-8935CTO/new/"
	rot(t, to, staged+"Media/big.bin", edit(first["Media/big.bin"], 7, "rotten"))
	if a := w.bring(to, replicate.Options{}); !a.OK() || a.Packages[0].SentBytes < 2_000_000 {
		t.Errorf("%+v", a)
	}
	w.same(to)
}

// killEnv tells a child of TestKilled at which call to die.
const killEnv = "DRIVERCAT_TEST_KILL_REPLICATE"

// TestKilled kills a real process 40 times, at a call chosen at random, and goes on with what it left.
func TestKilled(t *testing.T) {
	t.Parallel()
	if v := os.Getenv(killEnv); v != "" {
		dieAt(t, v)
		return
	}
	w, held := twoVersions(t)
	count := &treetest.Faulty{Tree: noSync{openLocal(t, fastDir(t))}, Plain: true}
	held(count.Tree)
	w.bring(count, replicate.Options{})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for kills, survived := 0, 0; kills < 40; {
		to := openLocal(t, fastDir(t))
		held(to)
		at := 1 + r.IntN(count.Calls())
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), killEnv+"="+strconv.Itoa(at), killEnv+"_DIR="+w.src.Root()+string(filepath.ListSeparator)+to.Root()+string(filepath.ListSeparator)+fastDir(t))
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			if survived++; survived > 10 {
				t.Fatalf("the child was not killed at call %d of %d: %v\n%s", at, count.Calls(), err, out)
			}
			continue
		}
		if bytes.Contains(out, []byte("FAIL")) {
			t.Fatalf("the child failed instead of dying:\n%s", out)
		}
		kills++
		name := "killed at call " + strconv.Itoa(at)
		if _, err := packager.Recover(t.Context(), to, folder); err != nil {
			t.Errorf("%s: recover: %v", name, err)
		}
		verified(t, to, name)
		if a := w.bring(to, replicate.Options{}); !a.OK() {
			t.Errorf("%s: again: %+v", name, a)
		}
		w.same(to)
	}
}

// dieAt is the child: it replicates and kills itself.
func dieAt(t *testing.T, at string) {
	n, err := strconv.Atoi(at)
	if err != nil {
		t.Fatal(err)
	}
	dirs := filepath.SplitList(os.Getenv(killEnv + "_DIR"))
	me, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	// The old version is published once more for its signatures, in a folder that outlives this process.
	w := &world{t: t, src: openLocal(t, dirs[2]), sigs: signatures{m: map[catalog.Hash][]byte{}}}
	w.publish(folder, before)
	w.src = openLocal(t, dirs[0])
	faulty := &treetest.Faulty{Tree: openLocal(t, dirs[1]), At: n, Plain: true, Do: func() {
		_ = me.Kill()
		select {} // until the signal arrives
	}}
	a := w.bring(faulty, replicate.Options{})
	t.Logf("survived: %+v, %d calls", a, faulty.Calls())
}

// TestServerDies kills the target's server at several moments and starts it again. Either the run outlives that, or the next
// one goes on.
func TestServerDies(t *testing.T) {
	t.Parallel()
	for _, at := range []int{3, 12, 25, 40} {
		t.Run(strconv.Itoa(at), func(t *testing.T) {
			t.Parallel()
			w, held := twoVersions(t)
			s := smbtest.Start(t, smbtest.Options{})
			to := openSMB(t, s)
			held(to)
			dying := &treetest.Faulty{Tree: to, At: at, Plain: true, Only: writing, Do: s.Kill, Mode: treetest.DieAfter}
			a := w.bring(dying, replicate.Options{Workers: 1})
			if dying.Fired() == "" {
				t.Fatalf("after %d calls: %+v", at, a)
			}
			_ = to.Close()
			s.Restart()
			to = openSMB(t, s)
			if _, err := packager.Recover(t.Context(), to, folder); err != nil {
				t.Errorf("%s: recover: %v", dying.Fired(), err)
			}
			verified(t, to, dying.Fired())
			if a := w.bring(to, replicate.Options{}); !a.OK() {
				t.Errorf("%s: again: %+v", dying.Fired(), a)
			}
			w.same(to)
		})
	}
}

// TestServerComesBack: a server that is started again while a run goes on.
func TestServerComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(folder, first)
	s := smbtest.Start(t, smbtest.Options{})
	to := openSMB(t, s)
	dying := &treetest.Faulty{Tree: to, At: 4, Mode: treetest.Fail, Only: writing, Do: s.Restart}
	a := w.bring(dying, replicate.Options{})
	if dying.Fired() == "" || a.OK() {
		t.Errorf("%q: %+v", dying.Fired(), a)
	}
	if a := w.bring(to, replicate.Options{}); !a.OK() {
		t.Errorf("%+v", a)
	}
	w.same(to)
}

// TestFullDisk: one of three targets takes no large files. The others get the package, and so does the third once it can.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(folder, first)
	s := smbtest.Start(t, smbtest.Options{FileLimit: 1 << 20})
	full := openSMB(t, s)
	a, b := openLocal(t, fastDir(t)), openLocal(t, fastDir(t))
	as := replicate.Run(t.Context(), w.src, []string{folder}, []replicate.Target{target(a), target(full), target(b)}, replicate.Options{})
	if !as[0].OK() || as[1].OK() || !as[2].OK() {
		t.Errorf("%+v", as)
	}
	if there, err := tree.Exists(full, folder); there || err != nil {
		t.Errorf("the package is there in part: %v", err)
	}
	w.same(a)
	w.same(b)
	_ = full.Close()
	s.Kill()
	roomy := openSMB(t, smbtest.Start(t, smbtest.Options{Dir: s.Dir}))
	if got := w.bring(roomy, replicate.Options{}); !got.OK() || got.Packages[0].Resumed == 0 {
		t.Errorf("%+v", got)
	}
	w.same(roomy)
}

// TestLyingServer: servers that confirm copies they did not make are found out, and the files are sent.
func TestLyingServer(t *testing.T) {
	t.Parallel()
	for _, lie := range []treetest.Lie{treetest.Short, treetest.WrongEnd, treetest.Zeros, treetest.Repeats, treetest.Unable, treetest.Refuses} {
		w, held := twoVersions(t)
		to := openLocal(t, fastDir(t))
		held(to)
		var told []string
		a := w.bring(&treetest.Copier{Tree: to, Lie: lie}, replicate.Options{Workers: 1, Tell: func(_ replicate.Target, s string) { told = append(told, s) }})
		// What was not copied is not called wrong: the disk may be full.
		if lie == treetest.Refuses && !strings.Contains(strings.Join(told, "; "), "the target did not copy it: ") {
			t.Errorf("told %q", told)
		}
		if !a.OK() || a.Packages[0].Copied+a.Packages[0].Rebuilt > 0 && lie != treetest.Repeats || lie < treetest.Repeats && a.Packages[0].Wrong == 0 {
			t.Errorf("lie %d: %+v", lie, a)
		}
		w.same(to)
	}
}
