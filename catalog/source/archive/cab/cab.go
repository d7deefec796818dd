package cab

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

// file is an entry with its place.
type file struct {
	archive.Entry
	in     *folder
	offset int64 // in its folder, decoded
	lost   error // it cannot be decoded at all
}

type reader struct {
	folders []*folder
	files   []file
	entries []archive.Entry
	memory  int64
	lacking error // parts of the set that no entry speaks of
}

// Open reads the tables of a cabinet, and of the other parts of its set. It reads no data.
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	l = l.OrDefault()
	b := &budget{entries: l.Entries, memory: l.Memory}
	c, err := parse(in, b)
	if err != nil {
		return nil, err
	}
	set, missing, err := findSet(c, b)
	if err != nil {
		return nil, err
	}
	r := &reader{memory: l.Memory}
	r.join(set)
	for i := range r.files {
		if r.files[i].in == nil {
			r.files[i].Block = len(r.folders)
		}
	}
	slices.SortStableFunc(r.files, func(a, b file) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.offset, b.offset))
	})
	for i, f := range r.files {
		r.entries = append(r.entries, f.Entry)
		if f.in != nil {
			f.in.files = append(f.in.files, i)
		}
	}
	told := slices.ContainsFunc(r.folders, func(f *folder) bool { return f.lost != nil || f.noEnd != "" })
	if len(missing) > 0 && !told {
		r.lacking = fmt.Errorf("cab: %s: the set goes on in %s, which is not here: %w", in.Name, strings.Join(missing, ", "), archive.ErrMissingPart)
	}
	return r, nil
}

func (r *reader) Kind() string { return "cab" }

func (r *reader) Entries() []archive.Entry { return r.entries }

func (r *reader) Close() error { return nil }

// Extract is archive.Reader's. If a part of the set is missing and no file continues in it, so that nobody knows what it
// holds, the error comes when all that is there was handed out.
func (r *reader) Extract(ctx context.Context, want func(i int) bool, fn func(i int, r io.Reader) error) error {
	x := &extraction{ctx: ctx, memory: r.memory}
	for i := 0; i < len(r.files); {
		// The files of a block stand together.
		end := i + 1
		for end < len(r.files) && r.files[end].Block == r.files[i].Block {
			end++
		}
		var wanted []int
		for ; i < end; i++ {
			if r.files[i].Mode == 0 && want(i) {
				wanted = append(wanted, i)
			}
		}
		if err := r.extract(x, wanted, fn); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.lacking
}

// extract hands out files of one folder.
func (r *reader) extract(x *extraction, wanted []int, fn func(i int, r io.Reader) error) error {
	if len(wanted) == 0 {
		return nil
	}
	var s *stream
	if f := r.files[wanted[0]].in; f != nil {
		s = newStream(x, f)
	}
	for k, i := range wanted {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		f := &r.files[i]
		src := &fileReader{f: f, s: s, left: f.Size}
		if k+1 < len(wanted) {
			src.keep = r.files[wanted[k+1]].offset < f.offset+f.Size
		}
		err := fn(i, src)
		src.s, src.err = nil, errGone
		if err != nil {
			return err
		}
		if err := x.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Section returns the bytes of a file that is stored in one piece: its folder is not compressed, and it does not run over
// the end of a data block.
func (r *reader) Section(i int) *io.SectionReader {
	f := &r.files[i]
	if f.in == nil || f.in.method&methodMask != methodStored || f.in.lost != nil || f.Mode != 0 {
		return nil
	}
	if f.Size == 0 {
		return io.NewSectionReader(strings.NewReader(""), 0, 0)
	}
	b := newBlocks(f.in, nil)
	for at := int64(0); b.head(true) == nil && b.n > 0; at += int64(b.n) {
		if at+int64(b.n) <= f.offset {
			continue
		}
		if f.offset+f.Size > at+int64(b.n) || b.size != b.n {
			return nil
		}
		b.space = make([]byte, b.size)
		if _, err := b.data(); err != nil {
			return nil
		}
		return io.NewSectionReader(b.in, b.dataAt+f.offset-at, f.Size)
	}
	return nil
}
