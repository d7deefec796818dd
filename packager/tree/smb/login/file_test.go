package login_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

func files() map[string]string { // what they mean: user|domain|password, - for none
	return map[string]string{
		"username=bob\npassword=hunter2\ndomain=CORP\n":            "bob|CORP|hunter2",
		"username = bob\r\npassword = hun ter=2 \r\n":              "bob||hun ter=2",
		"\xef\xbb\xbf# comment\n; other\n\n USER=CORP\\bob\npass=": "bob|CORP|",
		"user=bob@corp.example.com":                                "bob@corp.example.com||-",
		"username=CORP\\bob\nworkgroup=corp":                       "bob|CORP|-",
		"password=#not a comment":                                  "||#not a comment",
		"":                                                         "||-",
	}
}

func TestParseFile(t *testing.T) {
	t.Parallel()
	for text, want := range files() {
		c, err := login.ParseFile([]byte(text))
		password := "-"
		if c.Password != nil {
			password = string(*c.Password)
		}
		if got := c.User + "|" + c.Domain + "|" + password; err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
		if shown := fmt.Sprintf("%+v %v %#v", c, c, c.Password); strings.Contains(shown, "hun") {
			t.Errorf("%q: printing it shows %s", text, shown)
		}
	}
}

// What is wrong is told by its line, which may be a password and is not repeated.
func TestParseFileRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"username=bob\nhunter2\n":          "line 2 is not",
		"username=bob\nhunter2=x":          "line 2 has a key",
		"username=CORP\\bob\ndomain=OTHER": "two domains",
		"u\x00s\x00e\x00r\x00=\x00b\x00":   "is not UTF-8 text",
		"username=b\xfcb":                  "is not UTF-8 text",
	} {
		_, err := login.ParseFile([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "cred")
	if err := os.WriteFile(name, []byte("username=bob\npassword=hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := login.ReadFile(name); err != nil || c.User != "bob" || string(*c.Password) != "hunter2" {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := login.ReadFile(dir); err == nil || !strings.Contains(err.Error(), "is no file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := login.ReadFile(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "large"), make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := login.ReadFile(filepath.Join(dir, "large")); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a large file: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for mode, ok := range map[os.FileMode]bool{0o400: true, 0o600: true, 0o700: true, 0o640: false, 0o604: false, 0o620: false, 0o644: false} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := login.ReadFile(name); errors.Is(err, login.ErrExposed) == ok {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	for text := range files() {
		f.Add([]byte(text))
	}
	f.Add([]byte("username=CORP\\bob\ndomain=OTHER\nhunter2"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := login.ParseFile(text)
		if err == nil && c.Password != nil && len(*c.Password) > len(text) {
			t.Error("a password from nowhere")
		}
	})
}
