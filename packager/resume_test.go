package packager_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/treetest"
)

const stageFolder = "PC/SCCM_Driver_Packages/XP/.drivercat-stage-R61-8935CTO"

// replica is a publication that keeps its stage. Files that are staged already in their length are taken as they are.
type replica struct {
	*packager.Publication
	mu     sync.Mutex
	staged []string // what Stage wrote
}

func newReplica(t tree.Tree, version int, content map[string]string, fail string) *replica {
	r := &replica{}
	m := &manifest.Manifest{Model: catalog.Model{Make: "Lenovo", Name: "R61-8935CTO"}, Target: xp, Kind: "standard", Content: "inf", Version: version}
	for n, c := range content {
		m.Files = append(m.Files, manifest.File{Path: n, Size: int64(len(c)), SHA256: sha256.Sum256([]byte(c))})
	}
	m.Encode() // sorts
	var there map[string]int64
	r.Publication = &packager.Publication{
		Folder: folder, Manifest: m, Exact: true, Resume: true,
		Prepare: func(_ context.Context, w packager.Work) error {
			there = w.There
			_, err := tree.Put(context.Background(), t, w.Record+"/mine", strings.NewReader("x"), tree.Options{})
			return err
		},
		Stage: func(ctx context.Context, name string, f manifest.File) error {
			if f.Path == fail {
				return errStuck
			}
			if there[f.Path] == f.Size {
				return nil
			}
			if err := t.Remove(name); err != nil && there[f.Path] > 0 {
				return err
			}
			r.mu.Lock()
			r.staged = append(r.staged, f.Path)
			r.mu.Unlock()
			_, err := tree.Write(ctx, t, name, strings.NewReader(content[f.Path]), tree.Options{})
			return err
		},
	}
	return r
}

func TestResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	content := map[string]string{"a": "aaaa", "b/c": "cc", "d/e": "eee"}
	r := newReplica(w.local, 7, content, "d/e")
	if _, err := packager.Publish(ctx, w.local, r.Publication, packager.PublishOptions{Workers: 1}); !errors.Is(err, errStuck) {
		t.Fatal(err)
	}
	// Verify looks at the package and leaves the stage, and so does Recover.
	if got := verify(t, w.local, packager.VerifyOptions{}); !cmp.Equal(got, []string{"missing"}) {
		t.Errorf("verify finds %q", got)
	}
	// A later version: one file stays, one is another, one is gone, a folder became a file.
	w.write(stageFolder+"/old/x", "left by a crash")
	w.write(stageFolder+"/new/drivercat.json", "{}")
	next := map[string]string{"a": "aaaa", "b": "now a file", "d/e": "eee"}
	if got := w.files(stageFolder); got["new/a"] == "" || got["record/mine"] == "" {
		t.Errorf("the stage holds %v", got)
	}
	r = newReplica(w.local, 8, next, "")
	res, err := packager.Publish(ctx, w.local, r.Publication, packager.PublishOptions{Workers: 1})
	if err != nil || res.Version != 8 || !cmp.Equal(r.staged, []string{"b", "d/e"}) {
		t.Errorf("%+v, staged %v, error %v", res, r.staged, err)
	}
	if d := cmp.Diff(next, w.content()); d != "" {
		t.Error(d)
	}
	if got := verify(t, w.local, packager.VerifyOptions{NoRecover: true}); len(got) > 0 || len(w.files(stageFolder)) > 0 {
		t.Errorf("verify finds %q", got)
	}
}

