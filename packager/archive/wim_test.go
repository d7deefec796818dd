package archive

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// wimlib finds the program; without it the test is skipped, or fails where everything is to be installed.
func wimlib(t *testing.T) Tool {
	t.Helper()
	p, err := exec.LookPath("wimlib-imagex")
	if err != nil {
		if os.Getenv("DRIVERCAT_REQUIRE_SERVERS") == "1" {
			t.Fatal("wimlib-imagex is missing: apt-get install wimtools")
		}
		t.Skip("wimlib-imagex is missing: apt-get install wimtools")
	}
	return Tool{Name: "wimlib-imagex", Path: p}
}

func TestWIM(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	o := Options{Tools: []Tool{wimlib(t)}, Temp: temp, Workers: 1}
	b := write(t, WIM, sample(), o)
	same(t, sample(), read(t, WIM, b, o))
	// Another order on the disk, another hour.
	o.Workers = 8
	if again := write(t, WIM, sample(), o); !bytes.Equal(b, again) {
		t.Errorf("%d bytes, and again %d bytes that are not the same", len(b), len(again))
	}
	file := filepath.Join(temp, "x.wim")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(o.Tools[0].Path, "verify", file).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	info, err := exec.Command(o.Tools[0].Path, "info", file, "--xml").Output()
	if err != nil || bytes.Contains(info, []byte("0x01DD")) {
		t.Errorf("%v: it has a time: %s", err, info)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left among the temporary files: %v, %v", left, err)
	}
}

func TestWIMKeepsBytes(t *testing.T) {
	t.Parallel()
	o := Options{Tools: []Tool{wimlib(t)}, Temp: t.TempDir()}
	c := sample()
	c["Display/vid/vid.dll"] = noise(9, 60_000)
	b := write(t, WIM, c, o)
	if same := c["Net/kestlan/kestlan.sys"]; bytes.Count(b, same) != 1 {
		t.Errorf("%d times a content that two files have", bytes.Count(b, same))
	}
}

// fakeTool is a program that does what a script says.
func fakeTool(t *testing.T, script string) Tool {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh")
	}
	p := filepath.Join(t.TempDir(), "wimlib-imagex")
	if err := os.WriteFile(p, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return Tool{Name: "wimlib-imagex", Path: p}
}

func TestToolFails(t *testing.T) {
	t.Parallel()
	whole := filepath.Join(t.TempDir(), "whole.wim")
	if err := os.WriteFile(whole, fakeWIM([]byte("other")), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		script string
		is     error
		text   string
	}{
		"says why":           {`printf 'reading 10%%\rreading 20%%\n\nNo space left\nexit code 50\n' >&2; exit 50`, ErrTool, "reading 20%; No space left; exit code 50"},
		"says nothing":       {`exit 3`, ErrTool, "it says nothing"},
		"makes nothing":      {`exit 0`, ErrTool, "made no file"},
		"makes something":    {`echo WIM >"$3"`, ErrDamaged, "ends too early"},
		"makes another WIM":  {`cp ` + whole + ` "$3"`, ErrDamaged, "none of the files"},
		"is not a program":   {"", ErrTool, "none"},
		"is no file anymore": {"", ErrTool, "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tool := fakeTool(t, c.script)
			switch c.text {
			case "none":
				c.text = "wimlib-imagex"
				if err := os.WriteFile(tool.Path, []byte{0, 1, 2}, 0o700); err != nil {
					t.Fatal(err)
				}
			case "gone":
				tool.Path += "-gone"
			}
			temp := t.TempDir()
			x := contents{"a": []byte("a")}
			err := WIM.Write(context.Background(), io.Discard, x.files(), x.open, Options{Tools: []Tool{tool}, Temp: temp})
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v, want %v with %q", err, c.is, c.text)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left among the temporary files: %v, %v", left, err)
			}
		})
	}
}

