package idname

import (
	"bytes"
	"compress/zlib"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// The flags make the data anew: go test ./inf/hwid/idname -run Data -update.
var (
	update  = flag.Bool("update", false, "make ids.zlib anew from the lists of Debian")
	pciList = flag.String("pci", "/usr/share/misc/pci.ids", "list of PCI IDs")
	usbList = flag.String("usb", "/usr/share/misc/usb.ids", "list of USB IDs")
)

// TestData proves that the data is whole, sorted and made of nothing but the lists. With -update it makes it from the lists
// of this machine, the same bytes from the same lists.
func TestData(t *testing.T) {
	if *update {
		if err := os.WriteFile("ids.zlib", packLists(t), 0o644); err != nil {
			t.Fatal(err)
		}
		packed, _ = os.ReadFile("ids.zlib")
	}
	text := unpacked()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	head, lines := lines[0], lines[1:]
	if !strings.HasPrefix(head, "# pci.ids 20") || !strings.Contains(head, ", usb.ids 20") {
		t.Errorf("the first line does not tell the versions: %q", head)
	}
	count := map[string]int{}
	last := ""
	for _, l := range lines {
		key, name, ok := strings.Cut(l, " ")
		if !ok || name == "" || strings.Trim(key[1:], "0123456789abcdef") != "" || key != strings.ToLower(key) {
			t.Fatalf("no entry: %q", l)
		}
		if key <= last {
			t.Fatalf("%q stands behind %q", key, last)
		}
		last = key
		count[fmt.Sprint(key[:1], len(key)-1)]++
	}
	for kind, least := range map[string]int{
		"p4": 2300, "p8": 18000, "p16": 15000, "c2": 20, "c4": 100, "c6": 50, "u4": 3000, "u8": 18000, "d2": 15, "d4": 20, "d6": 30,
	} {
		if count[kind] < least {
			t.Errorf("%d entries %s, want %d at least", count[kind], kind, least)
		}
	}
	t.Logf("%s: %d entries, %d bytes, packed %d: %v", head, len(lines), len(text), len(packed), count)
}

// packLists packs the two lists.
func packLists(t *testing.T) []byte {
	t.Helper()
	lines, pv := readList(t, *pciList, "p", "c")
	more, uv := readList(t, *usbList, "u", "d")
	lines = append(lines, more...)
	slices.Sort(lines)
	lines = slices.CompactFunc(lines, func(a, b string) bool { // the lists have a few entries twice
		x, _, _ := strings.Cut(a, " ")
		y, _, _ := strings.Cut(b, " ")
		return x == y
	})
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(w, "# pci.ids %s, usb.ids %s\n%s\n", pv, uv, strings.Join(lines, "\n"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readList turns the indented list into lines with whole keys. Sections behind the classes have other meanings.
func readList(t *testing.T, name, devices, classes string) (lines []string, version string) {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v (apt-get install pci.ids usb.ids)", err)
	}
	var stem [3]string // the keys of the open levels
	for l := range strings.Lines(string(src)) {
		l = strings.TrimRight(l, "\r\n ")
		if v, ok := strings.CutPrefix(l, "# Version: "); ok {
			version = v
		} else if v, ok := strings.CutPrefix(l, "#\tVersion: "); ok {
			version = v
		}
		if l == "" || l[0] == '#' {
			continue
		}
		depth := len(l) - len(strings.TrimLeft(l, "\t"))
		l = l[depth:]
		key, text, ok := strings.Cut(l, "  ")
		list := devices
		if depth == 0 {
			if rest, isClass := strings.CutPrefix(l, "C "); isClass {
				key, text, ok = strings.Cut(rest, "  ")
				list = classes
			} else if len(key) != 4 {
				stem[0] = "" // "AT 0100", "HUT 00": another section
				continue
			}
			stem[0] = list + key
		} else {
			if stem[0] == "" {
				continue
			}
			stem[depth] = stem[depth-1] + strings.ReplaceAll(key, " ", "")
		}
		name := strings.Join(strings.Fields(text), " ")
		hex := strings.Trim(stem[depth][1:], "0123456789abcdefABCDEF") == ""
		if !ok || name == "" || !hex || stem[0][:1] == "u" && depth == 2 {
			continue
		}
		lines = append(lines, strings.ToLower(stem[depth])+" "+name)
	}
	return lines, version
}
