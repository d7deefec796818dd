package replicate_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/layout"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/replicate"
	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// trees are the kinds of target that every case is tried on.
func trees() map[string]func(t *testing.T) tree.Tree {
	return map[string]func(t *testing.T) tree.Tree{
		"local": func(t *testing.T) tree.Tree { return openLocal(t, fastDir(t)) },
		"smb":   func(t *testing.T) tree.Tree { return openSMB(t, smbtest.Start(t, smbtest.Options{})) },
	}
}

func openSMB(t *testing.T, s *smbtest.Server) *smb.Tree {
	t.Helper()
	// A server that was just started may turn somebody away while it gets ready.
	var tr *smb.Tree
	var err error
	for deadline := time.Now().Add(10 * time.Second); ; {
		if tr, err = smb.Open(t.Context(), s.Config()); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

func everywhere(t *testing.T, fn func(t *testing.T, w *world, to tree.Tree)) {
	t.Parallel()
	for name, open := range trees() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fn(t, newWorld(t), open(t))
		})
	}
}

// age makes the files of a tree older than its manifests, as they are once a second has passed.
func age(t *testing.T, to tree.Tree, dir string) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	for n := range files(t, to, dir) {
		if filepath.Base(n) != manifest.Name && !strings.HasSuffix(n, "/") {
			if err := to.SetTime(dir+"/"+n, old); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var first = map[string]string{
	"Net/a/a.inf":   "[Version]\n",
	"Net/a/a.sys":   noise(1, 300_000),
	"Net/a/b.dll":   noise(2, 200_000),
	"Media/m.sys":   noise(3, 100_000),
	"Media/big.bin": noise(4, 2_000_000),
	"Media/empty":   "",
}

func with(m map[string]string, changes map[string]string) map[string]string {
	out := maps.Clone(m)
	for n, c := range changes {
		if c == "-" {
			delete(out, n)
		} else {
			out[n] = c
		}
	}
	return out
}

func TestBring(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
		w.publish(folder, first)
		w.want(w.bring(to, replicate.Options{DryRun: true}), counts{State: replicate.Planned, Sent: 6, NewBytes: 2_603_000})
		if there, err := tree.Exists(to, "PC"); there || err != nil {
			t.Fatalf("a dry run wrote: %v", err)
		}
		a := w.bring(to, replicate.Options{})
		w.want(a, counts{State: replicate.Brought, Sent: 6, NewBytes: 2_601_000})
		if x := a.Packages[0].Traffic; x.Sent < 2_600_000 || x.Sent > 2_650_000 {
			t.Errorf("%+v", x)
		}
		w.same(to)
		age(t, to, folder)
		a = w.bring(to, replicate.Options{})
		w.want(a, counts{State: replicate.Unchanged, Left: 6})
		x := a.Packages[0].Traffic
		if x.Sent > 10_000 || x.Received > 20_000 || x.Received == 0 || a.Network && x.Sent == 0 {
			t.Errorf("an unchanged package costs %+v", x)
		}
		// A second version: the manifest of the target is the share's, with its number.
		w.publish(folder, with(first, map[string]string{
			"Net/a/a.sys":   edit(first["Net/a/a.sys"], 100_000, noise(9, 5000)), // changed
			"Media/m.sys":   "-",                                                 // moved
			"Sound/M.SYS":   first["Media/m.sys"],                                //
			"Media/big.bin": noise(8, 3000) + first["Media/big.bin"],             // an insertion at the start
			"Net/a/b.dll":   "-",                                                 // case-only rename
			"Net/a/B.dll":   first["Net/a/b.dll"],                                //
			"Net/a/new.sys": noise(7, 50_000),                                    // new
			"Net/a/a.inf":   "[Version]\nDriverVer=2\n",                          // small
			"Net/copy.dll":  noise(7, 50_000),                                    // the same content twice
			"Net/parts.bin": first["Media/m.sys"][:60_000] + noise(6, 10_000),    // made of another file's part
			"Media/empty":   "-",                                                 // gone, and a folder in its place
			"Media/empty/x": "x",                                                 //
		}))
		w.want(w.bring(to, replicate.Options{DryRun: true}), counts{State: replicate.Planned, Copied: 3, Rebuilt: 3, Sent: 3, Removed: 3, NewBytes: 110_000})
		w.want(w.bring(to, replicate.Options{}), counts{State: replicate.Brought, Copied: 3, Rebuilt: 3, Sent: 3, Removed: 3, NewBytes: 100_000})
		w.same(to)
		age(t, to, folder)
		w.want(w.bring(to, replicate.Options{}), counts{State: replicate.Unchanged, Left: 9})
	})
}

