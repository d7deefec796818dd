package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
)

func TestReadINIAsWindowsEditorsWriteIt(t *testing.T) {
	t.Parallel()
	text := "; drivers\r\nCatalog = C:\\cats\\new.db\r\nshare=\\\\server\\Drivers\\\r\nplatform = \"PC 2\"\r\n"
	want := map[string]iniValue{"catalog": {`C:\cats\new.db`, 2}, "share": {`\\server\Drivers\`, 3}, "platform": {"PC 2", 4}}
	var utf16 strings.Builder
	utf16.WriteString("\xff\xfe")
	for _, r := range text {
		utf16.WriteByte(byte(r))
		utf16.WriteByte(0)
	}
	for name, raw := range map[string]string{"plain": text, "UTF-8 with a byte order mark": "\xef\xbb\xbf" + text, "UTF-16": utf16.String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "drivercat.ini")
			if err := os.WriteFile(file, []byte(raw), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readINI(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.values, cmp.AllowUnexported(iniValue{})); diff != "" {
				t.Error(diff)
			}
			if len(got.problems) > 0 {
				t.Errorf("problems: %v", got.problems)
			}
		})
	}
}

func TestFoldersOfConfigurationAndData(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		os           string
		env          map[string]string
		config, data string
	}{
		"linux":             {"linux", map[string]string{"HOME": "/u"}, "/u/.config", "/u/.local/share"},
		"linux with XDG":    {"linux", map[string]string{"HOME": "/u", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}, "/c", "/d"},
		"relative XDG":      {"linux", map[string]string{"HOME": "/u", "XDG_DATA_HOME": "d"}, "/u/.config", "/u/.local/share"},
		"macOS":             {"darwin", map[string]string{"HOME": "/u"}, "/u/Library/Application Support", "/u/Library/Application Support"},
		"Windows":           {"windows", map[string]string{"AppData": "/a/Roaming", "LocalAppData": "/a/Local"}, "/a/Roaming", "/a/Local"},
		"nobody has a home": {"linux", nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{env: Env{OS: tt.os, Getenv: func(k string) string { return tt.env[k] }}}
			if got := filepath.ToSlash(a.configDir()); got != tt.config {
				t.Errorf("configuration in %q, want %q", got, tt.config)
			}
			if got := filepath.ToSlash(a.dataDir()); got != tt.data {
				t.Errorf("data in %q, want %q", got, tt.data)
			}
		})
	}
}

// An interrupted import says that nothing was changed, and with --json says it as an object.
func TestInterruptedImport(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	dir := t.TempDir()
	for flag, want := range map[string]string{
		"--verbose": "drivercat: interrupted; nothing was changed\n",
		"--json":    `{"error":{"message":"interrupted; nothing was changed","exitCode":130}}` + "\n",
	} {
		var errs strings.Builder
		env := Env{
			Args:   []string{"import", dir, "--make", "A", "--model", "B", "--os", "xp", "--catalog", filepath.Join(dir, "x.db"), flag},
			Stdout: Stream{Writer: io.Discard}, Stderr: Stream{Writer: &errs}, Getenv: func(string) string { return "" }, Now: time.Now,
		}
		if code := Main(ctx, env); code != exitInterrupted {
			t.Errorf("%s: exit code %d, want 130", flag, code)
		}
		if !strings.HasSuffix(errs.String(), want) {
			t.Errorf("%s: said %q, want %q", flag, errs.String(), want)
		}
	}
}

// The bar shows what the meter counts, gives way to messages, and is gone at the end. Elsewhere there is none.
func TestProgress(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		terminal, quiet bool
		term            string
		shows           bool
	}{
		"terminal":      {terminal: true, shows: true},
		"file":          {},
		"quiet":         {terminal: true, quiet: true},
		"dumb terminal": {terminal: true, term: "dumb"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var b strings.Builder
				a := &app{env: Env{Stderr: Stream{Writer: &b, Terminal: tt.terminal, Columns: 100}, Getenv: func(string) string { return tt.term }}, err: &console{w: &b}}
				a.flags.quiet = tt.quiet
				m := new(catalog.Meter)
				m.SetPhase("reading")
				m.FilesTotal.Store(10)
				m.BytesTotal.Store(10 << 20)
				stop := a.progress(m)
				m.FilesDone.Store(4)
				m.BytesDone.Store(4 << 20)
				time.Sleep(900 * time.Millisecond)
				a.err.warn("", "look here")
				stop()
				got := b.String()
				if shows := strings.Contains(got, "reading 4/10 files") && strings.Contains(got, "/10 MiB"); shows != tt.shows {
					t.Errorf("shows %v, want %v: %q", shows, tt.shows, got)
				}
				if !tt.shows && got != "drivercat: warning: look here\n" {
					t.Errorf("printed %q", got)
				}
				before, after, _ := strings.Cut(got, "drivercat: warning: look here\n")
				if tt.shows && !strings.HasSuffix(before, "\r") {
					t.Errorf("the bar stands in front of the message: %q", before)
				}
				if strings.Trim(after, " \r") != "" {
					t.Errorf("left behind: %q", after)
				}
			})
		})
	}
}
