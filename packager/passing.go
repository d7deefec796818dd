package packager

import (
	"context"
	"io"
	"sync"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/chunk"
	"github.com/drivercat/drivercat/packager/manifest"
)

// passing signs contents while they are sent: on a tree across a network, reading them back would cost their bytes once more.
// It is safe for concurrent use. What it holds takes 8 MB for each gigabyte that is sent.
type passing struct {
	mu     sync.Mutex
	signed []catalog.FileSignature
}

// reader gives src and signs what is read from it.
func (p *passing) reader(ctx context.Context, src io.ReadCloser) *signingReader {
	pr, pw := io.Pipe()
	r := &signingReader{src: src, w: pw, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.signature, r.err = chunk.Sign(ctx, pr)
		_ = pr.CloseWithError(r.err) // nobody waits for what is not signed
	}()
	return r
}

// keep takes over the signature of a file that was sent, of which the hash is known to be right.
func (p *passing) keep(r *signingReader, f manifest.File) {
	if r.err != nil || r.signature.Size() != f.Size {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signed = append(p.signed, catalog.FileSignature{SHA256: f.SHA256, Body: r.signature.Encode()})
}

// signingReader passes bytes on and signs them. The signature is there after Close.
type signingReader struct {
	src       io.ReadCloser
	w         *io.PipeWriter
	done      chan struct{}
	signature chunk.Signature
	err       error
}

func (r *signingReader) Read(b []byte) (int, error) {
	n, err := r.src.Read(b)
	_, _ = r.w.Write(b[:n]) // what cannot be signed is sent all the same
	return n, err
}

func (r *signingReader) Close() error {
	_ = r.w.Close() // tells only that it is closed
	<-r.done
	return r.src.Close()
}
