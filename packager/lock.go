package packager

import (
	"context"
	"errors"
	"time"

	"github.com/drivercat/drivercat/packager/tree"
)

// lockWait is how long an adoption waits for another one of the same model. Copying a vendor's folder takes seconds to
// minutes; whoever waits longer than this is better told.
const lockWait = 30 * time.Second

// lockPoll is how often a lock that is taken is tried again: trees have no way to wait for one.
const lockPoll = 200 * time.Millisecond

// waitLock takes a lock and waits for whoever holds it, until ctx ends, lockWait at most. waiting is told once whom it waits
// for; it may be nil.
func waitLock(ctx context.Context, t tree.Tree, name, holder string, waiting func(error)) (unlock func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	poll := time.NewTicker(lockPoll)
	defer poll.Stop()
	for try := 0; ; try++ {
		unlock, err = t.Lock(name, holder)
		if !errors.Is(err, tree.ErrLocked) {
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
