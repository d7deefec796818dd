package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", `quo"te and back\slash`, "tab\tcr\rlf\n\x00\x1f\x7f", "読取り", "bad\xff\xc3", "\u2028", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := appendString(nil, s)
		var back string
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("%q became %s: %v", s, got, err)
		}
		want := s
		if !utf8.ValidString(s) {
			want = string([]rune(s))
		}
		if back != want {
			t.Errorf("%q became %s, which is %q", s, got, back)
		}
		if bytes.ContainsAny(got, "\n\r") {
			t.Errorf("%q became %q, which is more than one line", s, got)
		}
	})
}

// run runs a command in process, without any settings.
func run(t *testing.T, stdin io.Reader, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(t.Context(), Env{Args: args, Stdin: stdin, Stdout: Stream{Writer: &out}, Stderr: Stream{Writer: &errs}, Getenv: func(string) string { return "" }})
	return code, out.String(), errs.String()
}

// The results come in the order of the paths, however long each takes.
func TestParseKeepsTheOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var paths []string
	for i := range 200 {
		p := filepath.Join(dir, fmt.Sprintf("%03d.inf", i))
		lines := 1
		if i%7 == 0 {
			lines = 5000
		}
		if err := os.WriteFile(p, []byte("[Version]\nSignature=\"$CHICAGO$\"\n"+strings.Repeat("a=b\n", lines)), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	code, out, errs := run(t, strings.NewReader(strings.Join(paths, "\n")), "parse", "--files-from", "-")
	if code != exitDone || errs != "" {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	i := 0
	for line := range strings.Lines(out) {
		var o struct {
			File  string `json:"file"`
			Error any    `json:"error"`
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if o.File != paths[i] || o.Error != nil {
			t.Fatalf("line %d is %s (%v), want %s", i+1, o.File, o.Error, paths[i])
		}
		i++
	}
	if i != len(paths) {
		t.Errorf("%d lines, want %d", i, len(paths))
	}
}

func TestReadINFFileReusesItsBuffer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var buf []byte
	for _, n := range []int{0, 1, 4095, 100, 70_000, 3} {
		p := filepath.Join(dir, "x.inf")
		want := bytes.Repeat([]byte{'x'}, n)
		if err := os.WriteFile(p, want, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readINFFile(p, buf)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
		buf = got
	}
	big := filepath.Join(dir, "big.inf")
	if err := os.WriteFile(big, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, maxINFBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := readINFFile(big, nil); err == nil || !strings.Contains(err.Error(), "no INF is longer than 64.0 MiB") {
		t.Errorf("a huge file: %v", err)
	}
}

func BenchmarkParseCommand(b *testing.B) {
	p := filepath.Join(b.TempDir(), "x.inf")
	src := []byte("[Version]\nSignature=\"$CHICAGO$\"\n[Strings]\n" + strings.Repeat("Device.Name.1 = \"Vendor Device Model 1\" ; comment\n%x%=Inst,PCI\\VEN_8086&DEV_1234\n", 2000))
	if err := os.WriteFile(p, src, 0o600); err != nil {
		b.Fatal(err)
	}
	pool := parsePool{buffers: make(chan []byte, 1)}
	var buf []byte
	b.ReportAllocs()
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		var r parsed
		r, buf = pool.parse(p, buf)
		pool.recycle(r.json)
	}
}
