package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/drivercat/drivercat/packager/tree/smb"
)

// clockSlack is the difference of clocks from which on it is told: Kerberos refuses five minutes, and time stamps are compared.
const clockSlack = 2 * time.Minute

// checkShare looks at the share root, without writing to it if it is reached over the network.
func (a *app) checkShare(ctx context.Context) []doctorCheck {
	c := doctorCheck{Name: "share"}
	if a.set.share() == "" {
		c.State, c.Text, c.Advice = "absent", "no share root is set", "\"build\" and adopting imports need one: --share, DRIVERCAT_SHARE or drivercat.ini"
		return []doctorCheck{c}
	}
	t, err := a.openShare(ctx, "doctor")
	if err != nil {
		c.State, c.Text = "wrong", message(err)
		c.Advice = strings.Join(hintsFor(err), "; ")
		return []doctorCheck{c}
	}
	defer t.Close()
	c.State, c.Text = "ok", t.Root()
	if s, ok := t.(*serverTree); ok {
		return append([]doctorCheck{c}, checkServer(s)...)
	}
	if err := folderWritable(t.Root()); err != nil {
		c.State, c.Text, c.Advice = "wrong", t.Root()+" cannot be written: "+fileError(err), "give the user that runs drivercat the right to change the share"
	}
	return []doctorCheck{c}
}

// checkServer tells what is known of a share's server.
func checkServer(s *serverTree) []doctorCheck {
	user := doctorCheck{Name: "share: user", State: "ok", Text: s.who.who() + ", by " + s.who.from}
	rights := doctorCheck{Name: "share: rights", State: "ok", Text: "may write to " + s.Root()}
	switch err := s.CanWrite(); {
	case errors.Is(err, fs.ErrPermission):
		rights.State, rights.Text, rights.Advice = "wrong", "may not write to "+s.Root(), "give "+s.who.who()+" the right to change the share and its folder; reading is enough for verify"
	case err != nil:
		rights.State, rights.Text = "wrong", message(err)
	}
	out := []doctorCheck{checkProtocol(s.Session()), user, rights}
	if g := s.watch.Greeting(); g != nil {
		out = append(out, checkClock(g.Ahead))
	}
	return out
}

func checkProtocol(s smb.Session) doctorCheck {
	c := doctorCheck{Name: "share: protocol", State: "ok", Text: "SMB " + s.Dialect + ", signed, not encrypted"}
	switch {
	case s.Encrypted:
		c.Text = "SMB " + s.Dialect + ", encrypted"
	case !s.Signed:
		c.State, c.Text = "wrong", "SMB "+s.Dialect+", neither signed nor encrypted: anybody on the way can change what is read and written"
		c.Advice = "take \"sign = no\" away in drivercat.ini"
	}
	return c
}

func checkClock(ahead time.Duration) doctorCheck {
	c := doctorCheck{Name: "share: clock", State: "ok", Text: "the server's clock agrees with this one"}
	d := ahead.Abs().Round(time.Second)
	if d >= time.Second {
		c.Text = fmt.Sprintf("the server's clock is %s %s", d, aheadOrBehind(ahead))
	}
	if d >= clockSlack {
		c.State, c.Advice = "wrong", "Kerberos refuses five minutes: set both clocks by the domain's"
	}
	return c
}
