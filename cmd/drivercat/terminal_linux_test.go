package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// terminal makes a terminal: what is written to the first end is typed, what is read from it is seen.
func terminal(t *testing.T) (hands, tty *os.File) {
	t.Helper()
	hands, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("this machine has no terminals: %v", err)
	}
	t.Cleanup(func() { hands.Close() })
	if err := unix.IoctlSetPointerInt(int(hands.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(hands.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return hands, tty
}

func echoes(t *testing.T, tty *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// atTerminal starts a command with a terminal of its own, waits for each question and types its answer.
func atTerminal(t *testing.T, dir string, env []string, dialogue [][2]string, args ...string) (code int, stdout, seen string, echo bool) {
	t.Helper()
	hands, tty := terminal(t)
	cmd := exec.Command("drivercat", args...)
	cmd.Dir, cmd.Env = dir, env
	var out strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, &out, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	b := make([]byte, 1)
	for _, d := range dialogue {
		for !strings.HasSuffix(all.String(), d[0]) {
			if _, err := hands.Read(b); err != nil {
				t.Fatalf("saw %q instead of %q: %v", all.String(), d[0], err)
			}
			all.Write(b)
		}
		// The question stands there before the echo is off, and what is typed then would be thrown away.
		for strings.HasPrefix(d[0], "Password") && echoes(t, tty) {
		}
		if _, err := io.WriteString(hands, d[1]); err != nil {
			t.Fatal(err)
		}
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	echo = echoes(t, tty)
	tty.Close()
	rest, _ := io.ReadAll(hands) // ends with an error once nobody has the terminal open
	return cmd.ProcessState.ExitCode(), out.String(), all.String() + string(rest), echo
}

// At a terminal drivercat asks, shows nothing of the password, and leaves the terminal as it was, also after Ctrl-C.
func TestAskAtTerminal(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	dir, env := home(t)
	env = append(env, "KRB5CCNAME="+filepath.Join(dir, "none"), "TERM=dumb")
	ini := "share = \\\\fs01\\" + s.Share + "\n[server fs01]\naddress = " + s.Address + "\n"
	if err := os.WriteFile(filepath.Join(dir, "drivercat.ini"), []byte(ini), 0o600); err != nil {
		t.Fatal(err)
	}
	user, password := [2]string{"User for fs01: ", s.User + "\n"}, "Password of "+s.User+" for fs01: "
	for name, tt := range map[string]struct {
		dialogue [][2]string
		code     int
		want     string
	}{
		"signed in":                  {[][2]string{user, {password, s.Password + "\n"}}, 4, "no packages below"},
		"wrong password":             {[][2]string{user, {password, "geheim-17\n"}}, 1, "does not take the password of " + s.User + " (from the terminal)"},
		"Ctrl-C at the password":     {[][2]string{user, {password, "gehe\x03"}}, 130, "drivercat: interrupted"},
		"Ctrl-C at the user":         {[][2]string{{user[0], "\x03"}}, 130, "drivercat: interrupted"},
		"Ctrl-D":                     {[][2]string{{user[0], "\x04"}}, 1, "the question was not answered"},
		"nothing but the line's end": {[][2]string{user, {password, "\n"}}, 1, "the question was not answered"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, seen, echo := atTerminal(t, dir, env, tt.dialogue, "verify")
			if code != tt.code || !strings.Contains(seen, tt.want) {
				t.Errorf("code %d, saw %q; want %d and %q", code, seen, tt.code, tt.want)
			}
			if !echo {
				t.Error("the terminal's echo is still off")
			}
			if strings.Contains(seen, s.Password) || strings.Contains(seen, "gehe") || stdout != "" {
				t.Errorf("saw %q, stdout %q", seen, stdout)
			}
		})
	}
}
