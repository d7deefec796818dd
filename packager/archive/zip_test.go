package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// contents are files by their path, with their order and what opens them.
type contents map[string][]byte

func (c contents) files() []manifest.File {
	var out []manifest.File
	for name, b := range c {
		out = append(out, manifest.File{Path: name, Size: int64(len(b)), SHA256: sha256.Sum256(b)})
	}
	slices.SortFunc(out, func(a, b manifest.File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func (c contents) open(_ context.Context, f manifest.File) (io.ReadCloser, error) {
	b, ok := c[f.Path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// noise are bytes that cannot be made shorter, always the same.
func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed)}).Read(b)
	return b
}

func sample() contents {
	return contents{
		"Net/kestlan/kestlan.inf":  []byte(strings.Repeat("[Version]\r\nSignature=\"$Windows NT$\"\r\n", 40)),
		"Net/kestlan/kestlan.sys":  noise(1, 70_000),
		"Net/kestlan/Größe/ü.txt":  []byte("x"),
		"Net/kestlan/empty.cat":    nil,
		"Net/kestlan/same.sys":     noise(1, 70_000),
		"Display/vid/vid.dll":      slices.Concat(noise(2, 40_000), bytes.Repeat([]byte{0}, 200_000)),
		"Display/vid/nearly.bin":   slices.Concat(noise(3, 99_000), bytes.Repeat([]byte{1}, 1_000)), // 1 % is not worthwhile
		"Display/vid/[x] &'100%;$": []byte("odd name"),
	}
}

func write(t testing.TB, f Format, c contents, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(context.Background(), &b, c.files(), c.open, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, f Format, b []byte, o Options) contents {
	t.Helper()
	var mu sync.Mutex
	got := contents{}
	err := f.Read(context.Background(), Input{ReaderAt: bytes.NewReader(b), Size: int64(len(b))}, 10, o, func(name string, r io.Reader) error {
		data, err := io.ReadAll(r)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if len(data) == 0 {
			data = nil
		}
		mu.Lock()
		defer mu.Unlock()
		got[name] = data
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// same compares files by their hashes.
func same(t *testing.T, want, got contents) {
	t.Helper()
	if d := cmp.Diff(want.files(), got.files()); d != "" {
		t.Error(d)
	}
}

func TestZip(t *testing.T) {
	t.Parallel()
	var packed, unpacked atomic.Int64
	b := write(t, Zip, sample(), Options{Bytes: &packed})
	same(t, sample(), read(t, Zip, b, Options{Bytes: &unpacked}))
	var all int64
	for _, f := range sample().files() {
		all += f.Size
	}
	if packed.Load() != all || unpacked.Load() != all {
		t.Errorf("counted %d and %d of %d bytes", packed.Load(), unpacked.Load(), all)
	}
	// The format of what is published: if this fails, an update of a library or of Go makes other archives of the same
	// files, and every package that is an archive gets a new version and is sent whole. docs/packages.md and the changelog
	// must say so.
	const want = "658dbf074432fdf0a35eb591dd61582099ce163f3a3e251c443559a384ce8e92"
	if got := fmt.Sprintf("%x", sha256.Sum256(b)); got != want {
		t.Errorf("the archive has the SHA-256 %s, not %s", got, want)
	}
	for _, workers := range []int{1, 3, 16} {
		if !bytes.Equal(b, write(t, Zip, sample(), Options{Workers: workers})) {
			t.Errorf("%d workers make other bytes", workers)
		}
	}
}

// TestZipKeepsBytes: a file that did not change keeps its bytes in the archive, so that chunks of it are found again.
func TestZipKeepsBytes(t *testing.T) {
	t.Parallel()
	c := sample()
	before := write(t, Zip, c, Options{})
	c["Display/vid/vid.dll"] = noise(9, 60_000)
	after := write(t, Zip, c, Options{})
	same := c["Net/kestlan/kestlan.sys"] // is stored
	if !bytes.Contains(before, same) || !bytes.Contains(after, same) {
		t.Error("a file that cannot be made smaller is not stored as it is")
	}
	z, err := zip.NewReader(bytes.NewReader(before), int64(len(before)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.OpenRaw()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil || f.Name != "Display/vid/vid.dll" && !bytes.Contains(after, raw) {
			t.Errorf("%s did not change and has other bytes (%v)", f.Name, err)
		}
		if stored := f.Method == zip.Store; stored != (strings.HasSuffix(f.Name, "sys") || strings.HasSuffix(f.Name, ".bin") || f.CompressedSize64 < 10) {
			t.Errorf("%s: stored is %v", f.Name, stored)
		}
	}
}

// TestZipSpools packs files that do not fit the memory, deflated and stored.
func TestZipSpools(t *testing.T) {
	t.Parallel()
	const at = 64 << 10
	c := contents{"noise": noise(5, at+5), "small": []byte("s"), "text": bytes.Repeat(noise(6, 50), at/10)}
	// What is deflated of the text is short; half of this one is noise, so that the deflated part is long.
	c["long"] = slices.Concat(noise(7, at+1000), bytes.Repeat([]byte{7}, at))
	temp := t.TempDir()
	b := write(t, Zip, c, Options{Temp: temp, spoolAt: at})
	if !bytes.Equal(b, write(t, Zip, c, Options{})) {
		t.Error("where files are kept while they are packed changes the archive")
	}
	same(t, c, read(t, Zip, b, Options{}))
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left among the temporary files: %v, %v", left, err)
	}
}

func TestZipMany(t *testing.T) {
	t.Parallel()
	c := contents{} // more than 65,535 files take the records of 64 bits
	for i := range 66_000 {
		c[fmt.Sprintf("Net/f%05d", i)] = nil
	}
	if got := read(t, Zip, write(t, Zip, c, Options{}), Options{}); len(got) != len(c) {
		t.Errorf("%d files of %d", len(got), len(c))
	}
}

var errDisk = errors.New("disk on fire")

type fullDisk struct{ left int }

func (f *fullDisk) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errDisk
	}
	return len(b), nil
}

func TestWriteFails(t *testing.T) {
	t.Parallel()
	big := contents{}
	for i := range 50 {
		big[fmt.Sprintf("f%02d", i)] = noise(uint64(i), 200_000)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx    context.Context
		change func(f *manifest.File)
		opened io.Reader
		w      io.Writer
		is     error
		path   bool
	}{
		"another length":   {change: func(f *manifest.File) { f.Size++ }, is: tree.ErrWrongLength, path: true},
		"a longer file":    {change: func(f *manifest.File) { f.Size-- }, is: tree.ErrWrongLength, path: true},
		"another content":  {change: func(f *manifest.File) { f.SHA256[0]++ }, is: tree.ErrWrongHash, path: true},
		"a missing source": {change: func(f *manifest.File) { f.Path = "gone" }, is: fs.ErrNotExist, path: true},
		"a bad sector":     {opened: iotest.ErrReader(errDisk), is: errDisk, path: true},
		"a full disk":      {w: &fullDisk{left: 3 << 20}, is: errDisk},
		"cancelled":        {ctx: cancelled, is: context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := big.files()
			if c.change != nil {
				c.change(&files[30])
			}
			if c.ctx == nil {
				c.ctx = context.Background()
			}
			if c.w == nil {
				c.w = io.Discard
			}
			open := func(ctx context.Context, f manifest.File) (io.ReadCloser, error) {
				if c.opened != nil && f.Path == files[30].Path {
					return io.NopCloser(c.opened), nil
				}
				return big.open(ctx, f)
			}
			err := Zip.Write(c.ctx, c.w, files, open, Options{Temp: t.TempDir()})
			var fe *FileError
			if !errors.Is(err, c.is) || errors.As(err, &fe) != c.path || c.path && fe.Path != files[30].Path {
				t.Errorf("error %v, want %v, for a file: %v", err, c.is, c.path)
			}
		})
	}
	if err := Format("rar").Write(context.Background(), io.Discard, nil, nil, Options{}); err == nil {
		t.Error("rar is written")
	}
	if err := WIM.Write(context.Background(), io.Discard, nil, nil, Options{}); !errors.Is(err, ErrNoTool) {
		t.Errorf("without a tool: %v", err)
	}
}

func TestZipDamaged(t *testing.T) {
	t.Parallel()
	b := write(t, Zip, sample(), Options{})
	input := func(b []byte) Input { return Input{ReaderAt: bytes.NewReader(b), Size: int64(len(b))} }
	err := Zip.Read(context.Background(), input(b[:len(b)/2]), 10, Options{}, func(string, io.Reader) error { return nil })
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("cut in half: %v", err)
	}
	bad := bytes.Clone(b)
	bad[bytes.Index(bad, sample()["Net/kestlan/kestlan.sys"])+5]++
	var mu sync.Mutex
	var damaged []string
	err = Zip.Read(context.Background(), input(bad), 10, Options{}, func(name string, r io.Reader) error {
		if _, err := io.Copy(io.Discard, r); err != nil {
			mu.Lock()
			defer mu.Unlock()
			damaged = append(damaged, name)
		}
		return nil
	})
	if d := cmp.Diff([]string{"Net/kestlan/kestlan.sys"}, damaged); err != nil || d != "" {
		t.Error(err, d)
	}
}

// TestZipElsewhere has another program unpack what was packed.
func TestZipElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "x.zip")
	if err := os.WriteFile(file, write(t, Zip, sample(), Options{}), 0o600); err != nil {
		t.Fatal(err)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("apt-get install python3")
	}
	out, err := exec.Command(python, "-c", `import sys,zipfile
z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
for i in z.infolist(): print(i.filename, i.file_size, i.date_time, i.extra, i.external_attr)`, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, f := range sample().files() {
		if want := fmt.Sprintf("%s %d (1980, 1, 1, 0, 0, 0) b'' 0\n", f.Path, f.Size); !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func BenchmarkZip(b *testing.B) {
	c := contents{}
	size := 0
	for i := range 40 {
		data := noise(uint64(i), 250_000)
		data = slices.Concat(data, bytes.Repeat(data[:1000], 250))
		c[fmt.Sprintf("f%02d", i)] = data
		size += len(data)
	}
	files := c.files()
	b.Run("drivercat", func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			if err := Zip.Write(context.Background(), io.Discard, files, c.open, Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("archive zip", func(b *testing.B) { // of the standard library, which also computes no SHA-256
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			z := zip.NewWriter(io.Discard)
			for _, f := range files {
				w, err := z.Create(f.Path)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := w.Write(c[f.Path]); err != nil {
					b.Fatal(err)
				}
			}
			if err := z.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
