package packager

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/archive"
	"github.com/drivercat/drivercat/packager/manifest"
	"github.com/drivercat/drivercat/packager/tree"
)

// packer makes the archive of a plan among the temporary files, and stages it. What an archive becomes is known when it is
// made, and the manifest must say it before anything is published.
type packer struct {
	*builder
	format archive.Format
	files  []manifest.File
	opts   archive.Options

	made *archive.TempFile
}

// pack is the Pack of a Publication.
func (p *packer) pack(ctx context.Context) (int64, catalog.Hash, error) {
	for _, f := range p.files {
		p.meter.BytesTotal.Add(f.Size)
	}
	var err error
	if p.made, err = archive.Temporary(p.opts.Temp); err != nil {
		return 0, catalog.Hash{}, err
	}
	sum := sha256.New()
	count := &counter{}
	if err := p.format.Write(ctx, io.MultiWriter(p.made, sum, count), p.files, p.open, p.opts); err != nil {
		return 0, catalog.Hash{}, p.explain(err)
	}
	return count.n, catalog.Hash(sum.Sum(nil)), nil
}

// explain tells what is wrong with a source from what is wrong with the archive.
func (p *packer) explain(err error) error {
	var fe *archive.FileError
	var se *SourceError
	switch {
	case errors.As(err, &se), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &fe):
		from := p.builder.files[fe.Path]
		err = fe.Err
		if errors.Is(err, tree.ErrWrongLength) || errors.Is(err, tree.ErrWrongHash) {
			err = fmt.Errorf("%w: %w (run drivercat import again)", ErrChanged, err)
		}
		return &SourceError{Source: from.source, Path: from.path, Err: err}
	}
	return fmt.Errorf("make %s: %w", p.format.FileName(), err)
}

// open is the archive.Opener of the plan's sources.
func (p *packer) open(ctx context.Context, f manifest.File) (io.ReadCloser, error) {
	from := p.builder.files[f.Path]
	return p.from.file(ctx, from.source, from.path)
}

// stage is the Stage of a Publication.
func (p *packer) stage(ctx context.Context, name string, f manifest.File) error {
	made, err := p.made.Rewind()
	if err != nil {
		return err
	}
	_, err = tree.Write(ctx, p.tree, name, made, tree.Options{
		Expect: tree.Expect{Check: true, Size: f.Size, SHA256: f.SHA256}, Bytes: &p.meter.BytesDone,
	})
	return err
}

func (p *packer) close() {
	if p.made != nil {
		p.made.Close()
	}
}

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}
