package replicate_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drivercat/drivercat/packager/replicate"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"10MB/s": 10_000_000, "10MB": 10_000_000, "10 MB/s": 10_000_000, "10MBps": 10_000_000, "80Mbit/s": 10_000_000, "80Mbps": 10_000_000,
		"512KiB/s": 512 << 10, "1GB/s": 1_000_000_000, "1.5MB/s": 1_500_000, "100000B/s": 100_000, "800 kbit/s": 100_000, "0.5 GiB/s": 512 << 20,
		"1Mbits": 125_000, "2 mbytes/s": 2_000_000,
	} {
		if got, err := replicate.ParseRate(text); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "10", "MB/s", "-1MB/s", "10Mb/s", "10 furlongs", "1e9B/s", "10MB/h", "1B/s", "0MB/s", "999999999999GB/s", "10MB/s!"} {
		if got, err := replicate.ParseRate(text); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
	if _, err := replicate.ParseRate("10Mb/s"); !errors.Is(err, replicate.ErrRate) || !strings.Contains(err.Error(), "80Mbit/s") {
		t.Errorf("error %v", err)
	}
}

func FuzzParseRate(f *testing.F) {
	f.Add("10MB/s")
	f.Add("80 Mbit/s")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := replicate.ParseRate(s); err == nil && n <= 0 {
			t.Errorf("%q is %d", s, n)
		}
	})
}

// TestLimit brings a package to three targets, in time that passes at once: together they get what the limit allows.
func TestLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(folder, first)
	var targets []replicate.Target
	for range 3 {
		targets = append(targets, target(openLocal(t, fastDir(t))))
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		as := replicate.Run(t.Context(), w.src, []string{folder}, targets, replicate.Options{Limit: replicate.NewLimit(100_000)})
		var sent int64
		for _, a := range as {
			if !a.OK() {
				t.Errorf("%+v", a)
			}
			sent += a.Traffic.Sent
		}
		took := time.Since(start).Seconds()
		if per := float64(sent) / took; sent < 7_800_000 || per > 101_000 || per < 90_000 {
			t.Errorf("%d bytes in %.1f seconds: %.0f each second", sent, took, per)
		}
	})
}

// TestLimitConn limits connections in both directions, all of them together.
func TestLimitConn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := replicate.NewLimit(50_000)
		var wg sync.WaitGroup
		start := time.Now()
		for range 2 {
			here, there := net.Pipe()
			c := l.Conn(here)
			wg.Go(func() { // the other side echoes
				b := make([]byte, 250_000)
				if _, err := io.ReadFull(there, b); err != nil {
					t.Error(err)
				}
				if _, err := there.Write(b); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if n, err := c.Write(make([]byte, 250_000)); n != 250_000 || err != nil {
					t.Error(n, err)
				}
				if _, err := io.ReadFull(c, make([]byte, 250_000)); err != nil {
					t.Error(err)
				}
				_ = c.Close()
			})
		}
		wg.Wait()
		if took := time.Since(start).Seconds(); took < 19 || took > 21 {
			t.Errorf("500,000 bytes each way took %.1f seconds", took)
		}
		var none *replicate.Limit
		here, _ := net.Pipe()
		if none.Conn(here) != here {
			t.Error("no limit wraps a connection")
		}
	})
}

func TestWindowAt(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct {
		window, now string
		open        bool
		next        string
	}{
		{"22:00-06:00", "2026-11-21 21:59", false, "2026-11-21 22:00"},
		{"22:00-06:00", "2026-11-21 22:00", true, "2026-11-22 06:00"},
		{"22:00-06:00", "2026-11-22 05:59", true, "2026-11-22 06:00"},
		{"22:00-06:00", "2026-11-22 06:00", false, "2026-11-22 22:00"},
		{"22:00-06:00", "2026-11-22 00:00", true, "2026-11-22 06:00"},
		{"08:00-12:30", "2026-11-22 07:00", false, "2026-11-22 08:00"},
		{"08:00-12:30", "2026-11-22 12:00", true, "2026-11-22 12:30"},
		{"08:00-12:30", "2026-11-22 13:00", false, "2026-11-23 08:00"},
		{"18:00-24:00", "2026-11-22 23:00", true, "2026-11-23 00:00"},
		{"00:00-24:00", "2026-11-22 23:00", true, "2026-11-23 00:00"},
		{"1:30-2:00", "2026-11-22 01:45", true, "2026-11-22 02:00"},
		// The clock goes forward from 2:00 to 3:00 on 2026-03-29: the window is an hour shorter.
		{"22:00-06:00", "2026-03-29 01:59", true, "2026-03-29 06:00"},
	} {
		w, err := replicate.ParseWindow(c.window)
		if err != nil {
			t.Fatal(err)
		}
		if open, next := w.At(at(c.now)); open != c.open || !next.Equal(at(c.next)) {
			t.Errorf("%s at %s: %v until %s, want %v until %s", c.window, c.now, open, next, c.open, c.next)
		}
	}
	for _, s := range []string{"", "22-6", "22:00", "24:00-06:00", "22:60-06:00", "22:00-24:01", "22:00-25:00", "22:00-22:00", "a22:00-06:00"} {
		if w, err := replicate.ParseWindow(s); !errors.Is(err, replicate.ErrWindow) {
			t.Errorf("%q is read as %s (%v)", s, w, err)
		}
	}
}

func FuzzParseWindow(f *testing.F) {
	f.Add("22:00-06:00")
	f.Add("8:30 – 24:00")
	f.Fuzz(func(t *testing.T, s string) {
		w, err := replicate.ParseWindow(s)
		if err != nil {
			return
		}
		again, err := replicate.ParseWindow(w.String())
		if err != nil || again != w {
			t.Errorf("%q is %s, which is %s (%v)", s, w, again, err)
		}
		now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
		for range 5 {
			_, next := w.At(now)
			if !next.After(now) {
				t.Fatalf("%s at %s changes at %s", w, now, next)
			}
			now = next
		}
	})
}

// TestWindow waits for the window, ends with it, and says so.
func TestWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, err := replicate.ParseWindow("22:00-06:00")
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().Local()
		midday := time.Date(now.Year(), now.Month(), now.Day()+1, 12, 0, 0, 0, time.Local)
		time.Sleep(time.Until(midday))
		told := 0
		err = w.Wait(t.Context(), func(opens time.Time) {
			told++
			if opens.Format("15:04") != "22:00" {
				t.Errorf("told that it opens at %s", opens)
			}
		})
		if err != nil || told != 1 || time.Since(midday) != 10*time.Hour {
			t.Errorf("waited %s, told %d times, error %v", time.Since(midday), told, err)
		}
		ctx, cancel := w.Context(t.Context())
		defer cancel()
		<-ctx.Done()
		if cause := context.Cause(ctx); !errors.Is(cause, replicate.ErrWindowClosed) || time.Since(midday) != 18*time.Hour || !strings.Contains(cause.Error(), "06:00") {
			t.Errorf("it ended after %s: %v", time.Since(midday), cause)
		}
		stopped, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Hour, stop)
		if err := w.Wait(stopped, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("a wait that was cancelled: %v", err)
		}
		var always replicate.Window
		if err := always.Wait(t.Context(), nil); err != nil {
			t.Error(err)
		}
		open, cancelOpen := always.Context(t.Context())
		if open.Err() != nil {
			t.Error("no window ends a context")
		}
		cancelOpen()
	})
}
