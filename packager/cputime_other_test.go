//go:build !unix

package packager_test

import "time"

func cpuTime() time.Duration { return 0 }
