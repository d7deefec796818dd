package inf_test

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"
	"gopkg.in/ini.v1"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/inftest"
)

// iniText is an INF as go-ini gets it.
type iniText struct {
	src  []byte
	opts ini.LoadOptions
}

// forINI prepares an INF for go-ini, outside of what is measured: UTF-16, which go-ini cannot read, becomes UTF-8, and
// the options are the ones that keep most. AllowShadows keeps the entries that share a key, but go-ini gives up a file
// with a repeated line without "=", so such a file is loaded without it.
func forINI(tb testing.TB, src []byte) iniText {
	tb.Helper()
	if bytes.HasPrefix(src, []byte{0xff, 0xfe}) {
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(src)
		if err != nil {
			tb.Fatal(err)
		}
		src = text
	}
	t := iniText{src, ini.LoadOptions{
		Insensitive: true, AllowBooleanKeys: true, SkipUnrecognizableLines: true, KeyValueDelimiters: "=",
		AllowShadows: true, AllowDuplicateShadowValues: true,
	}}
	if _, err := ini.LoadSources(t.opts, src); err != nil {
		t.opts.AllowShadows, t.opts.AllowDuplicateShadowValues = false, false
	}
	return t
}

// keys counts what go-ini kept: keys, and further values of the same key.
func (t iniText) keys(tb testing.TB) (n int) {
	tb.Helper()
	f, err := ini.LoadSources(t.opts, t.src)
	if err != nil {
		tb.Fatal(err)
	}
	for _, s := range f.Sections() {
		for _, k := range s.Keys() {
			n += max(1, len(k.ValueWithShadows()))
		}
	}
	return n
}

// BenchmarkBesideGoINI reads INF texts with inf and with go-ini in turns and reports how many times as long go-ini takes
// ("times"), and how many of the entries go-ini still has afterwards ("kept-%"). go-ini looks for each key among all keys
// of its section, so it falls back as files grow. "mix" weighs the sizes as vendors ship them; "corpus" are real files.
func BenchmarkBesideGoINI(b *testing.B) {
	type sum struct{ ours, theirs float64 }
	var mix sum
	measured := 0
	sizes := []struct {
		name   string
		kind   inftest.Kind
		size   int
		copies int     // so that a turn is a few milliseconds at least
		weight float64 // share of such files among a thousand, after the sizes of the corpus
	}{
		{"monitor 3 KB", inftest.Monitor, 3 << 10, 1000, 800},
		{"monitor 10 KB", inftest.Monitor, 10 << 10, 300, 140},
		{"network 60 KB", inftest.Network, 60 << 10, 50, 50},
		{"display 300 KB", inftest.Display, 300 << 10, 10, 9},
		{"printer 1 MB", inftest.Printer, 1 << 20, 3, 1},
	}
	for _, s := range sizes {
		b.Run(s.name, func(b *testing.B) {
			files := make([][]byte, s.copies)
			for n := range files {
				files[n] = inftest.INF{Kind: s.kind, SizeBytes: s.size, Seed: uint64(n)}.Text()
			}
			ours, theirs := besideGoINI(b, files)
			mix.ours += ours.Seconds() / float64(s.copies) * s.weight
			mix.theirs += theirs.Seconds() / float64(s.copies) * s.weight
			measured++
		})
	}
	b.Run("mix", func(b *testing.B) {
		if measured != len(sizes) {
			b.Skip("the mix is made of all sizes")
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(mix.theirs/mix.ours, "times")
	})
	b.Run("corpus", func(b *testing.B) {
		var files [][]byte
		for _, src := range corpus(b) {
			files = append(files, src)
		}
		besideGoINI(b, files)
	})
}

// besideGoINI measures both readers in turns and returns the medians for all files.
func besideGoINI(b *testing.B, files [][]byte) (ours, theirs time.Duration) {
	size, entries, kept := 0, 0, 0
	texts := make([]iniText, len(files))
	for n, src := range files {
		size += len(src)
		texts[n] = forINI(b, src)
		kept += texts[n].keys(b)
		f, _ := inf.Parse("x.inf", src)
		for _, s := range f.Sections {
			entries += len(s.Lines)
		}
	}
	var o, t []time.Duration
	for b.Loop() {
		for range 3 {
			o = append(o, took(func() {
				for _, src := range files {
					inf.Parse("x.inf", src)
				}
			}))
			t = append(t, took(func() {
				for _, x := range texts {
					if _, err := ini.LoadSources(x.opts, x.src); err != nil {
						b.Fatal(err)
					}
				}
			}))
		}
	}
	ours, theirs = median(o), median(t)
	b.ReportMetric(0, "ns/op") // a mixture of both says nothing
	b.ReportMetric(float64(size)/1e6/ours.Seconds(), "inf-MB/s")
	b.ReportMetric(float64(size)/1e6/theirs.Seconds(), "go-ini-MB/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times")
	b.ReportMetric(100*float64(kept)/float64(entries), "kept-%")
	b.ReportMetric(allocations(func() {
		for _, src := range files {
			inf.Parse("x.inf", src)
		}
	})/float64(len(files)), "inf-allocs/file")
	b.ReportMetric(allocations(func() {
		for _, x := range texts {
			if _, err := ini.LoadSources(x.opts, x.src); err != nil {
				b.Fatal(err)
			}
		}
	})/float64(len(files)), "go-ini-allocs/file")
	return ours, theirs
}

// allocations counts what one call allocates.
func allocations(fn func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs - before.Mallocs)
}
