package inf_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/ini.v1"

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

// BenchmarkGoINI loads the same files with go-ini and the options it needs to take INF files at all.
func BenchmarkGoINI(b *testing.B) {
	files := corpus(b)
	b.SetBytes(corpusBytes(files))
	b.ReportAllocs()
	opts := ini.LoadOptions{
		Loose: true, Insensitive: true, AllowBooleanKeys: true, AllowShadows: true, AllowNestedValues: true, AllowDuplicateShadowValues: true,
		SkipUnrecognizableLines: true, IgnoreContinuation: false, SpaceBeforeInlineComment: false, KeyValueDelimiters: "=",
		AllowNonUniqueSections: false, UnparseableSections: nil,
	}
	for b.Loop() {
		for _, src := range files {
			if _, err := ini.LoadSources(opts, src); err != nil {
				continue // it cannot read all of them
			}
		}
	}
}
