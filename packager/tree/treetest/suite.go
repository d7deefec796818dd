package treetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/tree"
)

// Run checks a tree against the contract. open returns an empty tree for each test.
func Run(t *testing.T, open func(t *testing.T) tree.Tree) {
	for name, fn := range map[string]func(*testing.T, tree.Tree){
		"Create":           testCreate,
		"Rename":           testRename,
		"Remove":           testRemove,
		"ReadDir":          testReadDir,
		"Names":            testNames,
		"Lock":             testLock,
		"SetTime":          testSetTime,
		"Sync":             testSync,
		"Put":              testPut,
		"PutRefusesWrong":  testPutRefusesWrong,
		"PutFaults":        testPutFaults,
		"RemoveAll":        testRemoveAll,
		"PutHonoursCancel": testPutCancel,
		"Append":           testAppend,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fn(t, open(t))
		})
	}
}

// Files returns every file of a tree below a folder with its content; folders without files end in "/".
func Files(t *testing.T, tr tree.Tree, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	var visit func(rel string)
	visit = func(rel string) {
		entries, err := tr.ReadDir(path.Join(dir, rel))
		if errors.Is(err, fs.ErrNotExist) && rel == "" {
			return
		}
		must(t, err)
		if len(entries) == 0 && rel != "" {
			out[rel+"/"] = ""
		}
		for _, e := range entries {
			name := path.Join(rel, e.Name())
			switch {
			case e.IsDir():
				visit(name)
			case e.Type().IsRegular():
				out[name] = read(t, tr, path.Join(dir, name))
			default:
				out[name] = e.Type().String()
			}
		}
	}
	visit("")
	return out
}

// Write makes a file and the folders above it.
func Write(t *testing.T, tr tree.Tree, name, content string) {
	t.Helper()
	must(t, tr.MkdirAll(path.Dir(name)))
	_, err := tree.Put(context.Background(), tr, name, strings.NewReader(content), tree.Options{})
	must(t, err)
}

