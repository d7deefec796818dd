package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/drivercat/drivercat/catalog"
)

// childEnv makes this test binary a process that writes to the catalog it names.
const childEnv = "DRIVERCAT_SQLITE_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := child(path, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child puts so many rounds of one source: args are the source's number, the first round and the number of rounds. It
// says each step on stdout, so that whoever started it can kill it there.
func child(path string, args []string) error {
	var numbers [3]int
	for i := range numbers {
		n, err := strconv.Atoi(args[i])
		if err != nil {
			return err
		}
		numbers[i] = n
	}
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	if numbers[0] == memoryMode {
		return errors.Join(measureMemory(ctx, s), s.Close())
	}
	for round := numbers[1]; round < numbers[1]+numbers[2]; round++ {
		if err := putRound(ctx, s, numbers[0], round, func(step string) { fmt.Println(step) }); err != nil {
			return err
		}
	}
	return s.Close()
}

const (
	roundFiles   = 3000
	roundDrivers = 60
	roundIDs     = 200
)

// putRound replaces everything a source has by what belongs to a round.
func putRound(ctx context.Context, s *Store, source, round int, step func(string)) error {
	key := benchKey(source)
	step("begin")
	err := s.UpdateSource(ctx, key, func(w catalog.SourceWriter) error {
		old, err := w.PreviousDrivers()
		if err != nil {
			return err
		}
		for _, r := range old {
			if err := w.Unlink(r.Path); err != nil {
				return err
			}
		}
		for f := range roundFiles {
			if f%300 == 0 {
				step("files")
			}
			if err := w.PutFile(catalog.SourceFile{Path: fmt.Sprint(f), Size: int64(round), Why: "test"}); err != nil {
				return err
			}
		}
		for n := range roundDrivers {
			if n%10 == 0 {
				step("drivers")
			}
			d := roundDriver(source, round, n)
			if err := errors.Join(w.PutINF(d.INF, 1), w.PutDriver(d, 1), w.Link(fmt.Sprint(round, "/", n), d.Hash)); err != nil {
				return err
			}
		}
		step("finish")
		return w.Finish(catalog.Source{Revision: round})
	})
	if err == nil {
		step("committed " + strconv.Itoa(round))
	}
	return err
}

func roundDriver(source, round, n int) *catalog.Driver {
	i := &catalog.INF{SHA256: catalog.Hash{1, byte(source), byte(round), byte(n)}, Provider: "Test"}
	for k := range roundIDs {
		i.IDs = append(i.IDs, catalog.HardwareID{ID: fmt.Sprintf(`PCI\%d&%d&%d`, k, n, round), Entry: k, Description: "x"})
	}
	return &catalog.Driver{
		Hash: catalog.Hash{2, byte(source), byte(round), byte(n)}, Name: fmt.Sprint(n, ".inf"), Verdict: catalog.Nice, INF: i,
		Reasons: []catalog.Reason{{Code: "x"}}, Files: []catalog.DriverFile{{Path: "a"}, {Path: "b"}},
	}
}

// checkRound checks that a source is wholly that of its round and returns the round, 0 if there is no source.
func checkRound(t *testing.T, s *Store, source int) int {
	t.Helper()
	found, err := s.Sources(t.Context(), catalog.SourceFilter{Location: benchKey(source).Location})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		return 0
	}
	src := found[0]
	if src.Files != roundFiles || src.Bytes != int64(src.Revision*roundFiles) || src.Nice != roundDrivers {
		t.Errorf("source is of no round: %+v", src)
	}
	records, err := s.SourceDrivers(t.Context(), src.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if !strings.HasPrefix(r.Path, fmt.Sprint(src.Revision, "/")) || len(r.Driver.INF.IDs) != roundIDs || len(r.Driver.Files) != 2 || len(r.Driver.Reasons) != 1 {
			t.Errorf("driver at %s is not wholly of round %d", r.Path, src.Revision)
		}
	}
	return src.Revision
}

