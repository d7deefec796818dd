package packager

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"runtime"
	"time"

	"github.com/drivercat/drivercat/packager/tree"
)

// LockWait is how long to wait for another one who adopts or builds for the same model, unless somebody says otherwise.
// Copying takes seconds to minutes; whoever waits longer than this is better told.
const LockWait = 30 * time.Second

// lockPoll is how often a lock that is taken is tried again: trees have no way to wait for one.
const lockPoll = 200 * time.Millisecond

// waitLock takes a lock and waits for whoever holds it, until ctx ends, for wait at most. waiting is told once whom it waits
// for; it may be nil. who is the holder to show to others, "" this process. Without a wait nobody is told but by the error.
func waitLock(ctx context.Context, t tree.Tree, name, who string, wait time.Duration, waiting func(error)) (unlock func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, max(wait, 0))
	defer cancel()
	poll := time.NewTicker(lockPoll)
	defer poll.Stop()
	for try := 0; ; try++ {
		unlock, err = t.Lock(name, holder(who))
		if !errors.Is(err, tree.ErrLocked) || wait <= 0 {
			return unlock, err
		}
		// Whoever took the lock a moment ago may not have written its name yet.
		if try == 1 && waiting != nil {
			waiting(err)
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, err
			}
			return nil, ctx.Err()
		}
	}
}

// dropLock removes what a process left of a lock that it held when it was killed. A lock that somebody holds stays, and so
// does one that cannot be removed: it is in nobody's way.
func dropLock(t tree.Tree, name string) {
	if there, err := tree.Exists(t, name); err != nil || !there {
		return
	}
	if unlock, err := t.Lock(name, holder("")); err == nil {
		_ = unlock()
	}
}

// holder is what others are shown who find a lock taken: who holds it, where, and since when.
func holder(s string) string {
	if s != "" {
		return s
	}
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown machine"
	}
	who := fmt.Sprintf("process %d on %s", os.Getpid(), host)
	if u, err := user.Current(); err == nil {
		who = u.Username + ", " + who
	}
	return who + ", since " + time.Now().Format("2006-01-02 15:04:05 -0700")
}

// networkWorkers is how many files are worked on at once on a tree that is reached over a network: most of their time is
// waiting for answers. See docs/performance.md.
const networkWorkers = 16

// workers is how many files of a tree are worked on at once if nobody says otherwise.
func workers(t tree.Tree, want int) int {
	switch {
	case want > 0:
		return want
	case tree.Network(t):
		return networkWorkers
	}
	return runtime.GOMAXPROCS(0)
}
