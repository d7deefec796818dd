package chunk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// noise is content without repetitions, the same on every machine.
func noise(seed byte, n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func sign(t testing.TB, b []byte) Signature {
	t.Helper()
	s, err := Sign(t.Context(), bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestGolden: signatures are stored, so that other boundaries, sums or bytes would make all of them worthless at once.
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content []byte
		chunks  int
		first   []int
		want    string // SHA-256 of the encoded signature
	}{
		"noise": {noise(1, 1<<20), 444, []int{2057, 2909, 2423, 2122}, "1ce93130f406f822d4ef39bee4c528b7d19cce47575eee8e3d09007635880316"},
		"zeros": {make([]byte, 100_000), 13, []int{8192, 8192}, "0ec38c0942d9436b4d132d72a21fd833e4135c85a8da7ec388cf541beffce570"},
		"text":  {bytes.Repeat([]byte("%DeviceDesc% = Install, PCI\\VEN_8086&DEV_1049\r\n"), 1000), 6, []int{8192}, "641fe5b134ce6623d755188f5ecf3d74f0b118b1403b1e6d177859cea10fc28e"},
		"small": {[]byte("[Version]\r\n"), 1, []int{11}, "c586547a0fbd4df7f94457cd1e64e29f8d9bf647f66ca3c1589f5a0822cd6079"},
		"empty": {nil, 0, nil, "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"},
	} {
		s := sign(t, c.content)
		var first []int
		for i := range c.first {
			first = append(first, s[i].Bytes)
		}
		sum := sha256.Sum256(s.Encode())
		if got := hex.EncodeToString(sum[:]); got != c.want || len(s) != c.chunks || !cmp.Equal(first, c.first) {
			t.Errorf("%s: %d chunks, the first %d, encoded as %s", name, len(s), first, got)
		}
		if s.Size() != int64(len(c.content)) {
			t.Errorf("%s: %d bytes, want %d", name, s.Size(), len(c.content))
		}
		slow, err := Sign(t.Context(), iotest.OneByteReader(bytes.NewReader(c.content)))
		if err != nil || !cmp.Equal(s, slow) {
			t.Errorf("%s: another signature, read byte by byte (error %v)", name, err)
		}
	}
}

func TestSignStops(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if _, err := Sign(t.Context(), io.MultiReader(bytes.NewReader(noise(1, 50_000)), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("a broken reader: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Sign(ctx, bytes.NewReader(noise(1, 50_000))); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	s := sign(t, noise(1, 20_000))
	good := s.Encode()
	change := func(at int, to ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], to)
		return b
	}
	if got, err := Decode(good); err != nil || !cmp.Equal(got, s) {
		t.Fatalf("a good one: %v", err)
	}
	if got, err := Decode(Signature{}.Encode()); err != nil || len(got) != 0 {
		t.Errorf("of an empty content: %v, %v", got, err)
	}
	for name, b := range map[string][]byte{
		"nothing":           nil,
		"another format":    change(0, 2),
		"cut short":         good[:len(good)-1],
		"more behind":       append(bytes.Clone(good), 0),
		"a small chunk":     change(1, 0xff, 1),
		"a large chunk":     change(1, 1, 0x20),
		"an empty chunk":    change(1, 0, 0),
		"an empty last one": change(len(good)-entryBytes, 0, 0),
	} {
		if _, err := Decode(b); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(sign(f, noise(1, 5000)).Encode())
	f.Add([]byte{version})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err == nil && !bytes.Equal(s.Encode(), b) {
			t.Errorf("%x is read and written as %x", b, s.Encode())
		}
	})
}

// apply makes the new file of pieces.
func apply(t testing.TB, pieces []Piece, old [][]byte, next []byte) []byte {
	t.Helper()
	var out []byte
	for i, p := range pieces {
		if p.Bytes <= 0 {
			t.Fatalf("piece %d is %+v", i, p)
		}
		from := next
		if p.Old != New {
			from = old[p.Old]
		} else if p.Offset != int64(len(out)) {
			t.Fatalf("piece %d is %+v, at %d", i, p, len(out))
		}
		out = append(out, from[p.Offset:p.Offset+p.Bytes]...)
	}
	return out
}

func TestDelta(t *testing.T) {
	t.Parallel()
	a, b := noise(1, 300_000), noise(2, 300_000)
	zeros := make([]byte, 2<<20)
	edit := func(at int, with []byte) []byte { n := bytes.Clone(a); copy(n[at:], with); return n }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, c := range []struct {
		name     string
		old      [][]byte
		next     []byte
		most     int64 // new bytes
		pieces   int
		wantOlds []int // old files that are used, in order
	}{
		{"the same", [][]byte{a}, a, 0, 1, []int{0}},
		{"nothing old", nil, a, 300_000, 1, []int{New}},
		{"nothing in common", [][]byte{a}, b, 300_000, 1, []int{New}},
		{"an empty file", [][]byte{a}, nil, 0, 0, nil},
		{"an edit in the middle", [][]byte{a}, edit(150_000, b[:65536]), 65536 + 16384, 3, []int{0, New, 0}},
		{"an edit at the start", [][]byte{a}, edit(0, b[:100]), 8192, 2, []int{New, 0}},
		{"an insertion", [][]byte{a}, join(a[:150_000], b[:1000], a[150_000:]), 1000 + 16384, 3, []int{0, New, 0}},
		{"a removal", [][]byte{a}, join(a[:100_000], a[200_000:]), 16384, 3, []int{0, New, 0}},
		{"grown", [][]byte{a}, join(a, b[:5000]), 5000 + 8192, 2, []int{0, New}},
		{"the same in two files: the preferred", [][]byte{a, a}, a, 0, 1, []int{0}},
		{"moved from another file", [][]byte{b, a}, a, 0, 1, []int{1}},
		{"two old files joined", [][]byte{a, b}, join(a, b), 16384, 3, []int{0, New, 1}},
		{"a long run elsewhere", [][]byte{a[:100_000], a}, a, 0, 1, []int{1}},
		{"zeros stay where they are", [][]byte{join(zeros, a, zeros)}, join(zeros, a, zeros), 0, 1, []int{0}},
		{"an edit behind zeros", [][]byte{join(a, zeros, b)}, join(a, zeros, []byte{1}, b[1:]), 16384, 3, []int{0, New, 0}},
	} {
		var old []Signature
		for _, o := range c.old {
			old = append(old, sign(t, o))
		}
		pieces := Delta(old, sign(t, c.next))
		if !bytes.Equal(apply(t, pieces, c.old, c.next), c.next) {
			t.Errorf("%s: the pieces make another file", c.name)
		}
		var olds []int
		for _, p := range pieces {
			olds = append(olds, p.Old)
		}
		if n := NewBytes(pieces); n > c.most || len(pieces) != c.pieces || !cmp.Equal(olds, c.wantOlds) {
			t.Errorf("%s: %d new bytes in %d pieces from %v, want at most %d in %d from %v", c.name, n, len(pieces), olds, c.most, c.pieces, c.wantOlds)
		}
		if again := Delta(old, sign(t, c.next)); !cmp.Equal(again, pieces) {
			t.Errorf("%s: another answer the second time", c.name)
		}
	}
}

// TestDeltaOfRandomEdits: whatever was edited, the pieces make the new file, and little of it is new.
func TestDeltaOfRandomEdits(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		old := [][]byte{noise(byte(seed), r.IntN(400_000)), noise(byte(seed+1), r.IntN(100_000)), make([]byte, r.IntN(100_000))}
		next := bytes.Clone(old[r.IntN(len(old))])
		edits, changed := r.IntN(8), 0
		for range edits {
			at, n := r.IntN(len(next)+1), r.IntN(9000)
			with := noise(byte(r.IntN(256)), n)
			switch r.IntN(5) {
			case 0: // overwrite
				changed += copy(next[at:], with)
			case 1: // insert
				next = append(next[:at:at], append(with, next[at:]...)...)
				changed += n
			case 2: // remove
				next = append(next[:at:at], next[min(len(next), at+n):]...)
			case 3: // move a range
				end := min(len(next), at+n)
				part := bytes.Clone(next[at:end])
				next = append(part, append(next[:at:at], next[end:]...)...)
			case 4: // bring a range of another file
				other := old[r.IntN(len(old))]
				from := r.IntN(len(other) + 1)
				next = append(next[:at:at], append(bytes.Clone(other[from:]), next[at:]...)...)
			}
		}
		var sigs []Signature
		for _, o := range old {
			sigs = append(sigs, sign(t, o))
		}
		pieces := NewIndex(sigs).Delta(sign(t, next), r.IntN(len(old)))
		if !bytes.Equal(apply(t, pieces, old, next), next) {
			t.Errorf("seed %d: the pieces make another file", seed)
		}
		// Each edit spoils at most a few chunks on either side of its two ends.
		if n, most := NewBytes(pieces), int64(changed+edits*5*MaxBytes); n > most {
			t.Errorf("seed %d: %d new bytes after %d edits of %d bytes", seed, n, edits, changed)
		}
	}
}