func startChild(t *testing.T, path string, source, round, rounds int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, strconv.Itoa(source), strconv.Itoa(round), strconv.Itoa(rounds))
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// TestKill kills a writing process at every step it says, the first of them while it makes the catalog, and looks at what is left.
func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	for kill := 1; ; kill++ {
		// The first round stands before the child starts, from the second kill on.
		before, round := 0, kill+1
		if kill > 1 {
			s := openTest(t, path)
			if err := putRound(t.Context(), s, 1, kill, func(string) {}); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			before = kill
		}
		cmd, steps := startChild(t, path, 1, round, 1)
		committed, said := false, 0
		for said < kill && steps.Scan() {
			said++
			committed = strings.HasPrefix(steps.Text(), "committed")
		}
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		for steps.Scan() { // what it said between the step and the kill
			committed = committed || strings.HasPrefix(steps.Text(), "committed")
		}
		_ = cmd.Wait() // killed

		s := openTest(t, path)
		switch got := checkRound(t, s, 1); {
		case committed && got != round:
			t.Errorf("killed at step %d: round %d was committed, but %d is there", kill, round, got)
		case got != round && got != before:
			t.Errorf("killed at step %d: round %d is neither the old %d nor the new %d", kill, got, before, round)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		checkWhole(t, path)
		if said < kill {
			if kill < 15 {
				t.Errorf("the child said only %d steps", said)
			}
			return // it came to its end before the kill: every step had its turn
		}
	}
}

// TestProcesses lets two other processes and this one write to one catalog.
func TestProcesses(t *testing.T) {
	t.Parallel()
	const rounds = 4
	path := filepath.Join(t.TempDir(), "x.db")
	var children sync.WaitGroup
	for source := 1; source <= 2; source++ {
		cmd, steps := startChild(t, path, source, 1, rounds)
		children.Go(func() {
			for steps.Scan() {
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("writer %d: %v", source, err)
			}
		})
	}
	s := openTest(t, path)
	for round := 1; round <= rounds; round++ {
		if err := putRound(t.Context(), s, 3, round, func(string) {}); err != nil {
			t.Fatal(err)
		}
		for source := 1; source <= 3; source++ {
			checkRound(t, s, source)
		}
	}
	children.Wait()
	for source := 1; source <= 3; source++ {
		if got := checkRound(t, s, source); got != rounds {
			t.Errorf("source %d is of round %d, want %d", source, got, rounds)
		}
	}
	if stats, err := s.Stats(t.Context()); err != nil || stats.Drivers != 3*roundDrivers {
		t.Errorf("stats %+v, error %v", stats, err)
	}
	checkWhole(t, path)
}

// TestWaitForProcess gives up when its context ends, and goes on when the other process is gone.
func TestWaitForProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	s := openTest(t, path)
	other, err := dialWriter(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if err := other.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	called := false
	done := make(chan error)
	go func() {
		done <- s.UpdateSource(ctx, benchKey(1), func(catalog.SourceWriter) error { called = true; return nil })
	}()
	if _, err := s.Models(t.Context()); err != nil {
		t.Errorf("a reader while another process writes: %v", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || called {
		t.Errorf("error %v, called %v", err, called)
	}
	if err := other.rollback(); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 1)
}

// TestMemory lets a process put a transaction much larger than the cache and tell how much memory it took at most.
func TestMemory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	path := filepath.Join(t.TempDir(), "x.db")
	cmd, out := startChild(t, path, memoryMode, 0, 0)
	var peakKiB, logBytes int
	for out.Scan() {
		if n, err := fmt.Sscanf(out.Text(), "peak %d KiB, log %d bytes", &peakKiB, &logBytes); n != 2 || err != nil {
			t.Errorf("unexpected output %q", out.Text())
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if logBytes < 60<<20 {
		t.Errorf("the transaction has %d bytes, too few to show anything", logBytes)
	}
	t.Logf("%d KiB for a transaction of %d MiB", peakKiB, logBytes>>20)
	if peakKiB == 0 || peakKiB > 80<<10 {
		t.Errorf("a transaction of %d MiB took %d KiB of memory, want at most 80 MiB", logBytes>>20, peakKiB)
	}
}

// memoryMode instead of a source's number makes a child measure its memory.
const memoryMode = -1

// measureMemory puts 150,000 files, in two places by turns, and says what that took.
func measureMemory(ctx context.Context, s *Store) error {
	const files = 150_000
	detail := strings.Repeat("a long explanation ", 25)
	err := s.UpdateSource(ctx, benchKey(1), func(w catalog.SourceWriter) error {
		for n := range files {
			path := fmt.Sprintf("Network/Intel Ethernet/%07d/production/w10-x64/driver.sys", n/2+n%2*files/2)
			if err := w.PutFile(catalog.SourceFile{Path: path, SHA256: catalog.Hash{1}, Why: "content", Detail: detail}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(peak)[0])
	if err != nil {
		return err
	}
	log, err := os.Stat(s.path + "-wal")
	if err != nil {
		return err
	}
	fmt.Printf("peak %d KiB, log %d bytes\n", kib, log.Size())
	return nil
}
