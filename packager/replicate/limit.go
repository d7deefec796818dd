package replicate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/time/rate"
)

// ErrRate is what ParseRate returns for text that is no bandwidth.
var ErrRate = errors.New("is no bandwidth; write it like 10MB/s or 80Mbit/s")

// The bandwidths that can be asked for, in bytes each second. With slower ones servers would give up.
const (
	minRate = 16 << 10
	maxRate = 1 << 40
)

var ratePattern = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([kKmMgG]?)(i?)(?:(B|[Bb]ytes?)(?:/s|ps)?|([Bb]its?)(?:/s|ps)?|(bps))$`)

// ParseRate reads a bandwidth as bytes each second: "10MB/s", "512KiB/s", "80Mbit/s", "80Mbps". "Mb/s" is refused: half of the
// world means bits by it, the other half bytes.
func ParseRate(s string) (int64, error) {
	m := ratePattern.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, fmt.Errorf("%q %w", s, ErrRate)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, fmt.Errorf("%q %w", s, ErrRate)
	}
	base := 1000.0
	if m[3] != "" {
		base = 1024
	}
	for range map[string]int{"": 0, "k": 1, "m": 2, "g": 3}[strings.ToLower(m[2])] {
		n *= base
	}
	if m[4] == "" {
		n /= 8
	}
	switch {
	case n < minRate:
		return 0, fmt.Errorf("%q is too slow: with less than %d bytes each second servers give up", s, minRate)
	case n > maxRate:
		return 0, fmt.Errorf("%q is over 1 TiB each second: leave it away", s)
	}
	return int64(n), nil
}

// Limit is a bandwidth that all who use it share, in each direction by itself. A nil Limit limits nothing.
type Limit struct {
	up, down *rate.Limiter
	slice    int // what passes at once
	perSec   int64
}

// NewLimit limits to so many bytes each second.
func NewLimit(bytesPerSecond int64) *Limit {
	slice := int(min(max(bytesPerSecond/20, 1<<10), 1<<20))
	return &Limit{perSec: bytesPerSecond, up: rate.NewLimiter(rate.Limit(bytesPerSecond), slice), down: rate.NewLimiter(rate.Limit(bytesPerSecond), slice), slice: slice}
}

const (
	// fileUnderWay is about how much of a file a tree sends before it waits for answers.
	fileUnderWay = 5 << 20
	// queueSeconds is how long what is under way may take: a server, or drivercat, gives up on requests that take much longer.
	queueSeconds = 120
	// networkFiles is how many files are under way to one target over a network, without a limit: their round trips overlap, and a
	// line of 1 Mbit/s still passes on what is under way before anybody gives up.
	networkFiles = 8
)

// spread tells how many targets are served and how many files are under way to each, so that no request has to wait for
// long behind others.
func (l *Limit) spread(targets int) (parallel, files int) {
	if l == nil {
		return targets, networkFiles
	}
	slots := int(max(1, min(l.perSec*queueSeconds/fileUnderWay, 1<<10)))
	parallel = min(targets, slots)
	return parallel, min(max(slots/parallel, 1), networkFiles)
}

// wait lets n bytes pass.
func (l *Limit) wait(ctx context.Context, r *rate.Limiter, n int) error {
	for n > 0 {
		m := min(n, l.slice)
		if err := r.WaitN(ctx, m); err != nil {
			return err
		}
		n -= m
	}
	return nil
}

// buffer is how much is sent between two looks at the context: less than a second of the bandwidth.
func (l *Limit) buffer() int {
	if l == nil {
		return maxBuffer
	}
	return min(max(l.slice*4, 16<<10), maxBuffer)
}

// Conn limits a connection.
func (l *Limit) Conn(c net.Conn) net.Conn {
	if l == nil {
		return c
	}
	return &limitedConn{c, l}
}

type limitedConn struct {
	net.Conn
	l *Limit
}

func (c *limitedConn) Write(p []byte) (n int, err error) {
	for n < len(p) {
		m := min(len(p)-n, c.l.slice)
		if err := c.l.wait(context.Background(), c.l.up, m); err != nil {
			return n, err
		}
		k, err := c.Conn.Write(p[n : n+m])
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Read takes no more from the system than may pass, so that the other side is slowed down too.
func (c *limitedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p[:min(len(p), c.l.slice)])
	if n > 0 {
		if werr := c.l.wait(context.Background(), c.l.down, n); werr != nil && err == nil {
			err = werr
		}
	}
	return n, err
}
