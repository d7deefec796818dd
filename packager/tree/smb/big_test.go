package smb_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

// TestBigFile works with a file of 5 GiB: offsets have more than 32 bits everywhere, in what is written, read, listed and
// copied. All but the last 40 MiB of it is a hole, which the server makes up.
func TestBigFile(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr := openFast(t, s)
	const gib, mib = 1 << 30, 1 << 20
	const hole, end = 5*gib - 40*mib, 5 * gib
	file := filepath.Join(s.Dir, tr.Root()[strings.LastIndex(tr.Root(), `\`)+1:], "big")
	must(t, os.WriteFile(file, nil, 0o644))
	must(t, os.Truncate(file, hole))
	s.Own(file)

	// Write on: the last 40 MiB, in pieces that are no round numbers.
	data := noise(40 * mib)
	w, err := tr.Append("big", hole)
	must(t, err)
	for p := data; len(p) > 0; {
		n := min(len(p), 777_777)
		_, err := w.Write(p[:n])
		must(t, err)
		p = p[n:]
	}
	must(t, w.Close())
	i, err := tr.Lstat("big")
	must(t, err)
	if i.Size() != end || names(t, tr, ".")["big"] != end {
		t.Errorf("%d bytes, listed %d", i.Size(), names(t, tr, ".")["big"])
	}

	f, err := tr.Open("big")
	must(t, err)
	defer f.Close()
	same := func(what string, got []byte, err error, off int64) {
		t.Helper()
		want := make([]byte, len(got))
		if from := max(hole, off); from < off+int64(len(got)) {
			copy(want[from-off:], data[from-hole:])
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s at %d: other content, %v", what, off, err)
		}
	}
	b := make([]byte, 3*mib+1)
	for _, off := range []int64{0, 2*gib - 1, 4*gib - mib, 4 * gib, hole - mib, hole, end - int64(len(b))} {
		_, err := f.(io.ReaderAt).ReadAt(b, off)
		same("ReadAt", b, err, off)
	}
	_, err = f.(io.Seeker).Seek(hole-5, io.SeekStart)
	must(t, err)
	rest, err := io.ReadAll(f)
	same("the rest", rest, err, hole-5)

	// The server copies from behind 4 GiB to behind 4 GiB.
	must(t, os.WriteFile(file+"2", nil, 0o644))
	must(t, os.Truncate(file+"2", 4*gib+1))
	s.Own(file + "2")
	w, err = tr.Append("big2", 4*gib+1)
	must(t, err)
	must(t, w.(tree.RangeCopier).CopyRange("big", hole-7, 10*mib))
	must(t, w.Close())
	g, err := tr.Open("big2")
	must(t, err)
	defer g.Close()
	copied := make([]byte, 10*mib)
	_, err = g.(io.ReaderAt).ReadAt(copied, 4*gib+1)
	same("what was copied", copied, err, hole-7)
}
