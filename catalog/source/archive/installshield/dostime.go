package installshield

import "time"

// dosTime is the time that MS-DOS keeps in two words, in the vendor's zone; zero if it is none.
func dosTime(date, clock uint16) time.Time {
	day, month, year := int(date&31), time.Month(date>>5&15), 1980+int(date>>9)
	if day == 0 || month < 1 || month > 12 {
		return time.Time{}
	}
	return time.Date(year, month, day, int(clock>>11), int(clock>>5&63), int(clock&31)*2, 0, time.UTC)
}
