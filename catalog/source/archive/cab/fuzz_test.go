package cab

import (
	"bytes"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

func FuzzOpen(f *testing.F) {
	for _, method := range methods {
		var c testCabinet
		c.add(method, testFile{name: "a.inf", data: text(1, 300)}, testFile{name: "b.sys", data: text(2, 500)})
		c.noSums = true // so that a change of a byte reaches the decoder
		f.Add(c.bytes())
		c.head, c.perBlk = 3, 4
		c.files = append(c.files, testFile{name: "same", data: text(1, 300)})
		f.Add(c.bytes())
		parts := split(method, []testFile{{name: "a", data: text(1, 100)}, {name: "b", data: text(2, 2000)}}, partName, 0)
		f.Add(parts[partName(0)])
		f.Add(parts[partName(1)])
	}
	archivetest.Fuzz(f, Open, partName(0))
}

// Whatever a decoder is given, it ends, and a block that it decodes has the length that was asked for.
func FuzzDecoder(f *testing.F) {
	for _, method := range methods {
		data := []byte(text(uint64(method), 3000))
		for _, b := range compress(method, data) {
			f.Add(method, b.data, b.n)
		}
	}
	f.Fuzz(func(t *testing.T, method uint16, src []byte, n int) {
		if n < 1 || n > 0xFFFF {
			return
		}
		d, err := newDecoder(method, 64<<20)
		if err != nil {
			return
		}
		first, err := d.decode(src, n)
		if err != nil {
			return
		}
		if len(first) != n {
			t.Fatalf("%d bytes, %d were asked for", len(first), n)
		}
		first = bytes.Clone(first)
		if second, err := d.decode(src, n); err == nil && len(second) != n {
			t.Fatalf("the second time %d bytes", len(second))
		}
		d.reset()
		if again, err := d.decode(src, n); err != nil || !bytes.Equal(again, first) {
			t.Fatalf("after a reset: %d bytes, %v", len(again), err)
		}
	})
}
