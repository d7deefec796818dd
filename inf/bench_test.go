package inf_test

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drivercat/drivercat/inf"
)

// corpus returns the INF files that lie beside the checkout, or skips.
func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	root := filepath.FromSlash("../../shared/corpus")
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := strings.ToLower(filepath.Ext(path)); e.IsDir() || ext != ".inf" && ext != ".inx" {
			return nil
		}
		b, err := os.ReadFile(path)
		files[path] = b
		return err
	})
	if err != nil {
		requireShared(tb)
		tb.Skipf("the corpus of vendor drivers is not beside this checkout: %v", err)
	}
	return files
}

func corpusBytes(files map[string][]byte) (n int64) {
	for _, b := range files {
		n += int64(len(b))
	}
	return n
}

// BenchmarkParse reads the text of every INF of the corpus.
func BenchmarkParse(b *testing.B) {
	files := corpus(b)
	b.SetBytes(corpusBytes(files))
	b.ReportAllocs()
	for b.Loop() {
		for name, src := range files {
			inf.Parse(name, src)
		}
	}
}

// BenchmarkMeaning reads text and meaning: version, every models entry with its IDs, and the files of the package.
func BenchmarkMeaning(b *testing.B) {
	files := corpus(b)
	b.SetBytes(corpusBytes(files))
	b.ReportAllocs()
	for b.Loop() {
		for name, src := range files {
			f, _ := inf.Parse(name, src)
			d := f.Driver()
			needs := d.Needs()
			for _, ms := range d.ModelsSections() {
				for range d.Entries(ms.Section) {
				}
				needs.Files(ms, ms.Arch())
			}
			for _, a := range d.SourceArches() {
				d.PackageFiles(a)
			}
		}
	}
}

// BenchmarkInstallation reads what every INF of the corpus means on Windows 11 x64, text excluded.
func BenchmarkInstallation(b *testing.B) {
	files := corpus(b)
	var drivers []*inf.Driver
	var fields int
	for name, src := range files {
		f, _ := inf.Parse(name, src)
		for _, sec := range f.Sections {
			for i := range sec.Lines {
				fields += len(sec.Lines[i].Fields)
			}
		}
		drivers = append(drivers, f.Driver())
	}
	b.SetBytes(corpusBytes(files))
	b.ReportAllocs()
	var devices int
	for b.Loop() {
		devices = 0
		for _, d := range drivers {
			devices += len(d.For(win11x64).Devices)
		}
	}
	b.ReportMetric(float64(devices), "devices")
	b.ReportMetric(float64(fields), "fields")
}

// BenchmarkLinear reads text made to find what grows faster than the file: the metric "growth" is the time for a byte in
// 16 MB over the time for a byte in 1 MB. Quadratic time would make it 16. It is 1 where the tree is small; where each
// few bytes become a node, memory fresh from the system makes it 2 to 3.
func BenchmarkLinear(b *testing.B) {
	const small, large = 1 << 20, 16 << 20
	for _, c := range []struct{ name, head, unit string }{
		{"one line", "[A]\na = ", "x"},
		{"words of one line", "[A]\na = ", "word "},
		{"commas", "[A]\na = ", ","},
		{"equal headers", "", "[A]\n"},
		{"headers without an end", "", "[A\n"},
		{"opening brackets", "", "["},
		{"quotes", "[A]\na = ", `"`},
		{"quoted lines without an end", "[A]\n", "a = \"x\n"},
		{"continuations", "[A]\na = ", "x,\\\n"},
		{"backslashes", "[A]\na = ", `\ `},
		{"continued comments", "[A]\na = ", "\\ ; x\n"},
		{"blanks", "[A]\na = ", " "},
		{"blank lines", "[A]\n", "\r\n"},
		{"NULs", "[A]\n", "\x00a"},
		{"percent signs", "[A]\na = ", "%"},
		{"bytes of another code page", "[A]\na = ", "\xb3\x5c"},
	} {
		b.Run(c.name, func(b *testing.B) {
			text := func(n int) []byte {
				return []byte("[Version]\nSignature = \"$WINDOWS NT$\"\n" + c.head + strings.Repeat(c.unit, n/len(c.unit)))
			}
			benchGrowth(b, text(small), text(large))
		})
	}
	b.Run("different headers", func(b *testing.B) {
		text := func(n int) []byte {
			src := make([]byte, 0, n+16)
			for i := 0; len(src) < n; i++ {
				src = fmt.Appendf(src, "[A%d]\na\n", i)
			}
			return src
		}
		benchGrowth(b, text(small), text(large))
	})
}

// benchGrowth reads the large text, then the small one as often as it fits into it, and compares the shortest times: a
// first reading of so much text also pays for the memory that the system has to find.
func benchGrowth(b *testing.B, small, large []byte) {
	n := len(large) / len(small)
	few, many := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	for b.Loop() {
		for range 3 {
			many = min(many, took(func() { inf.Parse("large.inf", large) }))
			few = min(few, took(func() {
				for range n {
					inf.Parse("small.inf", small)
				}
			}))
		}
	}
	b.ReportMetric(0, "ns/op") // a mixture of both says nothing
	b.ReportMetric(float64(few.Nanoseconds())/float64(n*len(small)), "ns/B@1MB")
	b.ReportMetric(float64(many.Nanoseconds())/float64(len(large)), "ns/B@16MB")
	b.ReportMetric(many.Seconds()*float64(n*len(small))/few.Seconds()/float64(len(large)), "growth")
}

// took measures one call. The garbage of what ran before is not its to pay.
func took(fn func()) time.Duration {
	runtime.GC()
	start := time.Now()
	fn()
	return time.Since(start)
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}
