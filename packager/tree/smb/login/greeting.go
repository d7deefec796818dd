package login

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"
)

// Greeting is what a server says before anybody has signed in. Nobody has proven it, so it is good for messages only.
type Greeting struct {
	OldOnly  bool          // it answers in SMB 1
	Dialect  uint16        // 0x0202 to 0x0311
	MustSign bool          // it demands signed messages
	Ahead    time.Duration // the server's clock, less ours; 0 if it tells none
}

// Version is the dialect as people write it: 3.1.1.
func (g *Greeting) Version() string {
	v := fmt.Sprintf("%d.%d", g.Dialect>>8, g.Dialect>>4&15)
	if last := g.Dialect & 15; last != 0 {
		v += fmt.Sprintf(".%d", last)
	}
	return v
}

// Watch reads the greeting of a server from the connections that it is given. The zero value is ready, but for Now. It is safe
// for concurrent use.
type Watch struct {
	Now func() time.Time

	mu       sync.Mutex
	greeting *Greeting
	watched  bool // there was a connection
	heard    bool // a byte came from one
}

// Greeting is the first greeting that came, nil if none did.
func (w *Watch) Greeting() *Greeting {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.greeting
}

// Silent reports whether nothing at all came from a server that was connected to. Once the connection is known to have ended
// it has ended without a word; writing may tell that before reading does.
func (w *Watch) Silent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.watched && !w.heard
}

// Conn is c, watched until its greeting has come.
func (w *Watch) Conn(c net.Conn) net.Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched = true
	return &watched{Conn: c, watch: w}
}

type watched struct {
	net.Conn
	watch *Watch
	head  []byte // by the one goroutine that reads
	done  bool
}

func (c *watched) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.done {
		return n, err
	}
	c.head = append(c.head, p[:n]...)
	g, whole := parseGreeting(c.head, c.watch.Now())
	c.done = whole || err != nil
	c.watch.mu.Lock()
	defer c.watch.mu.Unlock()
	c.watch.heard = c.watch.heard || n > 0
	if c.done {
		if c.watch.greeting == nil {
			c.watch.greeting = g
		}
		c.head = nil
	}
	return n, err
}

// greetingBytes is what is needed of the answer: the length before each message, the header of 64 bytes, and the answer up to
// the server's time. [MS-SMB2] 2.2.1.2 and 2.2.4.
const greetingBytes = 4 + 64 + 48

// parseGreeting reads the beginning of what a server sends; whole says that more bytes would not tell more.
func parseGreeting(b []byte, now time.Time) (g *Greeting, whole bool) {
	if len(b) < 8 {
		return nil, false
	}
	switch string(b[4:8]) {
	case "\xffSMB":
		return &Greeting{OldOnly: true}, true
	case "\xfeSMB":
	default:
		return nil, true
	}
	if len(b) < greetingBytes {
		return nil, false
	}
	status, command, body := binary.LittleEndian.Uint32(b[12:]), binary.LittleEndian.Uint16(b[16:]), b[68:]
	if status != 0 || command != 0 {
		return nil, true
	}
	g = &Greeting{Dialect: binary.LittleEndian.Uint16(body[4:]), MustSign: body[2]&2 != 0}
	// Hundreds of nanoseconds since 1601.
	const epoch = 116444736000000000
	if t := binary.LittleEndian.Uint64(body[40:]); t > epoch && t < 1<<62 {
		g.Ahead = time.Unix(0, 0).Add(time.Duration(min(t-epoch, 1<<62/100)) * 100).Sub(now)
	}
	return g, true
}
