package replicate

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// ErrWindow is what ParseWindow returns for text that is no time window.
var ErrWindow = errors.New("is no time window; write it like 22:00-06:00")

// ErrWindowClosed is the cause of a context that ended with its window.
var ErrWindowClosed = errors.New("the time window is over")

// Window is a part of each day, local time. It may go over midnight. The zero value is always open.
type Window struct {
	from, to int // minutes since midnight
	set      bool
}

var windowPattern = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{2}) ?[-–] ?([0-9]{1,2}):([0-9]{2})$`)

// ParseWindow reads "22:00-06:00".
func ParseWindow(s string) (Window, error) {
	m := windowPattern.FindStringSubmatch(s)
	if m == nil {
		return Window{}, fmt.Errorf("%q %w", s, ErrWindow)
	}
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits, as the pattern has it
	}
	w := Window{from: n[0]*60 + n[1], to: n[2]*60 + n[3], set: true}
	if n[0] > 23 || n[1] > 59 || n[3] > 59 || n[2] > 24 || w.to > 24*60 || w.from == w.to {
		return Window{}, fmt.Errorf("%q %w", s, ErrWindow)
	}
	return w, nil
}

// String gives the window as ParseWindow reads it.
func (w Window) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", w.from/60, w.from%60, w.to/60, w.to%60)
}

// At reports whether the window is open, and when that changes next.
func (w Window) At(now time.Time) (open bool, next time.Time) {
	y, m, d := now.Date()
	clock := func(day, minutes int) time.Time {
		return time.Date(y, m, d+day, 0, minutes, 0, 0, now.Location())
	}
	for day := -1; day <= 1; day++ {
		from, to := clock(day, w.from), clock(day, w.to)
		if w.to < w.from {
			to = clock(day+1, w.to)
		}
		switch {
		case now.Before(from):
			return false, from
		case now.Before(to):
			return true, to
		}
	}
	return false, clock(2, w.from)
}

// glance is how often the clock on the wall is looked at: a computer that slept wakes with timers that lag behind.
const glance = time.Minute

// Wait waits until the window is open. waiting is called once with the time when it opens, if it is not; it may be nil.
func (w Window) Wait(ctx context.Context, waiting func(opens time.Time)) error {
	for told := false; w.set; {
		open, next := w.At(time.Now())
		if open {
			return nil
		}
		if !told && waiting != nil {
			waiting(next)
		}
		told = true
		if err := sleep(ctx, next); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Context gives a context that ends when the window, which is open, closes; its cause is ErrWindowClosed then.
func (w Window) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	if !w.set {
		return context.WithCancel(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	_, closes := w.At(time.Now())
	go func() {
		for time.Now().Before(closes) {
			if sleep(ctx, closes) != nil {
				return
			}
		}
		cancel(fmt.Errorf("%w: it was open until %s", ErrWindowClosed, closes.Format("15:04")))
	}()
	return ctx, func() { cancel(nil) }
}

// sleep waits until a time, or until it is good to look at the clock again.
func sleep(ctx context.Context, until time.Time) error {
	t := time.NewTimer(min(time.Until(until.Round(0)), glance))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
