package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drivercat/drivercat/packager/tree/local"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// kills is how many commands a run of TestKilled ends on each kind of tree; "go test -run TestKilled -count 20 ./cmd/drivercat"
// makes it 200 and 100.
var kills = map[string]int{"folder": 10, "server": 5}

// TestKilled kills the program at random instants while it makes another package of the present one. The next verify passes
// the old package or the new one, and the next build gives the new one.
func TestKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a process of Windows ends with its files still open for a moment")
	}
	for kind, n := range kills {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			k := newKilled(t, kind)
			k.run("import", "../../samples/sources/R61-8935CTO", "--make", "Lenovo", "--model", "R61-8935CTO", "--os", "xp")
			states := map[string]map[string]string{}
			var longest time.Duration
			for _, content := range []string{"folder", "inf"} {
				began := time.Now()
				k.run("build", "R61-8935CTO", "--os", "xp", "--content", content)
				longest = max(longest, time.Since(began))
				states[content] = k.files()
			}
			if maps.Equal(states["folder"], states["inf"]) {
				t.Fatal("the two packages are the same")
			}
			seed := rand.Uint64()
			t.Logf("seed %d, a build takes %s", seed, longest)
			r := rand.New(rand.NewPCG(seed, 0))
			now := "inf"
			killed := 0
			for tries := 0; killed < n; tries++ {
				if tries == 20*n {
					t.Fatalf("only %d of %d commands could be killed", killed, n)
				}
				next := map[string]string{"inf": "folder", "folder": "inf"}[now]
				cmd := k.command("build", "R61-8935CTO", "--os", "xp", "--content", next)
				after := time.Duration(r.Int64N(int64(longest)))
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
				err := cmd.Wait()
				timer.Stop()
				if err != nil {
					killed++
				} else {
					longest = max(longest*9/10, time.Millisecond) // the machine is faster by now than it was
				}
				what := fmt.Sprintf("%s, killed after %s (%v)", next, after, err)
				k.run("verify", "R61-8935CTO")
				switch got := k.files(); {
				case maps.Equal(got, states[next]):
					now = next
				case !maps.Equal(got, states[now]):
					t.Fatalf("%s: neither the old package nor the new one: %q", what, slices.Sorted(maps.Keys(got)))
				}
				if r.IntN(2) == 0 {
					k.run("build", "R61-8935CTO", "--os", "xp", "--content", next)
					if now = next; !maps.Equal(k.files(), states[next]) {
						t.Fatalf("%s: the next build does not give the new package", what)
					}
				}
			}
		})
	}
}

// killed is a share, a catalog and the commands that use them.
type killed struct {
	t    *testing.T
	env  []string
	disk string // the share's folder on this machine
}

func newKilled(t *testing.T, kind string) *killed {
	t.Helper()
	dir, env := home(t)
	k := &killed{t: t, disk: filepath.Join(dir, "Drivers")}
	share, server := k.disk, ""
	if kind == "server" {
		s := smbtest.Start(t, smbtest.Options{})
		k.disk, share = s.Dir, `\\fs01\`+s.Share
		auth := filepath.Join(dir, "credentials")
		if err := os.WriteFile(auth, []byte("username = "+s.User+"\npassword = "+s.Password+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		server = "[server fs01]\naddress = " + s.Address + "\ncredentials = " + auth + "\n"
	} else if err := os.Mkdir(k.disk, 0o755); err != nil {
		t.Fatal(err)
	}
	ini := filepath.Join(dir, "drivercat.ini")
	if err := os.WriteFile(ini, []byte("catalog = "+filepath.Join(dir, "catalog.db")+"\nshare = "+share+"\n"+server), 0o600); err != nil {
		t.Fatal(err)
	}
	k.env = append(env, "DRIVERCAT_CONFIG="+ini)
	return k
}

func (k *killed) command(args ...string) *exec.Cmd {
	cmd := exec.Command("drivercat", args...)
	cmd.Env = k.env
	return cmd
}

// run runs a command to its end. The samples have problems, so it may be done in part.
func (k *killed) run(args ...string) {
	k.t.Helper()
	out, err := k.command(args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 && args[0] == "import" {
		return
	}
	if err != nil {
		k.t.Fatalf("drivercat %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// files is what the package holds, without its manifest, which counts versions. Nothing may lie beside it but a lock that
// nobody holds, which the next builder takes.
func (k *killed) files() map[string]string {
	k.t.Helper()
	tr, err := local.Open(k.disk)
	if err != nil {
		k.t.Fatal(err)
	}
	defer tr.Close()
	const at = "PC/SCCM_Driver_Packages/XP"
	beside, err := tr.ReadDir(at)
	beside = slices.DeleteFunc(beside, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".drivercat-lock-") })
	if err != nil || len(beside) != 1 {
		k.t.Fatalf("beside the package lies %v (%v)", names(beside), err)
	}
	out := treetest.Files(k.t, tr, at+"/R61-8935CTO")
	delete(out, "drivercat.json")
	return out
}

func names(entries []fs.DirEntry) (out []string) {
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
