package replicate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

const (
	// maxBuffer is the most that is read and sent at once.
	maxBuffer = 1 << 20
	// copyPiece is how much the server is asked to copy between two looks at the context.
	copyPiece = 16 << 20
	// sampleBytes is how much of a copy is looked at in each place.
	sampleBytes = 4 << 10
	// minResume is from how much on it is worth a record that a file was left in the middle.
	minResume = 1 << 20
)

// SourceError says that a file of the share is not what its manifest says. Its package is not replicated.
type SourceError struct {
	Path string // relative to the share root
	Err  error
}

func (e *SourceError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap gives the reason.
func (e *SourceError) Unwrap() error { return e.Err }

// ErrDiffers is wrapped by a SourceError about content.
var ErrDiffers = errors.New("is not what the manifest says; build the package again with --rehash")

// errCopy says that what the target copied is wrong, or that it could not copy: the file has to be sent.
var errCopy = errors.New("the copy at the target is wrong")

// copyFailed is an errCopy of a target that did not copy, which need not mean that something there is wrong: its disk may be full.
type copyFailed struct{ err error }

func (e copyFailed) Error() string   { return "the target did not copy it: " + e.err.Error() }
func (e copyFailed) Unwrap() []error { return []error{errCopy, e.err} }

// maker makes one file at the target.
type maker struct {
	d    *delivery
	name string // in the target tree
	f    manifest.File
	r    recipe

	src    *sourceFile // nil where nothing is read: a copy of a file as it is
	w      tree.Writer
	at     int64 // in the new file
	from   entry // what an earlier run left of it
	told   int64 // recorded up to here
	copied bool  // some of what is there was copied by the target
	buf    []byte
}

// sourceFile reads a file of the share in its order and hashes all of it.
type sourceFile struct {
	f    fs.File
	path string
	sum  hash.Hash
	sign *signing
}

func (d *delivery) openSource(f manifest.File) (*sourceFile, error) {
	name := d.folder + "/" + f.Path
	src, err := d.run.src.Open(name)
	if err != nil {
		return nil, &SourceError{name, err}
	}
	i, err := src.Stat()
	if err == nil && i.Size() != f.Size {
		err = fmt.Errorf("it has %d bytes instead of %d: it %w", i.Size(), f.Size, ErrDiffers)
	}
	if err != nil {
		_ = src.Close()
		return nil, &SourceError{name, err}
	}
	return &sourceFile{f: src, path: name, sum: sha256.New()}, nil
}

func (s *sourceFile) read(b []byte) error {
	if _, err := io.ReadFull(s.f, b); err != nil {
		return &SourceError{s.path, err}
	}
	s.sum.Write(b)
	s.sign.write(b)
	return nil
}

func (s *sourceFile) close() {
	s.sign.drop()
	_ = s.f.Close()
}

// make makes a file as its recipe says and proves it. It goes on with what an earlier run left.
func (d *delivery) make(ctx context.Context, name string, f manifest.File, r recipe, from entry) (err error) {
	m := &maker{d: d, name: name, f: f, r: r, from: from, told: from.Bytes}
	if !r.same {
		if m.src, err = d.openSource(f); err != nil {
			return err
		}
		m.src.sign = d.run.keeper.begin(ctx, f)
		defer func() { m.src.close() }()
	}
	bp := d.run.buffers.Get().(*[]byte)
	defer d.run.buffers.Put(bp)
	m.buf = *bp
	if err := m.open(ctx); err != nil {
		return err
	}
	err = m.pieces(ctx)
	closed := m.w != nil
	if closed {
		cerr := m.w.Close()
		closed = cerr == nil
		if err == nil {
			err = cerr
		}
	}
	if err == nil {
		err = m.prove(ctx)
	}
	var se *SourceError
	if errors.As(err, &se) || errors.Is(err, errCopy) {
		// What is there is wrong. A file that stopped for another reason is what the next run goes on with.
		d.forget(f)
		_ = d.t.Remove(name)
	} else if err != nil && closed && m.at-m.told >= min(minResume, d.run.o.ProgressBytes) && !r.same {
		m.record(false)
	}
	return err
}

func (m *maker) record(atOnce bool) {
	m.d.rec.add(entry{Path: m.f.Path, SHA256: m.f.SHA256, Bytes: m.at, Copied: m.copied}, m.name, 0, atOnce)
}

// open makes the file, or goes on with what is there.
func (m *maker) open(ctx context.Context) (err error) {
	if m.from.Bytes > 0 {
		if err := m.skip(ctx); err != nil {
			return err
		}
	}
	if m.at > 0 {
		m.w, err = m.d.t.Append(m.name, m.at)
		if err == nil {
			m.copied = m.from.Copied
			m.d.resumed.Add(m.at)
			m.d.run.meter.BytesDone.Add(m.at)
			return nil
		}
		if !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, tree.ErrWrongLength) && !missing(err) {
			return err
		}
		m.at = 0
		if err := m.rewind(); err != nil {
			return err
		}
	}
	m.told = 0
	if err := m.d.t.Remove(m.name); err != nil && !missing(err) {
		return err
	}
	m.w, err = m.d.t.Create(m.name)
	return err
}

// rewind reads the source from its start again.
func (m *maker) rewind() error {
	if m.src == nil {
		return nil
	}
	src, err := m.d.openSource(m.f)
	if err != nil {
		return err
	}
	m.src.close()
	m.src = src // it is not signed: that is for whom has nothing to go on with
	return nil
}