func read(t *testing.T, tr tree.Tree, name string) string {
	t.Helper()
	f, err := tr.Open(name)
	must(t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	must(t, err)
	return string(b)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

func testCreate(t *testing.T, tr tree.Tree) {
	must(t, tr.MkdirAll("a/b"))
	must(t, tr.MkdirAll("a/b"))
	w, err := tr.Create("a/b/f")
	must(t, err)
	_, err = w.Write([]byte("one"))
	must(t, err)
	must(t, w.Close())
	if w.Close() == nil {
		t.Error("a second Close is no error")
	}
	if s, ok := w.(tree.Sized); ok && s.Size() != 3 {
		t.Errorf("the writer says %d bytes", s.Size())
	}
	if got := read(t, tr, "a/b/f"); got != "one" {
		t.Errorf("read %q", got)
	}
	_, err = tr.Create("a/b/f")
	wantErr(t, "create what is there", err, fs.ErrExist)
	_, err = tr.Create("no/such/f")
	wantErr(t, "create without folder", err, fs.ErrNotExist)
	_, err = tr.Open("a/b/none")
	wantErr(t, "open", err, fs.ErrNotExist)
	_, err = tr.Lstat("a/none")
	wantErr(t, "lstat", err, fs.ErrNotExist)
	if err == nil || !strings.Contains(err.Error(), "a/none") {
		t.Errorf("%v does not name the file", err)
	}
	_, err = tr.Lstat("a/b/f/below")
	wantErr(t, "lstat below a file", err, fs.ErrNotExist)
}

func testRename(t *testing.T, tr tree.Tree) {
	Write(t, tr, "f", "old")
	Write(t, tr, "g", "new")
	must(t, tr.Rename("g", "f"))
	if got := read(t, tr, "f"); got != "new" {
		t.Errorf("after replacing: %q", got)
	}
	Write(t, tr, "d/x/y", "deep")
	must(t, tr.Rename("d/x", "moved"))
	if got := read(t, tr, "moved/y"); got != "deep" {
		t.Errorf("after moving a folder: %q", got)
	}
	wantErr(t, "rename", tr.Rename("none", "h"), fs.ErrNotExist)
	Write(t, tr, "full/z", "z")
	if tr.Rename("moved", "full") == nil {
		t.Error("a folder was moved over a full one")
	}
	if got := read(t, tr, "full/z"); got != "z" {
		t.Errorf("the full folder lost its file: %q", got)
	}
}

func testRemove(t *testing.T, tr tree.Tree) {
	Write(t, tr, "d/f", "x")
	if tr.Remove("d") == nil {
		t.Error("a full folder was removed")
	}
	must(t, tr.Remove("d/f"))
	must(t, tr.Remove("d"))
	wantErr(t, "remove", tr.Remove("d"), fs.ErrNotExist)
	if tr.Remove(".") == nil {
		t.Error("the root was removed")
	}
}

func testReadDir(t *testing.T, tr tree.Tree) {
	for _, n := range []string{"b", "a", "C", "ä", "a-1"} {
		Write(t, tr, "d/"+n, n)
	}
	entries, err := tr.ReadDir("d")
	must(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
		i, err := e.Info()
		must(t, err)
		if i.Size() != int64(len(e.Name())) {
			t.Errorf("%s has %d bytes", e.Name(), i.Size())
		}
	}
	want := []string{"C", "a", "a-1", "b", "ä"}
	if !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	_, err = tr.ReadDir("none")
	wantErr(t, "readdir", err, fs.ErrNotExist)
}

// testNames: no name leads out of the tree, whatever the call.
func testNames(t *testing.T, tr tree.Tree) {
	Write(t, tr, "in", "x")
	for _, bad := range []string{"../out", "a/../../out", "/abs", "", "a//b", "a/", "./a", "a/.."} {
		calls := map[string]error{
			"mkdir": tr.MkdirAll(bad), "remove": tr.Remove(bad), "rename to": tr.Rename("in", bad), "rename from": tr.Rename(bad, "x"),
			"settime": tr.SetTime(bad, time.Now()), "sync": tr.Sync(bad),
		}
		_, calls["create"] = tr.Create(bad)
		_, calls["open"] = tr.Open(bad)
		_, calls["lstat"] = tr.Lstat(bad)
		_, calls["readdir"] = tr.ReadDir(bad)
		_, calls["lock"] = tr.Lock(bad, "me")
		for _, op := range slices.Sorted(maps.Keys(calls)) {
			if calls[op] == nil {
				t.Errorf("%s took the name %q", op, bad)
			}
		}
	}
}

func testLock(t *testing.T, tr tree.Tree) {
	unlock, err := tr.Lock("l", "alice")
	must(t, err)
	_, err = tr.Lock("l", "bob")
	wantErr(t, "second lock", err, tree.ErrLocked)
	if err != nil && !strings.Contains(err.Error(), "alice") {
		t.Errorf("%v does not name the holder", err)
	}
	must(t, unlock())
	must(t, unlock())
	unlock, err = tr.Lock("l", "bob")
	must(t, err)
	must(t, unlock())
	// Many at once: one at a time holds it.
	held := make(chan bool, 1)
	done := make(chan error)
	for range 8 {
		go func() {
			for n := 0; n < 20; {
				u, err := tr.Lock("l", "x")
				if errors.Is(err, tree.ErrLocked) {
					continue
				}
				if err != nil {
					done <- err
					return
				}
				select {
				case held <- true:
					<-held
				default:
					done <- errors.New("two hold the lock")
					return
				}
				n++
				if err := u(); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		must(t, <-done)
	}
}

func testSetTime(t *testing.T, tr tree.Tree) {
	Write(t, tr, "f", "x")
	want := time.Date(2007, 6, 5, 4, 3, 2, 0, time.UTC)
	must(t, tr.SetTime("f", want))
	i, err := tr.Lstat("f")
	must(t, err)
	if !i.ModTime().Equal(want) {
		t.Errorf("time is %v, want %v", i.ModTime(), want)
	}
}

func testSync(t *testing.T, tr tree.Tree) {
	var names []string
	for _, n := range strings.Split("a b c d e f g h i j k l", " ") {
		Write(t, tr, "d/"+n, n)
		names = append(names, "d/"+n)
		must(t, tr.Sync("d/"+n, "d"))
	}
	must(t, tr.Sync(names...))
	must(t, tr.Sync())
}

func testPut(t *testing.T, tr tree.Tree) {
	ctx := context.Background()
	big := strings.Repeat("0123456789abcdef", 100_000)
	sum := catalog.Hash(sha256.Sum256([]byte(big)))
	got, err := tree.Put(ctx, tr, "f", strings.NewReader(big), tree.Options{Expect: tree.Expect{Check: true, Size: int64(len(big)), SHA256: sum}})
	must(t, err)
	if got.SHA256 != sum || got.Size != int64(len(big)) {
		t.Errorf("put reports %+v", got)
	}
	// From a file of the tree: implementations have a fast path for that.
	src, err := tr.Open("f")
	must(t, err)
	defer src.Close()
	got, err = tree.Put(ctx, tr, "g", src, tree.Options{Expect: tree.Expect{Check: true, Size: int64(len(big)), SHA256: sum}})
	must(t, err)
	if got.SHA256 != sum || read(t, tr, "g") != big {
		t.Error("a copy from the tree differs")
	}
	must(t, tr.MkdirAll("empty"))
	if got, err = tree.Put(ctx, tr, "empty/f", strings.NewReader(""), tree.Options{}); err != nil || got.Size != 0 || got.SHA256 != sha256.Sum256(nil) {
		t.Errorf("empty file: %+v, %v", got, err)
	}
}

func testPutRefusesWrong(t *testing.T, tr tree.Tree) {
	Write(t, tr, "f", "old")
	for name, o := range map[string]struct {
		e    tree.Expect
		want error
	}{
		"length": {tree.Expect{Check: true, Size: 4, SHA256: sha256.Sum256([]byte("new"))}, tree.ErrWrongLength},
		"hash":   {tree.Expect{Check: true, Size: 3, SHA256: sha256.Sum256([]byte("other"))}, tree.ErrWrongHash},
	} {
		_, err := tree.Put(context.Background(), tr, "f", strings.NewReader("new"), tree.Options{Expect: o.e})
		wantErr(t, name, err, o.want)
	}
	wantFiles(t, tr, map[string]string{"f": "old"})
}

func wantFiles(t *testing.T, tr tree.Tree, want map[string]string) {
	t.Helper()
	if got := Files(t, tr, "."); !maps.Equal(got, want) {
		t.Errorf("the tree holds %q, want %q", got, want)
	}
}

// testPutFaults fails each call of a Put in turn: the old content or the new one is there, and nothing else.
func testPutFaults(t *testing.T, tr tree.Tree) {
	for _, mode := range []Mode{Fail, ShortWrite} {
		for at := 1; ; at++ {
			Write(t, tr, "f", "old")
			faulty := &Faulty{Tree: tr, At: at, Mode: mode, Plain: true}
			_, err := tree.Put(context.Background(), faulty, "f", strings.NewReader("newer"), tree.Options{})
			if faulty.Fired() == "" {
				must(t, err)
				if at < 6 {
					t.Fatalf("only %d calls were made", at-1)
				}
				break
			}
			if err == nil {
				t.Errorf("%s: the fault was lost", faulty.Fired())
			}
			got := Files(t, tr, ".")
			if len(got) != 1 || got["f"] != "old" && got["f"] != "newer" {
				t.Errorf("%s: the tree holds %q", faulty.Fired(), got)
			}
		}
	}
}

func testRemoveAll(t *testing.T, tr tree.Tree) {
	Write(t, tr, "d/a/b/c", "x")
	Write(t, tr, "d/e", "x")
	Write(t, tr, "keep", "x")
	must(t, tree.RemoveAll(tr, "d"))
	must(t, tree.RemoveAll(tr, "d"))
	wantFiles(t, tr, map[string]string{"keep": "x"})
}

func testPutCancel(t *testing.T, tr tree.Tree) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := tree.Put(ctx, tr, "f", strings.NewReader("x"), tree.Options{})
	wantErr(t, "put", err, context.Canceled)
	wantFiles(t, tr, map[string]string{})
}
