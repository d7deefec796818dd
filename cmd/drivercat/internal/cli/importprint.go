package cli

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
	"github.com/drivercat/drivercat/packager"
)

// maxTold bounds the problems printed for one source; --json has them all.
const maxTold = 50

// tell prints a problem in a source.
func (r *importRun) tell(j importJob, p intake.Problem) {
	r.shown++
	where := filepath.Join(j.shown, filepath.FromSlash(p.Path))
	switch {
	case r.shown <= maxTold:
		r.a.err.warn(p.Advice, "%s: %s", where, p.Text)
	case r.shown == maxTold+1:
		r.a.err.warn("", "%s has more problems; --json lists all", j.shown)
	}
}

// details asks the catalog what an import that changed something brought.
func (r *importRun) details(ctx context.Context, res *importResult) error {
	if res.Unchanged {
		return nil
	}
	records, err := r.store.SourceDrivers(ctx, res.Source.ID, false)
	if err != nil {
		return err
	}
	for _, d := range records {
		if d.Driver.Verdict == catalog.Nice {
			continue
		}
		res.Drivers = append(res.Drivers, inSource(d))
	}
	lines, err := r.store.Accounting(ctx, res.Source.ID)
	res.Accounting = orEmpty(lines)
	return err
}

// print prints what became of one source, for people.
func (r *importRun) print(res importResult) {
	a := r.a
	if r.dryRun {
		r.printDryRun(res)
		return
	}
	if ad := res.Adopted; ad != nil && ad.Renamed && !ad.InPlace {
		a.err.say("a source of that name holds other files, so %s lies in %s", res.From, ad.Location)
	}
	if a.flags.quiet {
		return
	}
	s := res.Source
	head := fmt.Sprintf("source %d: %s, %s, %s", s.ID, strings.TrimSpace(s.Model.Make+" "+s.Model.Name), s.Target.Title(), s.Location)
	if res.Unchanged {
		a.out.printf("%s\n  unchanged since %s: %s\n", plain(head), s.Imported.Local().Format("2006-01-02 15:04"), verdictCounts(s))
		return
	}
	a.out.printf("%s\n", plain(head))
	if ad := res.Adopted; ad != nil && !ad.InPlace && !ad.Existed {
		a.out.printf("  copied to the share: %s, %s\n", count(ad.Files, "file"), size(ad.Bytes))
	}
	a.out.printf("  %s\n", verdictCounts(s))
	if len(res.Drivers) > 0 {
		g := newGrid(column{"VERDICT", fixed}, column{"PATH", wrap}, column{"REASON", wrap}, column{"PLACE", wrap | spare})
		g.paint(0, verdictColours())
		for _, d := range res.Drivers {
			reason, at := "-", "-"
			if len(d.Reasons) > 0 {
				reason, at = d.Reasons[0].Text, place(d.Reasons[0].Place)
			}
			if more := len(d.Reasons) - 1; more > 0 {
				reason += fmt.Sprintf(" (and %s)", count(more, "other reason"))
			}
			g.add(string(d.Verdict), d.Path, reason, at)
		}
		a.section("Drivers that are not nice", g)
	}
	r.printLeftovers(res.Accounting)
	rate := ""
	if res.Seconds > 0 && res.HashedBytes > 0 {
		rate = fmt.Sprintf(" (%s/s)", size(int64(float64(res.HashedBytes)/res.Seconds)))
	}
	a.out.printf("\n%s, %s; read %s, %s, parsed %s in %s%s\n\n", count(s.Files, "file"), size(s.Bytes), count(res.HashedFiles, "file"), size(res.HashedBytes),
		count(res.ParsedINFs, "INF file"), duration(time.Duration(res.Seconds*float64(time.Second))), rate)
}

func (r *importRun) printLeftovers(lines []catalog.AccountingLine) {
	g := newGrid(column{"REASON", fixed}, column{"FILES", digits}, column{"SIZE", digits})
	for _, l := range lines {
		if l.State == catalog.StateLeftover {
			g.add(l.Why, number(l.Files), size(l.Bytes))
		}
	}
	if len(g.rows) > 0 {
		r.a.section("Files left over", g)
	}
}

func (r *importRun) printDryRun(res importResult) {
	from, ad := plain(res.From), res.Adopted
	switch {
	case ad == nil:
		r.a.out.printf("would import %s where it lies\n", from)
	case ad.InPlace:
		r.a.out.printf("would import %s, which lies on the share already\n", from)
	case ad.Existed:
		r.a.out.printf("would import %s; the same files lie in %s already\n", from, plain(ad.Location))
	default:
		r.a.out.printf("would copy %s (%s, %s) to %s and import it\n", from, count(ad.Files, "file"), size(ad.Bytes), plain(ad.Location))
	}
}

// verdictCounts says how many drivers there are of each verdict, with colours where they stand out.
func verdictCounts(s catalog.Source) string {
	return fmt.Sprintf("%s: %d nice, %d bad, %d broken", count(s.Nice+s.Bad+s.Broken, "driver"), s.Nice, s.Bad, s.Broken)
}

// originals makes a job of each source among the share's originals. A folder that the catalog knows as a source stays
// one. Of the rest, a model's folder that has files of its own is one source, as vendors' trees with a setup program at
// their top are; otherwise each folder in it is one.
func (r *importRun) originals(ctx context.Context) ([]importJob, error) {
	folders, problems, err := packager.Originals(ctx, r.share, r.a.layout())
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		r.a.err.warn(p.Advice, "%s: %s", p.Path, p.Text)
		if p.Warning {
			continue
		}
		r.report.Failed = append(r.report.Failed, importFailed{From: p.Path, Error: p.Text})
	}
	if len(folders) == 0 {
		return nil, coded(exitNothing, "sources lie in "+path.Join(r.a.layout().OriginalsRoot(), "OS", "MODEL"), "no sources below %s", r.a.layout().OriginalsRoot())
	}
	known := map[string]bool{}
	makes := map[string]string{}
	if r.store != nil {
		sources, err := r.store.Sources(ctx, catalog.SourceFilter{})
		if err != nil {
			return nil, err
		}
		for _, s := range sources {
			known[s.Location] = known[s.Location] || s.Adopted
			makes[strings.ToLower(s.Model.Name)] = s.Model.Make
		}
	}
	var out []importJob
	for _, f := range folders {
		job := func(rel string, exclude []string) {
			out = append(out, importJob{
				location: locationOn(r.share, rel, rel), exclude: exclude,
				key: catalog.SourceKey{Model: catalog.Model{Make: makes[strings.ToLower(f.Model)], Name: f.Model}, Target: f.Target, Location: rel, Adopted: true},
			})
		}
		var own, rest []string
		for _, name := range f.Sources {
			if known[f.Folder+"/"+name] {
				own = append(own, name)
			} else {
				rest = append(rest, name)
			}
		}
		for _, name := range own {
			job(f.Folder+"/"+name, nil)
		}
		switch whole := known[f.Folder] || f.Loose > 0; {
		case whole:
			job(f.Folder, own)
		default:
			for _, name := range rest {
				job(f.Folder+"/"+name, nil)
			}
		}
	}
	return out, nil
}
