package replicate

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/packager/chunk"
)

// FuzzRecord reads what may lie on a server that others can write to.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"format":1,"staged":[{"path":"a/b","sha256":"` + `0000000000000000000000000000000000000000000000000000000000000000` + `","bytes":5,"copied":true}]}`))
	f.Add([]byte(`{"format":2}`))
	f.Add([]byte(`{"format":1,"staged":[{"path":"../x","bytes":-1}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := parsePart(b)
		if err != nil {
			return
		}
		for _, e := range got {
			if !fs.ValidPath(e.Path) || e.Bytes < 0 {
				t.Errorf("%+v", e)
			}
		}
		again, err := json.Marshal(part{recordFormat, got})
		if err != nil {
			t.Fatal(err)
		}
		if same, err := parsePart(again); err != nil || !cmp.Equal(same, got) && len(got) > 0 {
			t.Errorf("%q is read as %+v and then as %+v (%v)", b, got, same, err)
		}
	})
}

func TestRebuild(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pieces []chunk.Piece
		want   recipe
	}{
		"a short copy between sends is sent": {
			[]chunk.Piece{{Old: 0, Offset: 0, Bytes: 9000}, {Old: chunk.New, Offset: 9000, Bytes: 700}, {Old: 1, Offset: 50, Bytes: 1023}, {Old: chunk.New, Offset: 10723, Bytes: 7}, {Old: 1, Offset: 0, Bytes: 2000}},
			recipe{pieces: []piece{{"a", 0, 9000}, {"", 9000, 1730}, {"b", 0, 2000}}},
		},
		"little to copy":                         {[]chunk.Piece{{Old: 0, Offset: 0, Bytes: 2000}, {Old: chunk.New, Offset: 2000, Bytes: 90_000}}, whole(92_000)},
		"nothing to copy":                        {[]chunk.Piece{{Old: chunk.New, Offset: 0, Bytes: 90_000}}, whole(90_000)},
		"one old file is not taken for the same": {[]chunk.Piece{{Old: 0, Offset: 0, Bytes: 90_000}}, recipe{pieces: []piece{{"a", 0, 90_000}}}},
		"empty":                                  {nil, recipe{}},
	} {
		if got := rebuild(c.pieces, []string{"a", "b"}); !cmp.Equal(got, c.want, cmp.AllowUnexported(recipe{}, piece{})) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestTrimmed(t *testing.T) {
	t.Parallel()
	pieces := []piece{{"a", 0, 9000}, {"", 9000, 5000}, {"a", 14_000, 1000}, {"", 15_000, 700}, {"a", 20_000, 5000}, {"", 20_700, 600}}
	got := trimmed(pieces, []int64{0, 400, 0, 700, 0, 600}, []int64{0, 600, 0, 0, 0, 0})
	want := []piece{{"a", 0, 9400}, {"", 9400, 4000}, {"a", 13_400, 2300}, {"a", 20_000, 5600}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(piece{})); d != "" {
		t.Error(d)
	}
	// All of it was the same after all: the copies become one.
	got = trimmed([]piece{{"a", 0, 9000}, {"", 9000, 600}, {"a", 9600, 1000}}, []int64{0, 600, 0}, []int64{0, 0, 0})
	if d := cmp.Diff([]piece{{"a", 0, 10_600}}, got, cmp.AllowUnexported(piece{})); d != "" {
		t.Error(d)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		perSec                   int64
		targets, parallel, files int
	}{{0, 4, 4, networkFiles}, {minRate, 4, 1, 1}, {200_000, 64, 4, 1}, {1_000_000, 4, 4, 5}, {10_000_000, 4, 4, networkFiles}, {10_000_000, 1, 1, networkFiles}} {
		var l *Limit
		if c.perSec > 0 {
			l = NewLimit(c.perSec)
		}
		if p, f := l.spread(c.targets); p != c.parallel || f != c.files {
			t.Errorf("%d bytes a second, %d targets: %d with %d files, want %d with %d", c.perSec, c.targets, p, f, c.parallel, c.files)
		} else if l != nil && int64(p*f)*fileUnderWay > c.perSec*400 {
			t.Errorf("%d bytes a second: what is under way takes %d seconds", c.perSec, int64(p*f)*fileUnderWay/c.perSec)
		}
	}
}
