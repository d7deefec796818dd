package inno

// Info is what an installer tells of itself. Texts may contain constants, in braces.
type Info struct {
	Version    string // of Inno Setup's tables: "5.5.7"
	Unicode    bool
	AppName    string
	AppVerName string // name and version for people; empty in many later ones
	AppID      string
	AppVersion string
	Publisher  string
	DefaultDir string // where it installs to
	BaseName   string // of setup.exe when it was made, without extension
	// UninstallName is what the list of installed programs shows. Uninstallable and UninstallKey are "yes", "no" or a
	// condition: whether there is an uninstaller, and whether it is in that list.
	UninstallName, Uninstallable, UninstallKey string
	Architectures                              string // processors it runs on, of 6.3 and later; empty for all
	Admin                                      bool   // it asks for an administrator's rights
	Password                                   bool   // it asks for a password
	Languages                                  []string
	Runs                                       []Run // what it starts at its end, in order
}

// Run is a program that an installer starts.
type Run struct {
	Name, Parameters, Dir, Verb, Description string
	// What decides whether it is started: expressions of names.
	Components, Tasks, Languages, Check string
	PostInstall                         bool // offered on the last page
	SkipIfSilent                        bool // not started by a silent installation
}

func infoOf(t *tables, x text) Info {
	h := t.header
	i := Info{
		Version: t.ver.number(), Unicode: t.ver.unicode,
		AppName: x.decode(h.appName), AppVerName: x.decode(h.appVerName), AppID: x.decode(h.appID), AppVersion: x.decode(h.appVersion),
		Publisher: x.decode(h.publisher), DefaultDir: x.decode(h.defaultDir), BaseName: x.decode(h.baseName),
		UninstallName: x.decode(h.uninstallName), Uninstallable: x.decode(h.uninstallable), UninstallKey: x.decode(h.uninstallKey),
		Architectures: x.decode(h.architectures), Admin: h.privileges == 1 || h.privileges == 2, Password: h.password,
	}
	for _, l := range t.languages {
		if len(l.name) > 0 {
			i.Languages = append(i.Languages, x.decode(l.name))
		}
	}
	for _, r := range t.runs {
		i.Runs = append(i.Runs, Run{
			Name: x.decode(r.name), Parameters: x.decode(r.parameters), Dir: x.decode(r.dir), Verb: x.decode(r.verb), Description: x.decode(r.description),
			Components: x.decode(r.components), Tasks: x.decode(r.tasks), Languages: x.decode(r.languages), Check: x.decode(r.check),
			PostInstall: r.options.has(runPostInstall), SkipIfSilent: r.options.has(runSkipSilent),
		})
	}
	return i
}
