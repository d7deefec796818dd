package inftest_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/inftest"
)

// A benchmark over texts with mistakes, or without devices, would measure something else.
func TestTextIsAnINF(t *testing.T) {
	t.Parallel()
	for _, kind := range []inftest.Kind{inftest.Monitor, inftest.Network, inftest.Display, inftest.Printer} {
		for _, size := range []int{3 << 10, 60 << 10, 300 << 10} {
			t.Run(fmt.Sprint(kind, " ", size), func(t *testing.T) {
				t.Parallel()
				src := inftest.INF{Kind: kind, SizeBytes: size, Seed: 7}.Text()
				f, ds := inf.Parse("x.inf", src)
				if ds = append(ds, f.Driver().Check()...); ds.HasErrors() || f.Err != nil {
					t.Fatalf("%v\n%v\n%s", f.Err, ds, src[:min(len(src), 4000)])
				}
				models := 0
				for range f.Driver().Models(inf.Target{Arch: inf.AMD64, Major: 10, Build: 22631, ProductType: inf.Workstation}) {
					models++
				}
				if models == 0 || len(src) < size*9/10 || len(src) > size*11/10+6<<10 {
					t.Errorf("%d models in %d bytes, asked for %d", models, len(src), size)
				}
				if other := (inftest.INF{Kind: kind, SizeBytes: size, Seed: 8}).Text(); bytes.Equal(src, other) {
					t.Error("another seed gives the same text")
				}
				if again := (inftest.INF{Kind: kind, SizeBytes: size, Seed: 7}).Text(); !bytes.Equal(src, again) {
					t.Error("the same description gives another text")
				}
			})
		}
	}
}
