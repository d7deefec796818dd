package cli

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"
)

// configReport is the shape of "config --json".
type configReport struct {
	File     string         `json:"file"` // "" if none was found
	From     string         `json:"from"`
	Settings []configRow    `json:"settings"`
	Problems []configIssues `json:"problems"`
}

type configRow struct {
	Name string `json:"name"`
	setting
}

type configIssues struct {
	Text   string `json:"text"`
	Advice string `json:"advice"`
}

func newConfig(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Show which settings are in force and where they come from",
		Long: `Show which settings are in force and where they come from.

A setting comes from its flag, else from the environment, else from drivercat.ini, else it has its default.
drivercat.ini is looked for in the current folder, then in your configuration folder. It looks like this:

  ; relative paths are relative to this file
  catalog  = drivercat.db
  share    = \\server\Drivers
  platform = PC
  workers  = 0
  ; which ConfigMgr the site runs: 2007 or current
  generation = current

  ; how to reach one server and sign in there, see docs/shares.md
  [server fs01.example.com]
  credentials = fs01.cred

The environment has DRIVERCAT_CATALOG, DRIVERCAT_SHARE, DRIVERCAT_PLATFORM, DRIVERCAT_WORKERS, DRIVERCAT_TOOLS,
DRIVERCAT_GENERATION and DRIVERCAT_CONFIG;
and for signing in to servers DRIVERCAT_SMB_USER, DRIVERCAT_SMB_PASSWORD, DRIVERCAT_SMB_DOMAIN and
DRIVERCAT_SMB_CREDENTIALS, for all of them or the one that DRIVERCAT_SMB_SERVER names. Passwords are never shown.`,
		Example: `  drivercat config
  drivercat config --share samples --json`,
		Args:              wants("", 0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(*cobra.Command, []string) error { return a.runConfig() },
	}
}

func (a *app) runConfig() error {
	r := configReport{File: a.set.configFile, From: cmp.Or(a.set.configFrom, "none found"), Settings: []configRow{}, Problems: []configIssues{}}
	for _, name := range settingNames() {
		v := a.set.values[name]
		v.Value = v.redacted()
		r.Settings = append(r.Settings, configRow{Name: name, setting: v})
	}
	r.Settings = append(r.Settings, a.serverRows()...)
	for _, p := range a.set.problems {
		if p.refused {
			continue // told as what is wrong with the settings
		}
		r.Problems = append(r.Problems, configIssues{Text: p.text, Advice: p.advice})
	}
	if a.badSetting != nil {
		r.Problems = append(r.Problems, configIssues{Text: message(a.badSetting), Advice: strings.Join(hintsFor(a.badSetting), "; ")})
	}
	if a.flags.json {
		if err := a.out.json(r); err != nil {
			return err
		}
	} else {
		g := newGrid(column{"SETTING", fixed}, column{"VALUE", wrap}, column{"FROM", wrap})
		g.add("config", cmp.Or(r.File, "-"), r.From)
		for _, s := range r.Settings {
			g.add(s.Name, cmp.Or(s.Value, "-"), s.From)
		}
		a.render(g)
	}
	if a.badSetting != nil {
		return a.badSetting
	}
	if n := len(r.Problems); n > 0 {
		return coded(exitPartial, "", "%s in the configuration", count(n, "problem"))
	}
	return nil
}
