package cli

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// console is stderr: messages and at most one progress bar, which never mix. Safe for concurrent use.
type console struct {
	mu             sync.Mutex
	w              io.Writer
	json           bool
	quiet, verbose bool
	hide           func() // takes the bar away before a line is printed; nil without a bar
}

// warn reports something that the user should know but that did not stop the work. It is printed even with --quiet.
func (c *console) warn(hint, format string, args ...any) {
	t := jsonText{Message: fmt.Sprintf(format, args...)}
	if hint != "" {
		t.Hints = []string{hint}
	}
	c.print(jsonMessage{Warning: &t}, "warning: ", t)
}

// note tells what is going on, with --verbose.
func (c *console) note(format string, args ...any) {
	if !c.verbose {
		return
	}
	t := jsonText{Message: fmt.Sprintf(format, args...)}
	c.print(jsonMessage{Note: &t}, "note: ", t)
}

// say tells something that belongs to the outcome, but not to the results. --quiet hides it.
func (c *console) say(format string, args ...any) {
	if c.quiet {
		return
	}
	t := jsonText{Message: fmt.Sprintf(format, args...)}
	c.print(jsonMessage{Note: &t}, "", t)
}

// fail reports the error that ends the command.
func (c *console) fail(code int, msg string, hints []string) {
	t := jsonText{Message: msg, Hints: hints, ExitCode: code}
	c.print(jsonMessage{Error: &t}, "", t)
}

func (c *console) print(m jsonMessage, kind string, t jsonText) {
	var b bytes.Buffer
	if c.json {
		b.Write(encodeLine(m))
	} else {
		fmt.Fprintf(&b, "drivercat: %s%s\n", kind, plain(t.Message))
		for _, h := range t.Hints {
			fmt.Fprintf(&b, "hint: %s\n", plain(h))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hide != nil {
		c.hide()
	}
	_, _ = c.w.Write(b.Bytes()) // nobody is left to hear about it
}
