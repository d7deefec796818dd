package external

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// Tool is a program that can unpack some archives.
type Tool struct {
	Name string // "7z", "cabextract", "innoextract", "unshield"
	Path string // of the program
}

// Program is a program that can be used as a tool.
type Program struct {
	Name  string   // as in Tool
	Names []string // under which it is installed
	For   string   // what it is for
}

// Programs are all that can be used.
func Programs() []Program {
	return []Program{
		{"7z", []string{"7z", "7zz", "7za"}, "rare methods of 7z, zip, rar and cab, and NSIS of unusual builds"},
		{"cabextract", []string{"cabextract"}, "rare methods of cabinets"},
		{"innoextract", []string{"innoextract"}, "Inno Setup of versions that drivercat does not read"},
		{"unshield", []string{"unshield"}, "InstallShield cabinets of unusual versions"},
	}
}

// command is how a tool unpacks a file into a folder.
func (t Tool) command(ctx context.Context, file, dir string) *exec.Cmd {
	var args []string
	switch t.Name {
	case "innoextract":
		args = []string{"--silent", "--output-dir", dir, file}
	case "unshield":
		args = []string{"-d", dir, "x", file}
	case "cabextract":
		args = []string{"-q", "-d", dir, file}
	default:
		args = []string{"x", "-y", "-bd", "-p-", "-o" + dir, file}
	}
	return exec.CommandContext(ctx, t.Path, args...)
}

const (
	maxTime  = time.Hour
	lookTime = 500 * time.Millisecond
)

// Open unpacks an archive with a tool into a folder below temp ("": the system's). max bounds what it may unpack to, in
// bytes. An archive that the tool cannot unpack is archive.ErrUnsupported with the tool's words.
func Open(ctx context.Context, t Tool, in archive.Input, temp string, max int64) (archive.Reader, error) {
	dir, err := os.MkdirTemp(temp, "drivercat-unpack-*")
	if err != nil {
		return nil, fmt.Errorf("external: %w", err)
	}
	r, err := open(ctx, t, in, dir, max)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return r, nil
}

func open(ctx context.Context, t Tool, in archive.Input, dir string, max int64) (archive.Reader, error) {
	name, err := archive.Clean(in.Name)
	if err != nil || strings.ContainsAny(name, "/") || strings.HasPrefix(name, "-") {
		name = "archive"
	}
	from, to := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := errors.Join(os.Mkdir(from, 0o700), os.Mkdir(to, 0o700)); err != nil {
		return nil, fmt.Errorf("external: %w", err)
	}
	file := filepath.Join(from, name)
	if err := write(file, in); err != nil {
		return nil, fmt.Errorf("external: %w", err)
	}
	for _, other := range companions(name) {
		part, err := in.Open(other)
		if err != nil {
			continue
		}
		if err := write(filepath.Join(from, other), part); err != nil {
			return nil, fmt.Errorf("external: %w", err)
		}
	}
	if err := t.run(ctx, file, to, max); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(from); err != nil {
		return nil, fmt.Errorf("external: %w", err)
	}
	r := &reader{kind: t.Name, dir: dir}
	if r.root, err = os.OpenRoot(to); err != nil {
		return nil, fmt.Errorf("external: %w", err)
	}
	if err := r.list(); err != nil {
		_ = r.root.Close()
		return nil, err
	}
	if len(r.entries) == 0 {
		_ = r.root.Close()
		return nil, fmt.Errorf("%w: %s found nothing in it", archive.ErrUnsupported, t.Name)
	}
	return r, nil
}

// companions are the files that archives of this name may need beside them.
func companions(name string) []string {
	lower := strings.ToLower(name)
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	var out []string
	switch {
	case strings.HasSuffix(lower, ".exe"):
		for n := 1; n <= 9; n++ {
			out = append(out, fmt.Sprintf("%s-%d.bin", stem, n))
		}
	case strings.HasPrefix(lower, "data") && (strings.HasSuffix(lower, ".cab") || strings.HasSuffix(lower, ".hdr")):
		for n := 1; n <= 9; n++ {
			out = append(out, fmt.Sprintf("data%d.cab", n), fmt.Sprintf("data%d.hdr", n))
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return strings.EqualFold(s, name) })
}

func write(name string, in archive.Input) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.NewSectionReader(in, 0, in.Size))
	return errors.Join(err, f.Close())
}

// run unpacks, and ends the tool when it unpacks too much.
func (t Tool) run(ctx context.Context, file, to string, max int64) error {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	cmd := t.command(ctx, file, to)
	said := &tail{}
	cmd.Stdout, cmd.Stderr, cmd.Dir = said, said, to
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("external: %s: %w", t.Name, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	over := false
	for {
		select {
		case err := <-done:
			switch {
			case caller.Err() != nil:
				return caller.Err()
			case over:
				return fmt.Errorf("%w: it unpacks to more than %d bytes", archive.ErrLimit, max)
			case errors.Is(ctx.Err(), context.DeadlineExceeded):
				return fmt.Errorf("%w: %s took longer than %s", archive.ErrLimit, t.Name, maxTime)
			case err != nil:
				return fmt.Errorf("%w: %s: %s", archive.ErrUnsupported, t.Name, said)
			case weigh(to) > max:
				return fmt.Errorf("%w: it unpacks to more than %d bytes", archive.ErrLimit, max)
			}
			return nil
		case <-tick.C:
			if !over && weigh(to) > max {
				over = true
				cancel()
			}
		}
	}
}

// weigh adds up what lies in a folder.
func weigh(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // it comes and goes while the tool works
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n
}

// tail keeps the last line that a tool wrote.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.b = append(t.b, p...)
	if len(t.b) > most {
		t.b = append(t.b[:0], t.b[len(t.b)-most:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(t.b), "?")), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if last == "" {
		return "it says nothing"
	}
	return last
}
