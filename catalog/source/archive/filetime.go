package archive

import "time"

// FileTime turns the 100 nanoseconds since 1601 that Windows counts into a time; false for what no file can have.
func FileTime(ticks uint64) (time.Time, bool) {
	const epoch = 116444736000000000 // 1970
	const last = 2650467744000000000 // 9999
	if ticks == 0 || ticks > last {
		return time.Time{}, false
	}
	t := int64(ticks) - epoch
	return time.Unix(t/1e7, t%1e7*100).UTC(), true
}
