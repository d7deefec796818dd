//go:build unix

package source

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestWalkFollowsNoLink(t *testing.T) {
	t.Parallel()
	eachReader(t, func(t *testing.T, walk func(string, WalkOptions) *Listing) {
		outside, root := t.TempDir(), t.TempDir()
		put(t, outside, map[string]string{"secret/s.inf": "s"})
		put(t, root, map[string]string{"a/x.inf": "1", "a/b/y.inf": "2"})
		for name, target := range map[string]string{
			"a/same": "x.inf", "a/b/up": "../x.inf", "tree": "a/b", "self": ".", "a/again": "../a",
			"abs-in": filepath.Join(root, "a", "x.inf"), "abs-out": filepath.Join(outside, "secret"),
			"a/out": "../../" + filepath.Base(outside), "a/dead": "none.inf", "passwd": "/etc/passwd",
		} {
			if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := unix.Mkfifo(filepath.Join(root, "pipe"), 0o644); err != nil {
			t.Fatal(err)
		}
		l := walk(root, WalkOptions{})
		if d := cmp.Diff([]string{"./", "a/", "a/x.inf 1", "a/b/", "a/b/y.inf 1"}, outline(l)); d != "" {
			t.Errorf("listing (-want +got):\n%s", d)
		}
		want := []string{
			"a/again: link?", "a/b/up: link?", "a/dead: link-broken", "a/out: link-outside", "a/same: link?", "abs-in: link?",
			"abs-out: link-outside", "passwd: link-outside", "pipe: special-file", "self: link?", "tree: link?",
		}
		if d := cmp.Diff(want, troubles(l)); d != "" {
			t.Errorf("problems (-want +got):\n%s", d)
		}
		if got := l.Problems[2]; got.Text != "a link to none.inf, which is not there" || got.Advice == "" {
			t.Errorf("%s; %s", got, got.Advice)
		}
	})
}

func TestWalkRootMayBeLink(t *testing.T) {
	t.Parallel()
	eachReader(t, func(t *testing.T, walk func(string, WalkOptions) *Listing) {
		root := t.TempDir()
		put(t, root, map[string]string{"real/x.inf": ""})
		link := filepath.Join(root, "link")
		for name, target := range map[string]string{"link": "real", "real/a": filepath.Join(root, "real", "x.inf"), "real/b": filepath.Join(link, "x.inf")} {
			if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
		l := walk(link, WalkOptions{})
		if d := cmp.Diff([]string{"./", "x.inf 0"}, outline(l)); d != "" {
			t.Errorf("listing (-want +got):\n%s", d)
		}
		if d := cmp.Diff([]string{"a: link?", "b: link?"}, troubles(l)); d != "" {
			t.Errorf("links that use either spelling of the root (-want +got):\n%s", d)
		}
	})
}

// A folder exchanged for a link after it was listed must not be entered, wherever in the path it stands.
func TestReaderEntersNoLink(t *testing.T) {
	t.Parallel()
	outside, root := t.TempDir(), t.TempDir()
	put(t, outside, map[string]string{"s/s.inf": ""})
	put(t, root, map[string]string{"in/t/t.inf": ""})
	for name, target := range map[string]string{"out": outside, "in/alias": "t"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range openers() {
		r, err := o.open(root)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var s scratch
		for _, rel := range []string{"out", "out/s", "in/alias"} {
			_, err := r.readFolder(rel, &s)
			if err == nil || len(s.entries) > 0 {
				t.Errorf("%s: entered %s: %v %v", o.name, rel, s.entries, err)
				continue
			}
			if p := unreadable(rel, err, true); p.Code != ProblemVanished && rel != "out/s" {
				t.Errorf("%s: %s: %s, from %v", o.name, rel, p.Text, err)
			}
		}
	}
}

func TestWalkWithoutPermission(t *testing.T) {
	t.Parallel()
	if asNobody(t) {
		return
	}
	eachReader(t, func(t *testing.T, walk func(string, WalkOptions) *Listing) {
		root := t.TempDir()
		put(t, root, map[string]string{"closed/x.inf": "", "names/y.inf": "", "open/z.inf": "", "open/secret.sys": ""})
		for name, mode := range map[string]os.FileMode{"closed": 0, "names": 0o444, "open/secret.sys": 0} {
			if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() {
			for _, name := range []string{"closed", "names"} {
				if err := os.Chmod(filepath.Join(root, name), 0o755); err != nil {
					t.Error(err)
				}
			}
		})
		l := walk(root, WalkOptions{})
		if d := cmp.Diff([]string{"closed: unreadable", "names/y.inf: unreadable"}, troubles(l)); d != "" {
			t.Errorf("problems (-want +got):\n%s", d)
		}
		if !l.has("open/secret.sys") || !strings.Contains(l.Problems[0].Advice, "read access") {
			t.Errorf("listing %q, advice %q", outline(l), l.Problems[0].Advice)
		}
	})
}

// asNobody runs the test again as a user without rights if root runs it, since root may read everything. It reports
// whether it did.
func asNobody(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return false
	}
	if runtime.GOOS != "linux" {
		t.Skip("root may read everything; run the tests as another user")
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "TMPDIR=") // root's own may be closed to others
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("root may read everything, and this one may not become another user")
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	return true
}
