//go:build unix

package packager_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/drivercat/drivercat/packager"
)

func TestAdoptUnreadable(t *testing.T) {
	t.Parallel()
	if asNobody(t) {
		return
	}
	w := newWorld(t)
	dir := vendor(t, map[string]string{"a.inf": "inf", "secret": "x"})
	if err := os.Chmod(filepath.Join(dir, "secret"), 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		a, problems, err := adopt(t, w.local, packager.AdoptOptions{Dir: dir})
		if err != nil || a.Files != 1 && !a.Existed {
			t.Errorf("%+v, %q, %v", a, problems, err)
		}
	}
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
