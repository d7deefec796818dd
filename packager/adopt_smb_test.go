package packager_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

// onServer opens the share of a server that ends with the test.
func onServer(t *testing.T, s *smbtest.Server) *smb.Tree {
	t.Helper()
	tr, err := smb.Open(t.Context(), s.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

// TestAdoptToServer: a source goes to a share as it goes to a folder: whole, with its files' times, unpacked if that is asked
// for, once, and after what another adoption left behind.
func TestAdoptToServer(t *testing.T) {
	t.Parallel()
	tr := onServer(t, smbtest.Start(t, smbtest.Options{}))
	dir := vendor(t, map[string]string{"a.inf": "inf", "sub/b.sys": "sys", "empty": "", "sp1.zip": zipOf(t, map[string]string{"x64/c.sys": "c"})})
	at := originals + "Card Reader 4in1"

	dry, _, err := adopt(t, tr, packager.AdoptOptions{Dir: dir, DryRun: true})
	if err != nil || dry.Location != at || dry.Existed || dry.Files != 4 || len(treetest.Files(t, tr, ".")) > 0 {
		t.Errorf("dry run: %+v, %v", dry, err)
	}
	stage := "PC/_OriginalSources_/XP/" + layout.AdoptPrefix + "R61-8935CTO"
	if err := tr.MkdirAll(stage + "/left"); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Write(t.Context(), tr, stage+"/left/behind", strings.NewReader("x"), tree.Options{}); err != nil {
		t.Fatal(err)
	}
	a, problems, err := adopt(t, tr, packager.AdoptOptions{Dir: dir, Extract: true})
	if err != nil || a.Location != at || a.Files != 5 || a.Existed || a.Renamed || len(problems) > 0 {
		t.Fatalf("first: %+v, %q, %v", a, problems, err)
	}
	got := treetest.Files(t, tr, at)
	delete(got, "sp1.zip")
	if d := cmp.Diff(map[string]string{"a.inf": "inf", "sub/b.sys": "sys", "empty": "", "sp1/x64/c.sys": "c"}, got); d != "" {
		t.Error(d)
	}
	if ok, err := tree.Exists(tr, stage); ok || err != nil {
		t.Errorf("the stage is still there, %v", err)
	}
	for _, name := range []string{"a.inf", "sp1/x64/c.sys"} {
		if info, err := tr.Lstat(at + "/" + name); err != nil || !info.ModTime().Equal(vendorTime) {
			t.Errorf("%s: time %v, %v", name, info.ModTime(), err)
		}
	}
	if again, _, err := adopt(t, tr, packager.AdoptOptions{Dir: dir, Extract: true}); err != nil || !again.Existed || again.Location != at {
		t.Errorf("again: %+v, %v", again, err)
	}
	// One file less is another source, which gets a name of its own.
	if b, _, err := adopt(t, tr, packager.AdoptOptions{Dir: filepath.Join(dir, "sub"), Name: "Card Reader 4in1"}); err != nil || !b.Renamed || b.Location != at+"-2" {
		t.Errorf("renamed: %+v, %v", b, err)
	}
}

// A second adoption waits for the first, on one server and from two places.
func TestAdoptToServerWaits(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	one, two := onServer(t, s), onServer(t, s)
	if err := one.MkdirAll("PC/_OriginalSources_/XP"); err != nil {
		t.Fatal(err)
	}
	unlock, err := one.Lock("PC/_OriginalSources_/XP/"+layout.LockPrefix+"R61-8935CTO", "somebody")
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 1)
	done := make(chan error, 1)
	dir := vendor(t, map[string]string{"a.inf": "inf"})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		_, err := packager.AdoptSource(ctx, two, layout.Layout{}, packager.AdoptOptions{Dir: dir, Model: "R61-8935CTO", Target: xp, Waiting: func(err error) { told <- err }})
		done <- err
	}()
	if err := <-told; !errors.Is(err, tree.ErrLocked) || !strings.Contains(err.Error(), "somebody") {
		t.Errorf("told: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
