package cli

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/distribute"
)

type chooseOptions struct {
	client, subnet, adSite string
	site, assigned         string
	pack, os, arch         string
	run, fallback          bool
}

func newPointsChoose(a *app) *cobra.Command {
	var o chooseOptions
	cmd := &cobra.Command{
		Use:   "choose --client IP",
		Short: "Explain which points a client would use, and in which order",
		Long: `Explain which points a client would use for a package, and in which order, with the reason for each place.

ConfigMgr 2007: the points of the site that the client is in are asked. If a protected point's boundary contains the client only
such points are told, otherwise all unprotected ones. Local comes before remote: local means inside a fast boundary of the site;
without a boundary a client is remote, however near it is. Within each come the same subnet, the same AD site, the rest, and within
each BITS before SMB. A program that runs from the point is reached over SMB always. Unprotected points serve as a fallback if the
advertisement allows it, after 8 hours.

Current branch: boundary groups decide, which drivercat does not know. It then tells what it knows and no order.`,
		Example: `  drivercat points choose --client 10.1.2.3
  DRIVERCAT_GENERATION=2007 drivercat points choose --client 10.1.2.3 --subnet 10.1.2.0/24`,
		Args:              wants("", 0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runPointsChoose(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.client, "client", "", "the client's `IP` address")
	f.StringVar(&o.subnet, "subnet", "", "the client's `SUBNET`, as in 10.1.2.0/24")
	f.StringVar(&o.adSite, "ad-site", "", "the client's Active Directory `SITE`")
	f.StringVar(&o.site, "site", "", "the `CODE` of the site that the client is in (default: by the boundaries)")
	f.StringVar(&o.assigned, "assigned-site", "", "the `CODE` of the site that the client belongs to, asked if the other has no point for it")
	f.StringVar(&o.pack, "package", "", "only points that hold this `MODEL` or package folder")
	f.StringVar(&o.os, "os", "", "with --package: its operating system, `OS`")
	f.StringVar(&o.arch, "arch", "", "with --package: its `ARCH`itecture, if it is not the OS's usual one")
	f.BoolVar(&o.run, "run-from-point", false, "the program runs from the point (2007)")
	f.BoolVar(&o.fallback, "fallback", false, "the advertisement allows unprotected points too (2007)")
	mustComplete(cmd, "package", a.completePublished)
	mustComplete(cmd, "site", a.completeSites)
	mustComplete(cmd, "assigned-site", a.completeSites)
	mustComplete(cmd, "os", completeOS)
	mustComplete(cmd, "arch", completeArch)
	return cmd
}

// ask makes the question of the flags.
func (o *chooseOptions) ask() (ask distribute.Ask, err error) {
	if strings.TrimSpace(o.client) == "" {
		return ask, usageError("name it with --client, as in --client 10.1.2.3", "no client is given")
	}
	if ask.Client.IP, err = netip.ParseAddr(strings.TrimSpace(o.client)); err != nil || ask.Client.IP.Zone() != "" {
		return ask, usageError("give one address, as in --client 10.1.2.3; its subnet goes to --subnet", "client \"%s\" is no IP address", o.client)
	}
	if o.subnet != "" {
		if ask.Client.Subnet, err = distribute.ParseSubnet(o.subnet); err != nil {
			return ask, wrong(err, "")
		}
		if !ask.Client.Subnet.Contains(ask.Client.IP.Unmap()) {
			return ask, usageError("", "the client %s is not in its subnet %s", ask.Client.IP, ask.Client.Subnet)
		}
	}
	ask.Client.ADSite, ask.Site, ask.Assigned = strings.TrimSpace(o.adSite), strings.ToUpper(strings.TrimSpace(o.site)), strings.ToUpper(strings.TrimSpace(o.assigned))
	ask.RunFromPoint, ask.Fallback = o.run, o.fallback
	return ask, nil
}

// chooseReport is the shape of "points choose --json".
type chooseReport struct {
	Client  string `json:"client"`
	Package string `json:"package"` // its folder, "" for any
	distribute.Choice
}

func (a *app) runPointsChoose(ctx context.Context, o chooseOptions) error {
	ask, err := o.ask()
	if err != nil {
		return err
	}
	target, err := optionalTarget(o.os, o.arch)
	if err != nil {
		return err
	}
	if o.pack == "" && target.OS != "" {
		return usageError("add --package, or leave --os away", "--os chooses a package, and none is named")
	}
	store, err := a.openCatalog(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	w, err := a.pointWorld(ctx, store)
	if err != nil {
		return err
	}
	rep := chooseReport{Client: ask.Client.IP.String()}
	if o.pack != "" {
		p, err := a.onePublished(ctx, store, o.pack, target)
		if err != nil {
			return err
		}
		rep.Package = p.Folder
		ask.Version = func(name string) int {
			point, _ := pointNamed(w.Points, name)
			v, _ := w.Recorded(point, p.Folder)
			return v
		}
	}
	if len(w.Points) == 0 {
		return coded(exitNothing, "add them with \"drivercat points add\" or \"drivercat points import\"", "no points are known")
	}
	_, skipped := distribute.Split(w.Points, w.Generation)
	a.tellSkipped(skipped)
	rep.Choice = distribute.Choose(w.Points, w.Generation, ask)
	if a.flags.json {
		if err := a.out.json(rep); err != nil {
			return err
		}
	} else {
		a.printChoice(rep, ask)
	}
	if len(rep.Order) == 0 && len(rep.Known) == 0 && !(ask.Fallback && len(rep.Fallback) > 0) {
		return coded(exitNothing, "", "no point serves the client")
	}
	return nil
}

// onePublished is the single package that a word names.
func (a *app) onePublished(ctx context.Context, r catalog.Reader, word string, target catalog.Target) (catalog.Package, error) {
	ps, err := a.publishedPackages(ctx, r, word, target)
	if err != nil {
		return catalog.Package{}, err
	}
	if len(ps) > 1 {
		e := &codedError{code: exitUsage, err: fmt.Errorf("\"%s\" has %s; say which with --os, or name its folder", word, count(len(ps), "package"))}
		for _, p := range ps {
			e.hints = append(e.hints, a.shortFolder(p.Folder)+"   "+p.Target.String())
		}
		return catalog.Package{}, e
	}
	return ps[0], nil
}

func (a *app) printChoice(r chooseReport, ask distribute.Ask) {
	candidates := func(title string, list []distribute.Candidate) {
		if len(list) == 0 {
			return
		}
		g := newGrid(column{"PLACE", digits}, column{"POINT", wrap}, column{"VIA", fixed}, column{"WHY", wrap})
		for _, c := range list {
			g.add(number(c.Place), c.Point, c.Via, strings.Join(c.Reasons, "; "))
		}
		a.section(title, g)
	}
	where := "client " + r.Client
	if len(r.Sites) > 0 {
		where += ", site " + strings.Join(r.Sites, ", ")
	}
	if r.Package != "" {
		where += ", package " + a.shortFolder(r.Package)
	}
	a.out.printf("%s (%s)\n", plain(where), r.Generation.Title())
	candidates("in this order; points of one place are equal", r.Order)
	candidates("as a fallback", r.Fallback)
	if len(r.Known) > 0 {
		g := newGrid(column{"POINT", wrap}, column{"BOUNDARY WITH THE CLIENT", wrap}, column{"HOLDS VERSION", digits})
		for _, k := range r.Known {
			boundary := k.Boundary
			if boundary == "" {
				boundary = "none that is told"
			}
			g.add(k.Point, boundary, version(k.Version))
		}
		if ask.Version == nil {
			g = g.drop(2)
		}
		a.section("what is known of each point, in no order", g)
	}
	if len(r.LeftOut) > 0 && !a.flags.quiet {
		g := newGrid(column{"POINT", wrap}, column{"WHY NOT", wrap})
		for _, l := range r.LeftOut {
			g.add(l.Point, l.Why)
		}
		a.section("left out", g)
	}
	if len(r.Notes) > 0 && !a.flags.quiet {
		a.out.printf("\n")
		for _, n := range r.Notes {
			a.out.printf("note: %s\n", plain(n))
		}
	}
}