func TestToolIsCancelled(t *testing.T) {
	t.Parallel()
	started := filepath.Join(t.TempDir(), "started")
	if out, err := exec.Command("mkfifo", started).CombinedOutput(); err != nil {
		t.Skipf("mkfifo: %v: %s", err, out)
	}
	tool := fakeTool(t, `echo >'`+started+`'; exec sleep 600`)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = os.ReadFile(started) // waits for the program
		cancel()
	}()
	x := contents{"a": []byte("a")}
	if err := WIM.Write(ctx, io.Discard, x.files(), x.open, Options{Tools: []Tool{tool}, Temp: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// fakeWIM is a WIM of files that are not compressed, in reverse order and with times, and of metadata that mean nothing.
func fakeWIM(files ...[]byte) []byte {
	b := make([]byte, wimHeaderBytes)
	copy(b, wimMagic)
	le := binary.LittleEndian
	le.PutUint32(b[8:], wimHeaderBytes)
	le.PutUint32(b[12:], wimVersion)
	le.PutUint32(b[wimParts:], 1|1<<16)
	copy(b[wimGUID:], "sixteen bytes...")
	var table []byte
	add := func(data []byte, flags byte) {
		var e [wimEntryBytes]byte
		resource{int64(len(data)), flags, int64(len(b)), int64(len(data))}.put(e[:])
		sum := sha1.Sum(data)
		copy(e[30:], sum[:])
		table = append(table, e[:]...)
		b = append(b, data...)
	}
	for i := range files {
		add(files[len(files)-1-i], 0)
	}
	add([]byte("metadata"), wimMetadata)
	resource{int64(len(table)), wimMetadata, int64(len(b)), int64(len(table))}.put(b[wimTable:])
	b = append(b, table...)
	var xml []byte
	for _, u := range utf16.Encode([]rune("\ufeff<WIM><CREATIONTIME><HIGHPART>0x01DD79EA</HIGHPART><LOWPART>0x6BC724</LOWPART></CREATIONTIME><NAME>Größe</NAME></WIM>")) {
		xml = le.AppendUint16(xml, u)
	}
	resource{int64(len(xml)), wimMetadata, int64(len(b)), int64(len(xml))}.put(b[wimXML:])
	return append(b, xml...)
}

func TestSettleWIM(t *testing.T) {
	t.Parallel()
	sums := func(files ...string) (out [][sha1.Size]byte) {
		for _, f := range files {
			out = append(out, sha1.Sum([]byte(f)))
		}
		return out
	}
	good := fakeWIM([]byte("first"), []byte("second"), []byte("third"))
	var out bytes.Buffer
	if err := settleWIM(&out, bytes.NewReader(good), int64(len(good)), sums("first", "second", "", "first", "third"), [16]byte{7}); err != nil {
		t.Fatal(err)
	}
	text := string(utf16Text(out.Bytes()[out.Len()-250:]))
	if got := out.String(); !strings.Contains(got, "firstsecondthirdmetadata") || got[wimGUID] != 7 || strings.Contains(got, "sixteen") ||
		!strings.Contains(text, "<HIGHPART>0x01A8E79F</HIGHPART><LOWPART>0xE1D58000</LOWPART>") || !strings.Contains(text, "Größe") {
		t.Errorf("%q %s", got, text)
	}
	again := bytes.Clone(out.Bytes())
	out.Reset()
	if err := settleWIM(&out, bytes.NewReader(again), int64(len(again)), sums("first", "second", "third"), [16]byte{7}); err != nil || !bytes.Equal(out.Bytes(), again) {
		t.Errorf("settled twice is something else: %v", err)
	}
	change := func(at int, b ...byte) []byte {
		c := bytes.Clone(good)
		copy(c[at:], b)
		return c
	}
	for name, c := range map[string]struct {
		wim  []byte
		sums [][sha1.Size]byte
		text string
	}{
		"no file":          {nil, sums(), "too early"},
		"no WIM":           {change(0, 'X'), sums(), "no WIM"},
		"another version":  {change(12, 0, 0xe), sums(), "version"},
		"two parts":        {change(wimParts+2, 2), sums(), "parts"},
		"to boot":          {change(wimBootIndex, 1), sums(), "started"},
		"a far table":      {change(wimTable+8, 0xff, 0xff, 0xff, 0xff), sums(), "table"},
		"a negative place": {change(wimTable+8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), sums(), "table"},
		"a packed table":   {change(wimTable+7, wimCompressed), sums(), "table"},
		"an odd table":     {change(wimTable, 7), sums(), "table"},
		"a cut end":        {good[:len(good)-1], sums(), "description"},
		"a solid file":     {change(len("firstsecondthirdmetadata")+wimHeaderBytes+7, wimSolid), sums("first", "second", "third"), "entry 1"},
		"a file too many":  {good, sums("first", "second"), "none of the files"},
		"a file too few":   {good, sums("first", "second", "third", "fourth"), "lacks 1"},
		"a file twice":     {fakeWIM([]byte("a"), []byte("a")), sums("a"), "none of the files"},
	} {
		if err := settleWIM(io.Discard, bytes.NewReader(c.wim), int64(len(c.wim)), c.sums, [16]byte{}); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error %v, want %q", name, err, c.text)
		}
	}
}

func utf16Text(b []byte) []rune {
	var u []uint16
	for ; len(b) > 1; b = b[2:] {
		u = append(u, binary.LittleEndian.Uint16(b))
	}
	return utf16.Decode(u)
}

func FuzzSettleWIM(f *testing.F) {
	f.Add(fakeWIM([]byte("first"), []byte("second")))
	f.Add(fakeWIM())
	sums := [][sha1.Size]byte{sha1.Sum([]byte("first")), sha1.Sum([]byte("second"))}
	f.Fuzz(func(t *testing.T, b []byte) {
		var once, twice bytes.Buffer
		if settleWIM(&once, bytes.NewReader(b), int64(len(b)), sums, [16]byte{1}) != nil {
			return
		}
		if err := settleWIM(&twice, bytes.NewReader(once.Bytes()), int64(once.Len()), sums, [16]byte{1}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Error("settled twice is something else")
		}
	})
}
