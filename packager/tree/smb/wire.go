package smb

import (
	"net"
	"sync/atomic"
	"time"
)

// writePiece is the most that goes to the system in one call, so that a slow line is seen to move.
const writePiece = 256 << 10

// wire is a network connection that counts, remembers when a byte last moved, and tells when it broke.
type wire struct {
	net.Conn
	sent, received *atomic.Int64
	moved          atomic.Int64 // when, in nanoseconds
	broken         func(error)
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.received.Add(int64(n))
		w.moved.Store(time.Now().UnixNano())
	}
	if err != nil {
		w.broken(err)
	}
	return n, err
}

func (w *wire) Write(p []byte) (n int, err error) {
	for n < len(p) {
		m, err := w.Conn.Write(p[n:min(n+writePiece, len(p))])
		n += m
		w.sent.Add(int64(m))
		w.moved.Store(time.Now().UnixNano())
		if err != nil {
			w.broken(err)
			return n, err
		}
	}
	return n, nil
}