// TestRot: an old file that no longer is what it was, with the same size and time, is found by reading back and sent whole.
func TestRot(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
		w.publish(folder, first)
		w.bring(to, replicate.Options{})
		age(t, to, folder)
		rot(t, to, folder+"/Media/big.bin", edit(first["Media/big.bin"], 1_500_000, "rotten"))
		rot(t, to, folder+"/Net/a/b.dll", edit(first["Net/a/b.dll"], 1, "rotten"))
		w.publish(folder, with(first, map[string]string{
			"Media/big.bin": edit(first["Media/big.bin"], 100, noise(9, 5000)),
			"Net/a/b.dll":   "-",
			"Net/b/b.dll":   first["Net/a/b.dll"],
		}))
		var told []string
		o := replicate.Options{Tell: func(_ replicate.Target, s string) { told = append(told, s) }, Workers: 1}
		w.want(w.bring(to, o), counts{State: replicate.Brought, Left: 4, Sent: 2, Removed: 1, Wrong: 2, NewBytes: 2_230_000})
		w.same(to)
		if len(told) != 2 || !strings.Contains(told[0], "Media/big.bin: the copy at the target is wrong") {
			t.Errorf("told %q", told)
		}
	})
}

// TestRehash: a file that rotted is found by reading, and neither it nor a copy of it is published again.
func TestRehash(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
		w.publish(folder, first)
		w.bring(to, replicate.Options{})
		age(t, to, folder)
		rot(t, to, folder+"/Media/big.bin", edit(first["Media/big.bin"], 1_500_000, "rotten"))
		w.want(w.bring(to, replicate.Options{}), counts{State: replicate.Unchanged, Left: 6})
		w.want(w.bring(to, replicate.Options{Rehash: true}), counts{State: replicate.Brought, Left: 5, Sent: 1, NewBytes: 2_000_000})
		w.same(to)
		// One that was moved is copied, and the copy is read whole.
		age(t, to, folder)
		rot(t, to, folder+"/Media/big.bin", edit(first["Media/big.bin"], 1_500_000, "rotten"))
		w.publish(folder, with(first, map[string]string{"Media/big.bin": "-", "Sound/big.bin": first["Media/big.bin"]}))
		w.want(w.bring(to, replicate.Options{Rehash: true}), counts{State: replicate.Brought, Left: 5, Sent: 1, Removed: 1, Wrong: 1, NewBytes: 2_000_000})
		w.same(to)
	})
}

// TestYoung: an old file that is no older than the target's manifest, as the last one staged can be, is rebuilt from all the
// same, since the result is read back. One that somebody changed is found so.
func TestYoung(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
		w.publish(folder, first)
		w.bring(to, replicate.Options{})
		age(t, to, folder)
		young := func() {
			if err := to.SetTime(folder+"/Media/big.bin", time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		young()
		w.publish(folder, with(first, map[string]string{"Media/big.bin": edit(first["Media/big.bin"], 100, noise(9, 5000))}))
		w.want(w.bring(to, replicate.Options{}), counts{State: replicate.Brought, Left: 5, Rebuilt: 1, NewBytes: 15_000})
		w.same(to)
		rot(t, to, folder+"/Media/big.bin", edit(first["Media/big.bin"], 1_500_000, "other"))
		young()
		w.publish(folder, with(first, map[string]string{"Media/big.bin": edit(first["Media/big.bin"], 50_000, noise(9, 5000))}))
		w.want(w.bring(to, replicate.Options{}), counts{State: replicate.Brought, Left: 5, Sent: 1, Wrong: 1, NewBytes: 2_030_000})
		w.same(to)
	})
}

// rot changes a file and leaves its time.
func rot(t *testing.T, to tree.Tree, name, content string) {
	t.Helper()
	i, err := to.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := to.Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Write(t.Context(), to, name, strings.NewReader(content), tree.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := to.SetTime(name, i.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// TestTrustCopies does not read back, so the rotten byte arrives: that is what the flag means.
func TestTrustCopies(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
		w.publish(folder, first)
		w.bring(to, replicate.Options{})
		age(t, to, folder)
		w.publish(folder, with(first, map[string]string{"Media/big.bin": edit(first["Media/big.bin"], 100, noise(9, 5000))}))
		a := w.bring(to, replicate.Options{TrustCopies: true})
		w.want(a, counts{State: replicate.Brought, Left: 5, Rebuilt: 1, NewBytes: 15_000})
		if x := a.Packages[0].Traffic; x.Received > 100_000 || x.Sent == 0 || x.Sent > 70_000 {
			t.Errorf("%+v", x)
		}
		w.same(to)
	})
}

// TestWrongSource: a file of the share that is not what the manifest says stops its package, and only that.
func TestWrongSource(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
		const other = packages + "T42-1"
		w.publish(folder, first)
		w.publish(other, map[string]string{"x": noise(1, 10_000)})
		rot(t, w.src, folder+"/Net/a/b.dll", edit(first["Net/a/b.dll"], 5, "!"))
		a := w.bring(to, replicate.Options{}, folder, other)
		var se *replicate.SourceError
		if a.Err != nil || !errors.As(a.Packages[0].Err, &se) || !strings.HasSuffix(se.Path, "Net/a/b.dll") || !errors.Is(se, replicate.ErrDiffers) {
			t.Errorf("%v, %+v", a.Err, a.Packages)
		}
		if there, _ := tree.Exists(to, folder); there || a.Packages[1].State != replicate.Brought {
			t.Errorf("the wrong package was brought, or the right one was not: %+v", a.Packages)
		}
		// Put right, only what was not staged is sent.
		rot(t, w.src, folder+"/Net/a/b.dll", first["Net/a/b.dll"])
		a = w.bring(to, replicate.Options{}, folder, other)
		if p := a.Packages[0]; p.State != replicate.Brought || p.Resumed == 0 {
			t.Errorf("%+v", p)
		}
		w.same(to, folder, other)
	})
}

