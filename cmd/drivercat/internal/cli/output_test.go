package cli

import (
	"errors"
	"io"
	"testing"
	"time"
)

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 102_348: "99.9 KiB", 102_349: "100 KiB",
		1_047_000: "1022 KiB", 1<<20 - 1: "1.0 MiB", 1 << 30: "1.0 GiB", 5 << 40: "5.0 TiB", 5000 << 40: "5000 TiB",
	} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestCountsForPeople(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		count(0, "file"): "0 files", count(1, "file"): "1 file", count(33616, "file"): "33,616 files",
		number(999): "999", number(1000): "1,000", number(-1234567): "-1,234,567", number(int64(-12)): "-12",
		duration(1234 * time.Microsecond): "1ms", duration(12345 * time.Millisecond): "12.3s", duration(125 * time.Second): "2m5s",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPlainDisarmsText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Ünïcode 読取り":            "Ünïcode 読取り",
		"a\x1b[2Jb":              `a\u001b[2Jb`,
		"a\tb\nc":                `a b\u000ac`,
		"\u202egpj.exe":          `\u202egpj.exe`,
		"bad\xffbyte":            `bad\xffbyte`,
		"\ufffd stays, \x9f not": "\ufffd stays, \\x9f not",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

// failing fails every write.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestOutputRemembersItsFirstError(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ fails, want error }{
		"the reader went away": {io.ErrClosedPipe, errOutputClosed},
		"the disk is full":     {io.ErrShortWrite, io.ErrShortWrite},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutput(failing{tt.fails})
			o.printf("text")
			if o.failed() {
				t.Error("failed before anything was written")
			}
			if err := o.flush(); !errors.Is(err, tt.want) {
				t.Errorf("flush: %v, want %v", err, tt.want)
			}
			if !o.failed() {
				t.Error("the error was forgotten")
			}
		})
	}
}
