package installshield_test

import (
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// The seeds are as small as can be: a fuzzer makes little of large ones.
func FuzzOpen(f *testing.F) {
	text := strings.Repeat("text", 30)
	behind := []setupFile{{name: "a", data: text, flags: 6}, {name: "b", data: text, flags: 2, deflated: true}, {name: "c", data: text}}
	for _, b := range [][]byte{marked(behind), streamed(behind, 2), streamed(behind, 4), listed(behind, false), listed(behind, true), web(smallCabinet(map[string]string{"a": text}))} {
		f.Add(program(b, false, false))
	}
	f.Add(program(listed(behind, false), true, true))
	small := []cabFile{
		{group: "A", folder: "x", name: "a.inf", data: text},
		{group: "B", name: "b.sys", data: "stored", stored: true, obfuscated: true},
		{group: "B", name: "c.sys", data: "one stream", old: true},
		{group: "C", name: "d.sys", data: text, link: 1},
	}
	for _, v := range []uint32{version5, version6, version18} {
		set := cabSet{version: v, inside: true, files: small}
		f.Add(set.build()["data1.cab"])
	}
	three3 := []threeFile{{name: "A.TXT", data: text}, {folder: "X", name: "B.TXT", data: text, stored: true}}
	f.Add(three(three3, "data", 0)["data.z"])
	f.Add(three(three3, "data", 50)["data.1"])
	f.Add(engine(map[string]string{"a": text, "c": "d"}, "a", "c"))
	archivetest.Fuzz(f, open, "data1.cab")
}
