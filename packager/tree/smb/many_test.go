package smb_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drivercat/drivercat/packager/tree"
	"github.com/drivercat/drivercat/packager/tree/smb/smbtest"
)

const many = 10_000

func manyName(i int) string { return fmt.Sprintf("d%02d/f%05d.inf", i%100, i) }
func manyText(i int) string {
	return strings.Repeat(fmt.Sprintf("; file %d\r\n", i), 1+i%400)
}

// writeMany writes small files in a hundred folders, sixteen at once, and makes them durable if it is told to.
func writeMany(t testing.TB, tr tree.Tree, dir string, sync bool) {
	t.Helper()
	for i := range 100 {
		must(t, tr.MkdirAll(fmt.Sprintf("%s/d%02d", dir, i)))
	}
	var g errgroup.Group
	g.SetLimit(16)
	var all []string
	for i := range many {
		name := dir + "/" + manyName(i)
		all = append(all, name)
		g.Go(func() error {
			_, err := tree.Write(context.Background(), tr, name, strings.NewReader(manyText(i)), tree.Options{})
			return err
		})
	}
	must(t, g.Wait())
	if sync {
		must(t, tr.Sync(all...))
	}
}

// TestManyFiles: 10,000 small files arrive and are listed with their sizes, from one listing for each folder.
func TestManyFiles(t *testing.T) {
	t.Parallel()
	s := smbtest.Start(t, smbtest.Options{})
	tr := openFast(t, s)
	writeMany(t, tr, "m", true)
	before := tr.Traffic()
	got := 0
	for i := range 100 {
		for name, size := range names(t, tr, fmt.Sprintf("m/d%02d", i)) {
			var n int
			_, err := fmt.Sscanf(name, "f%05d.inf", &n)
			must(t, err)
			if size != int64(len(manyText(n))) {
				t.Errorf("%s has %d bytes", name, size)
			}
			got++
		}
	}
	if got != many {
		t.Errorf("%d files", got)
	}
	if n := tr.Traffic().Sent - before.Sent; n > 100*2000 {
		t.Errorf("listing 100 folders sent %d bytes", n)
	}
	for _, i := range []int{0, 1, 4999, 9999} {
		if read(t, tr, "m/"+manyName(i)) != manyText(i) {
			t.Errorf("file %d differs", i)
		}
	}
	// A file that is still open somewhere would keep its folder.
	must(t, tree.RemoveAll(tr, "m/d00"))
}

func BenchmarkMany(b *testing.B) {
	s := smbtest.Start(b, smbtest.Options{})
	for _, conns := range []int{1, 2, 4} {
		for _, how := range []string{"signed", "unsigned", "encrypted", "sync"} {
			tr := openWith(b, s, conns, how == "unsigned", how == "encrypted")
			n := 0
			b.Run(fmt.Sprintf("tree/conns=%d/%s", conns, how), func(b *testing.B) {
				for b.Loop() {
					n++
					writeMany(b, tr, fmt.Sprintf("%d%s%d", conns, how, n), how == "sync")
				}
				b.ReportMetric(many*float64(b.N)/b.Elapsed().Seconds(), "files/s")
			})
		}
	}
	src := b.TempDir()
	for i := range many {
		name := filepath.Join(src, manyName(i))
		_ = os.Mkdir(filepath.Dir(name), 0o755)
		must(b, os.WriteFile(name, []byte(manyText(i)), 0o644))
	}
	_, port, _ := strings.Cut(s.Address, ":")
	for _, how := range []string{"mput", "tar"} {
		for _, protection := range []string{"off", "sign"} {
			b.Run("smbclient/"+how+"/"+protection, func(b *testing.B) {
				for b.Loop() {
					dir := fmt.Sprintf("c%d", time.Now().UnixNano())
					args := []string{"//127.0.0.1/" + s.Share, "-p", port, "-U", s.User + "%" + s.Password, "-m", "SMB3", "--client-protection=" + protection}
					var cmd *exec.Cmd
					if how == "mput" {
						cmd = exec.Command("smbclient", append(args, "-c", "mkdir "+dir+"; cd "+dir+"; prompt; recurse; lcd "+src+"; mput *")...)
					} else {
						tar := exec.Command("tar", "-C", src, "-cf", filepath.Join(src, "../all.tar"), ".")
						must(b, tar.Run())
						cmd = exec.Command("smbclient", append(args, "-c", "mkdir "+dir+"; cd "+dir+"; tar x "+filepath.Join(src, "../all.tar"))...)
					}
					if out, err := cmd.CombinedOutput(); err != nil {
						b.Fatalf("%v: %.500s", err, out)
					}
				}
				b.ReportMetric(many*float64(b.N)/b.Elapsed().Seconds(), "files/s")
			})
		}
	}
}
