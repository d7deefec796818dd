package installshield_test

import (
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

func FuzzOpen(f *testing.F) {
	const most = 64 << 10 // a fuzzer does nothing with more
	add := func(b []byte) {
		if len(b) <= most {
			f.Add(b)
		}
	}
	for _, c := range programCases() {
		add(program(c.appended, false, false)[:min(most, len(c.appended)+1536)])
	}
	small := []cabFile{
		{group: "A", folder: "x", name: "a.inf", data: strings.Repeat("text", 500)},
		{group: "B", name: "b.sys", data: "stored", stored: true, obfuscated: true},
		{group: "B", name: "c.sys", data: "one stream", old: true},
		{group: "C", name: "d.sys", data: strings.Repeat("text", 500), link: 1},
	}
	for _, v := range []uint32{version5, version6, version18} {
		set := cabSet{version: v, inside: true, files: small}
		add(set.build()["data1.cab"])
	}
	files, _ := threeFiles()
	add(three(files[:2], "data", 0)["data.z"])
	add(three(files[1:2], "data", 100)["data.1"])
	add(engine(map[string]string{"a": "b", "c": "d"}, "a", "c"))
	archivetest.Fuzz(f, open, "data1.cab")
}
