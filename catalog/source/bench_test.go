package source

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkWalk walks 30,000 files in 3,000 folders, warm, beside filepath.WalkDir and find(1) over the same tree.
// The figures stand in docs/sources.md.
func BenchmarkWalk(b *testing.B) {
	const folders, each = 3000, 10
	root := b.TempDir()
	for d := range folders {
		dir := filepath.Join(root, fmt.Sprintf("model%02d", d%50), fmt.Sprintf("driver_%04d", d))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		for f := range each {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("vendor-file-%02d.sys", f)), nil, 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, o := range openers() {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s workers=%d", o.name, workers), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					l, err := walkFolder(b.Context(), root, o.open, WalkOptions{Workers: workers})
					if err != nil {
						b.Fatal(err)
					}
					if len(l.Folders) != folders+51 {
						b.Fatalf("%d folders", len(l.Folders))
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/folders/each, "ns/file")
			})
		}
	}
	b.Run("filepath.WalkDir", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
				if err == nil {
					_, err = d.Info()
				}
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/folders/each, "ns/file")
	})
	b.Run("find", func(b *testing.B) {
		if _, err := exec.LookPath("find"); err != nil {
			b.Skip("no find(1) here: apt install findutils")
		}
		for b.Loop() {
			if err := exec.CommandContext(b.Context(), "find", root, "-printf", "%s %T@").Run(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/folders/each, "ns/file")
	})
}
