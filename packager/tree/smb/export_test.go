package smb

import (
	"context"
	"time"

	smb2 "github.com/cloudsoda/go-smb2"

	"github.com/drivercat/drivercat/packager/tree"
)

// OpenWith is Open with another number of connections and, where they are not 0, other limits of time.
func OpenWith(ctx context.Context, c Config, connections int, silence, patience, retry time.Duration) (*Tree, error) {
	l := usualLimits()
	if silence > 0 {
		l.silence = silence
	}
	if patience > 0 {
		l.patience = patience
	}
	if retry > 0 {
		for i := range l.retries {
			l.retries[i] = retry
		}
	}
	return openWith(ctx, c, l, connections)
}

// CopyRangeWith is CopyRange that begins with other limits: number of chunks, bytes of each, bytes in all.
func CopyRangeWith(w tree.Writer, from string, offset, length int64, limits [3]int64) error {
	own := w.(*writer)
	own.limits = append([]copyLimits{{limits[0], limits[1], limits[2]}}, own.limits...)
	return own.CopyRange(from, offset, length)
}

// CopyCode is the control code of requests to copy.
const CopyCode = ctlCopyChunk

// Control lets a test answer control codes itself; next asks the server.
func Control(t *Tree, answer func(code uint32, input []byte, next func() ([]byte, error)) ([]byte, error)) {
	t.control = func(f *smb2.File, code, maxOutput uint32, input []byte) ([]byte, error) {
		return answer(code, input, func() ([]byte, error) { return control(f, code, maxOutput, input) })
	}
}

// LockLost is what every writing call asks first.
func LockLost(t *Tree) error { return t.lockLost() }