// TestNeighbours: content that another package of the target holds is not sent.
func TestNeighbours(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world, to tree.Tree) {
		const other = packages + "T42-1"
		w.publish(folder, first)
		w.publish(other, map[string]string{"Other/big.bin": first["Media/big.bin"], "o": "o"})
		w.bring(to, replicate.Options{}, folder)
		age(t, to, folder)
		records := records(t, w.src, folder, other)
		a := w.bring(to, replicate.Options{Packages: records}, other)
		w.want(a, counts{State: replicate.Brought, Copied: 1, Sent: 1, NewBytes: 1})
		w.same(to, folder, other)
	})
}

func TestTargetIsTheShare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(folder, first)
	root := w.src.Root()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Skip(err)
	}
	other := t.TempDir()
	if err := os.Symlink(filepath.Join(root, "PC"), filepath.Join(other, "PC")); err != nil {
		t.Fatal(err)
	}
	platform := filepath.Join(root, "PC")
	for _, dir := range []string{root, link, root + "/PC/..", platform} {
		if a := w.bring(openLocal(t, dir), replicate.Options{}); !errors.Is(a.Err, replicate.ErrSame) {
			t.Errorf("%s: error %v", dir, a.Err)
		}
	}
	// Seen through something that shows other inodes, as a mounted share does.
	a := w.bring(disguised{w.src}, replicate.Options{})
	if !errors.Is(a.Err, replicate.ErrSame) {
		t.Errorf("disguised: error %v", a.Err)
	}
	w.same(w.src)
}

// disguised is a tree that is not recognised by its files.
type disguised struct{ tree.Tree }

func (d disguised) Root() string { return `\\server\Drivers` }

func (d disguised) Lstat(name string) (fs.FileInfo, error) {
	i, err := d.Tree.Lstat(name)
	if err != nil {
		return nil, err
	}
	return other{i}, nil
}

type other struct{ fs.FileInfo }

func TestRefusedTargets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(folder, first)
	pxe := replicate.Target{Name: "pxe", Root: `\\server\SMSPXEIMAGES$`, Open: func(context.Context) (tree.Tree, func() error, error) {
		t.Error("the PXE share was opened")
		return nil, nil, errors.New("no")
	}}
	good := openLocal(t, fastDir(t))
	as := replicate.Run(t.Context(), w.src, []string{folder}, []replicate.Target{pxe, target(good)}, replicate.Options{})
	var se *layout.ShareError
	if !errors.As(as[0].Err, &se) || as[0].OK() || as[0].Packages[0].State != replicate.NotDone {
		t.Errorf("%+v", as[0])
	}
	if !as[1].OK() {
		t.Errorf("%+v", as[1])
	}
	w.same(good)
	if got := slices.Sorted(maps.Keys(files(t, good, folder))); len(got) != 7 {
		t.Errorf("%v", got)
	}
}

// kept gets signatures as a catalog does.
type kept struct{ signatures }

func (k *kept) PutSignatures(_ context.Context, list []catalog.FileSignature) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range list {
		k.m[s.SHA256] = s.Body
	}
	return nil
}

// TestKeepsSignatures: of what is read from a share over a network the signatures are kept, also when a file turns out to be
// wrong on the way; of a local share, where a build keeps them, they are not.
func TestKeepsSignatures(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]tree.Tree{"smb": openSMB(t, smbtest.Start(t, smbtest.Options{})), "local": openLocal(t, fastDir(t))} {
		w := newWorld(t)
		w.src = src
		w.publish(folder, first)
		k := &kept{signatures{m: map[catalog.Hash][]byte{}}}
		to := openLocal(t, fastDir(t))
		if a := w.bring(to, replicate.Options{Keep: k}); !a.OK() {
			t.Fatalf("%+v", a)
		}
		w.same(to)
		want := w.sigs.m
		if name == "local" {
			want = map[catalog.Hash][]byte{}
		}
		if d := cmp.Diff(want, k.m); d != "" {
			t.Errorf("%s: %d signatures are kept, want %d", name, len(k.m), len(want))
		}
	}
}
