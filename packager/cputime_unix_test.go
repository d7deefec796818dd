//go:build unix

package packager_test

import (
	"syscall"
	"time"
)

// cpuTime is the processor time that this process and the programs that it ran have used: a shared machine changes it less than
// the clock.
func cpuTime() time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return sum
}