// TestCostOfEdits holds the figures in docs/packages.md.
func TestCostOfEdits(t *testing.T) {
	t.Parallel()
	old := noise(1, 16<<20)
	sig := sign(t, old)
	for _, c := range []struct {
		run   int
		times float64
	}{{64 << 10, 1.15}, {16 << 10, 1.5}, {4 << 10, 2.7}} {
		next, changed := bytes.Clone(old), 0
		for at := 100_000; at+c.run < len(next); at += 50 * c.run {
			changed += copy(next[at:at+c.run], noise(byte(at), c.run))
		}
		n := NewBytes(Delta([]Signature{sig}, sign(t, next)))
		if got := float64(n) / float64(changed); got > c.times || n < int64(changed) {
			t.Errorf("runs of %d bytes, %d in all: %d bytes are new, %.2f times as many", c.run, changed, n, got)
		}
	}
	if share := float64(len(sig.Encode())) / float64(len(old)); share > 0.009 {
		t.Errorf("the signature takes %.2f %% of the content", 100*share)
	}
}

func BenchmarkSign(b *testing.B) {
	data := noise(1, 64<<20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Sign(b.Context(), bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDelta compares a file of 64 MiB with an edited one.
func BenchmarkDelta(b *testing.B) {
	old := noise(1, 64<<20)
	next := bytes.Clone(old)
	for at := 0; at+1<<16 < len(next); at += 50 << 16 {
		copy(next[at:at+1<<16], noise(byte(at>>16), 1<<16))
	}
	s, n := sign(b, old), sign(b, next)
	b.SetBytes(int64(len(next)))
	b.ReportAllocs()
	for b.Loop() {
		Delta([]Signature{s}, n)
	}
}