// TestResumeMeetsBuild: a build removes what a replication kept, and a kept stage that is of no use goes.
func TestResumeMeetsBuild(t *testing.T) {
	t.Parallel()
	w, plan := twoVersions(t, fastDir(t))
	ctx := context.Background()
	before := w.files(folder)
	r := newReplica(w.local, 9, map[string]string{"a": "a", "b": "b"}, "b")
	if _, err := packager.Publish(ctx, w.local, r.Publication, packager.PublishOptions{Workers: 1}); !errors.Is(err, errStuck) {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, w.files(folder)); d != "" {
		t.Error(d)
	}
	if got := verify(t, w.local, packager.VerifyOptions{}); len(got) > 0 {
		t.Errorf("verify finds %q", got)
	}
	if res, err := packager.Build(ctx, w.local, plan, packager.BuildOptions{}); err != nil || res.Recovered != packager.Cleared {
		t.Errorf("%+v, %v", res, err)
	}
	if left := w.files(stageFolder); len(left) > 0 {
		t.Errorf("the stage holds %v", left)
	}
}

// TestResumeFaults fails every call of a publication that keeps its stage; the next one always ends it.
func TestResumeFaults(t *testing.T) {
	t.Parallel()
	first := map[string]string{"a": "a1", "gone": "g", "turn/now": "t"}
	next := map[string]string{"a": "a2", "b/c": "c", "turn": "file"}
	for _, mode := range []treetest.Mode{treetest.Fail, treetest.Break, treetest.Die, treetest.DieAfter} {
		for at := 1; ; at++ {
			w := newWorld(t)
			ctx := context.Background()
			if _, err := packager.Publish(ctx, w.local, newReplica(w.local, 1, first, "").Publication, packager.PublishOptions{}); err != nil {
				t.Fatal(err)
			}
			before := w.files(folder)
			faulty := &treetest.Faulty{Tree: w.local, At: at, Mode: mode, Plain: true}
			_, err := packager.Publish(ctx, faulty, newReplica(faulty, 2, next, "").Publication, packager.PublishOptions{Workers: 1})
			if faulty.Fired() == "" {
				if err != nil || at < 40 {
					t.Fatalf("after %d calls: %v", at, err)
				}
				break
			}
			if _, err := packager.Recover(ctx, w.local, folder); err != nil {
				t.Errorf("%s: recover: %v", faulty.Fired(), err)
			}
			if got := verify(t, w.local, packager.VerifyOptions{NoRecover: true}); len(got) > 0 {
				t.Errorf("%s: verify finds %q", faulty.Fired(), got)
			}
			if got := w.content(); !maps.Equal(got, next) && !maps.Equal(w.files(folder), before) {
				t.Errorf("%s: neither old nor new: %v", faulty.Fired(), got)
			}
			if _, err := packager.Publish(ctx, w.local, newReplica(w.local, 2, next, "").Publication, packager.PublishOptions{}); err != nil {
				t.Errorf("%s: again: %v", faulty.Fired(), err)
			}
			if d := cmp.Diff(next, w.content()); d != "" {
				t.Errorf("%s: %s", faulty.Fired(), d)
			}
			beside, err := w.local.ReadDir("PC/SCCM_Driver_Packages/XP")
			if err != nil || len(beside) != 1 {
				t.Errorf("%s: beside the package lies %v (%v)", faulty.Fired(), beside, err)
			}
		}
	}
}

// TestCompare tells what Publish would do, and writes nothing.
func TestCompare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	old := newReplica(w.local, 1, map[string]string{"a": "a1", "b": "b"}, "")
	if _, err := packager.Publish(ctx, w.local, old.Publication, packager.PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	next := newReplica(w.local, 2, map[string]string{"a": "a2", "c": "c"}, "")
	faulty := &treetest.Faulty{Tree: w.local, At: 1, Only: writing}
	work, res, err := packager.Compare(ctx, faulty, next.Publication, packager.PublishOptions{Rehash: true})
	if err != nil || faulty.Calls() > 0 {
		t.Fatalf("error %v, %d writing calls", err, faulty.Calls())
	}
	got := fmt.Sprintf("%d %s %s %d %q %v", len(work.Put), work.Put[0].Path, work.Put[1].Path, work.Previous.Version, res.Removed, res.Unchanged)
	if got != `2 a c 1 ["b"] false` {
		t.Error(got)
	}
}
