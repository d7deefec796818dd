package cli

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/tree"
)

// progress shows what a meter counts until the returned function is called, which takes the bar away again. It shows
// nothing unless stderr is a terminal that can redraw a line.
func (a *app) progress(m *catalog.Meter) (stop func()) { return a.progressOn(nil, m) }

// progressOn also shows what crosses the network for a tree that is reached over one.
func (a *app) progressOn(t tree.Tree, m *catalog.Meter) (stop func()) {
	if !a.env.Stderr.Terminal || a.flags.quiet || a.env.Getenv("TERM") == "dumb" {
		return func() {}
	}
	bar := progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(a.env.Stderr),
		progressbar.OptionShowBytes(true),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionShowCount(),
		progressbar.OptionShowTotalBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond), // the three calls of a draw would draw three times
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetWidth(max(min(a.env.Stderr.Columns-80, 30), 4)),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
	)
	// The bar's own Clear takes no lock, so it is drawn and cleared under the console's.
	draw := func() {
		files, bytes := m.FilesDone.Load(), m.BytesDone.Load()
		wire := ""
		if n := traffic(t); n != nil {
			wire = fmt.Sprintf(", sent %s, received %s", size(n.Sent), size(n.Received))
		}
		bar.Describe(fmt.Sprintf("%s %s/%s files%s", m.Phase(), number(files), number(max(m.FilesTotal.Load(), files)), wire))
		// A bar that reaches its end is finished for good, but the totals may still grow.
		bar.ChangeMax64(max(m.BytesTotal.Load(), bytes) + 1)
		_ = bar.Set64(bytes) // an error would only say that the line could not be drawn
	}
	a.err.mu.Lock()
	a.err.hide = func() { _ = bar.Clear() }
	a.err.mu.Unlock()

	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				a.err.mu.Lock()
				draw()
				a.err.mu.Unlock()
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		a.err.mu.Lock()
		defer a.err.mu.Unlock()
		_ = bar.Clear()
		a.err.hide = nil
	}
}
