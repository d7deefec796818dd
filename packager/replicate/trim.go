package replicate

import (
	"context"
	"io"
	"io/fs"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/packager/manifest"
)

const (
	// trimBytes is how far into what is to be sent the old file is read first, from both ends: chunks are of 2 KiB on average.
	trimBytes = 2 << 10
	// maxTrim is the most that is read at once.
	maxTrim = 64 << 10
	// minTrim is the shortest run that is trimmed: to read costs about 120 bytes.
	minTrim = 512
	// wholeGap is up to what size the old bytes between two copies are read at once: a request saved is worth 120 bytes sent.
	wholeGap = 32 << 10
	// trimsAtOnce is how many places of a file are read at once.
	trimsAtOnce = 8
)

// trim shortens what is sent. Chunks that changed are mostly the same up to where the change begins and behind where it ends:
// the old file is read there, and what is the same is copied with the range beside it, which costs no request more.
// What cannot be read is left as it is.
func (d *delivery) trim(ctx context.Context, f manifest.File, r recipe) recipe {
	if d.t.network == nil || d.run.o.TrustCopies || !r.copies() || r.same {
		return r
	}
	t := &trimmer{d: d, old: map[string]io.ReaderAt{}}
	defer t.close()
	if t.src = t.open(d.run.src.Open(d.folder + "/" + f.Path)); t.src == nil {
		return r
	}
	for _, p := range r.pieces {
		if p.from != "" && t.old[p.from] == nil {
			if t.old[p.from] = t.open(d.t.Open(p.from)); t.old[p.from] == nil {
				return r
			}
		}
	}
	heads, tails := make([]int64, len(r.pieces)), make([]int64, len(r.pieces))
	var g errgroup.Group
	g.SetLimit(trimsAtOnce)
	for i, p := range r.pieces {
		if p.from != "" || p.bytes < minTrim || ctx.Err() != nil {
			continue
		}
		g.Go(func() error {
			if i > 0 && i+1 < len(r.pieces) && t.gap(r.pieces[i-1], p, r.pieces[i+1], &heads[i], &tails[i]) {
				return nil
			}
			if i > 0 {
				heads[i] = t.head(r.pieces[i-1], p)
			}
			if p.bytes -= heads[i]; p.bytes > 0 && i+1 < len(r.pieces) {
				p.offset += heads[i]
				tails[i] = t.tail(p, r.pieces[i+1])
			}
			return nil
		})
	}
	_ = g.Wait() // nothing fails: what cannot be read is not trimmed
	return recipe{pieces: trimmed(r.pieces, heads, tails)}
}

// trimmed moves the first and the last bytes of what is sent to the copies beside it.
func trimmed(pieces []piece, heads, tails []int64) []piece {
	var out []piece
	for i, p := range pieces {
		if p.from == "" {
			p.offset += heads[i]
			p.bytes -= heads[i] + tails[i]
		}
		if i > 0 {
			p.offset -= tails[i-1]
			p.bytes += tails[i-1]
		}
		if i+1 < len(pieces) {
			p.bytes += heads[i+1]
		}
		if n := len(out); n > 0 && p.from != "" && out[n-1].from == p.from && out[n-1].offset+out[n-1].bytes == p.offset {
			out[n-1].bytes += p.bytes
		} else if p.bytes > 0 {
			out = append(out, p)
		}
	}
	return out
}

// trimmer reads a new file of the share and old ones of the target.
type trimmer struct {
	d     *delivery
	src   io.ReaderAt
	old   map[string]io.ReaderAt
	files []fs.File
}

func (t *trimmer) open(f fs.File, err error) io.ReaderAt {
	if err != nil {
		return nil
	}
	t.files = append(t.files, f)
	r, _ := f.(io.ReaderAt)
	return r
}

func (t *trimmer) close() {
	for _, f := range t.files {
		_ = f.Close()
	}
}

// gap reads what lies in the old file between the copies on both sides with one request, if that is little.
func (t *trimmer) gap(before, p, behind piece, head, tail *int64) bool {
	from := before.offset + before.bytes
	n := behind.offset - from
	if before.from != behind.from || n <= 0 || n > wholeGap || p.bytes > 8*wholeGap {
		return false
	}
	got := readUpTo(t.old[before.from], from, n)
	want := readUpTo(t.src, p.offset, p.bytes)
	if int64(len(got)) < n || int64(len(want)) < p.bytes {
		return false
	}
	same := min(n, p.bytes)
	k := int64(0)
	for k < same && got[k] == want[k] {
		k++
	}
	*head = k
	for k = 0; k < same-*head && got[n-1-k] == want[p.bytes-1-k]; {
		k++
	}
	*tail = k
	return true
}

// head is how many bytes at the beginning of what is sent follow the copy before it in the old file too. It looks twice as
// far each time, since most changes begin near.
func (t *trimmer) head(before, p piece) (same int64) {
	for look := int64(trimBytes); ; look *= 2 {
		n := min(look, maxTrim, p.bytes-same)
		want := readUpTo(t.src, p.offset+same, n)
		got := readUpTo(t.old[before.from], before.offset+before.bytes+same, n)
		k := 0
		for k < min(len(want), len(got)) && want[k] == got[k] {
			k++
		}
		if same += int64(k); int64(k) < n || same == p.bytes {
			return same
		}
	}
}

// tail is how many bytes at the end of what is sent stand before the copy behind it in the old file too.
func (t *trimmer) tail(p, behind piece) (same int64) {
	for look := int64(trimBytes); ; look *= 2 {
		n := min(look, maxTrim, p.bytes-same, behind.offset-same)
		want := readUpTo(t.src, p.offset+p.bytes-same-n, n)
		got := readUpTo(t.old[behind.from], behind.offset-same-n, n)
		if n == 0 || int64(len(want)) < n || int64(len(got)) < n {
			return same
		}
		k := int64(0)
		for k < n && want[n-1-k] == got[n-1-k] {
			k++
		}
		if same += k; k < n {
			return same
		}
	}
}

// readUpTo reads as much of a range as there is and can be read.
func readUpTo(r io.ReaderAt, at, n int64) []byte {
	b := make([]byte, n)
	m, err := r.ReadAt(b, at)
	if err != nil && err != io.EOF {
		return nil
	}
	return b[:m]
}