// skip passes over what an earlier run left. Where reading the target costs nothing it is compared.
func (m *maker) skip(ctx context.Context) error {
	if m.src == nil {
		return nil // a copy costs nothing
	}
	var there fs.File
	if m.d.t.network == nil {
		f, err := m.d.t.Tree.Open(m.name)
		if err != nil {
			return err
		}
		defer f.Close()
		there = f
	}
	other := make([]byte, 256<<10)
	for m.at < m.from.Bytes {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := m.buf[:min(int64(len(m.buf)), int64(len(other)), m.from.Bytes-m.at)]
		if err := m.src.read(b); err != nil {
			return err
		}
		if there != nil {
			if _, err := io.ReadFull(there, other[:len(b)]); err != nil || !bytes.Equal(b, other[:len(b)]) {
				m.at = 0
				return m.rewind()
			}
		}
		m.at += int64(len(b))
	}
	return nil
}

// pieces carries out the recipe behind what is there.
func (m *maker) pieces(ctx context.Context) error {
	end := int64(0)
	for _, p := range m.r.pieces {
		end += p.bytes
		for m.at < end {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := end - m.at
			var err error
			if p.from == "" {
				n = min(n, int64(len(m.buf)))
				err = m.send(n)
			} else {
				n = min(n, copyPiece)
				err = m.copy(p.from, p.offset+p.bytes-(end-m.at), n)
			}
			if err != nil {
				return err
			}
			m.at += n
			m.d.run.meter.BytesDone.Add(n)
			if err := m.progress(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *maker) send(n int64) error {
	b := m.buf[:n]
	if err := m.src.read(b); err != nil {
		return err
	}
	k, err := m.w.Write(b)
	m.d.sent.Add(int64(k))
	if err == nil && int64(k) != n {
		err = io.ErrShortWrite
	}
	return err
}

func (m *maker) copy(from string, offset, n int64) error {
	rc, ok := m.w.(tree.RangeCopier)
	if !ok {
		return m.noCopies()
	}
	if err := rc.CopyRange(from, offset, n); err != nil {
		if errors.Is(err, errors.ErrUnsupported) {
			return m.noCopies()
		}
		return copyFailed{err}
	}
	m.copied = true
	m.d.copied.Add(n)
	if m.src == nil {
		return nil
	}
	for n > 0 { // the source has to be right too
		b := m.buf[:min(n, int64(len(m.buf)))]
		if err := m.src.read(b); err != nil {
			return err
		}
		n -= int64(len(b))
	}
	return nil
}

func (m *maker) noCopies() error {
	m.d.noCopies.Store(true)
	return fmt.Errorf("%w: %w", errCopy, errors.ErrUnsupported)
}

// progress records a large file now and then.
func (m *maker) progress() error {
	if !m.d.t.appends() || m.r.same || m.at-m.told < m.d.run.o.ProgressBytes || m.at >= m.f.Size {
		return nil
	}
	err := m.w.Close()
	m.w = nil
	if err != nil {
		return err
	}
	m.record(true)
	m.told = m.at
	m.w, err = m.d.t.Append(m.name, m.at)
	return err
}

// prove sees that the file is what it is meant to be.
func (m *maker) prove(ctx context.Context) error {
	if m.src != nil {
		if got := m.src.sum.Sum(nil); !bytes.Equal(got, m.f.SHA256[:]) {
			return &SourceError{m.src.path, fmt.Errorf("it %w", ErrDiffers)}
		}
		m.d.run.keeper.end(ctx, m.src.sign, m.f)
	}
	i, err := m.d.t.Lstat(m.name)
	if err != nil {
		return err
	}
	if i.Size() != m.f.Size {
		err := fmt.Errorf("%s: %w: %d bytes arrived instead of %d", m.name, tree.ErrWrongLength, i.Size(), m.f.Size)
		if m.copied {
			err = fmt.Errorf("%w: %w", errCopy, err)
		}
		return err
	}
	switch {
	case !m.copied || m.d.run.o.TrustCopies:
		return nil
	case m.r.same && !m.d.run.o.Rehash:
		return m.samples()
	}
	_, sum, err := tree.HashFile(ctx, m.d.t, m.name, nil)
	if err != nil {
		return err
	}
	if sum != m.f.SHA256 {
		return fmt.Errorf("%w: %w", errCopy, tree.ErrWrongHash)
	}
	return nil
}

// samples compares the first and the last bytes of a copy, and some whose place depends on the content, with the share's own.
func (m *maker) samples() error {
	src, err := m.d.openSource(m.f)
	if err != nil {
		return err
	}
	defer src.close()
	there, err := m.d.t.Open(m.name)
	if err != nil {
		return err
	}
	defer there.Close()
	a, aok := src.f.(io.ReaderAt)
	b, bok := there.(io.ReaderAt)
	if !aok || !bok {
		return fmt.Errorf("read %s: %w", m.name, errors.ErrUnsupported)
	}
	n := min(sampleBytes, m.f.Size)
	last := m.f.Size - n
	middle := int64(0)
	for _, x := range m.f.SHA256[:4] {
		middle = middle<<8 | int64(x)
	}
	want, got := make([]byte, n), make([]byte, n)
	for _, at := range []int64{0, middle % (last + 1), last} {
		if _, err := a.ReadAt(want, at); err != nil && err != io.EOF {
			return &SourceError{src.path, err}
		}
		if _, err := b.ReadAt(got, at); err != nil && err != io.EOF {
			return err
		}
		if !bytes.Equal(want, got) {
			return fmt.Errorf("%w: it differs at byte %d", errCopy, at)
		}
	}
	return nil
}
