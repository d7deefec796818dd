package replicate

import (
	"context"
	"io"
	"sync"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
)

// SignatureStore keeps chunk signatures, see catalog.VersionStore.
type SignatureStore interface {
	PutSignatures(ctx context.Context, s []catalog.FileSignature) error
}

// keptAtOnce is how many signatures wait in memory before they are stored.
const keptAtOnce = 500

// keeper keeps signatures of contents that are read from a share over a network. A build on such a share keeps none, since it
// would have to read what it replaces; here the bytes come by anyway, and the next version needs them.
type keeper struct {
	store SignatureStore // nil keeps nothing

	mu   sync.Mutex
	have []catalog.FileSignature
	err  error
}

// signing makes a signature of what is written to it.
type signing struct {
	w    *io.PipeWriter
	done chan chunk.Signature // gets one, nil if there is none
}

// begin starts to sign a file; nil if nobody wants it.
func (k *keeper) begin(ctx context.Context, f manifest.File) *signing {
	if k.store == nil || f.Size < smallFile {
		return nil
	}
	r, w := io.Pipe()
	s := &signing{w: w, done: make(chan chunk.Signature, 1)}
	go func() {
		sig, err := chunk.Sign(ctx, r)
		if err != nil {
			sig = nil
		}
		_ = r.CloseWithError(io.ErrClosedPipe) // nobody waits for a reader that is gone
		s.done <- sig
	}()
	return s
}

// write signs more of the file.
func (s *signing) write(b []byte) {
	if s != nil {
		_, _ = s.w.Write(b) // fails once signing has: then there is no signature
	}
}

// drop ends signing without a result. It may be called after end.
func (s *signing) drop() {
	if s != nil {
		_ = s.w.CloseWithError(context.Canceled)
	}
}

// end stores the signature of a file that turned out to be right.
func (k *keeper) end(ctx context.Context, s *signing, f manifest.File) {
	if s == nil {
		return
	}
	_ = s.w.Close()
	sig := <-s.done
	if sig == nil || sig.Size() != f.Size {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.have = append(k.have, catalog.FileSignature{SHA256: f.SHA256, Body: sig.Encode()})
	if len(k.have) >= keptAtOnce {
		k.flush(ctx)
	}
}

// flush stores what waits. Its lock is held.
func (k *keeper) flush(ctx context.Context) {
	if len(k.have) == 0 {
		return
	}
	// What was read is kept even if the run ends here.
	if err := k.store.PutSignatures(context.WithoutCancel(ctx), k.have); err != nil && k.err == nil {
		k.err = err
	}
	k.have = nil
}

// close stores the rest. The first error that storing had is returned: the packages are right without.
func (k *keeper) close(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.flush(ctx)
	return k.err
}
