package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drivercat/drivercat/packager/distribute"
	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// The settings, as they are called in drivercat.ini.
const (
	keyCatalog  = "catalog"
	keyShare    = "share"
	keyPlatform = "platform"
	keyWorkers  = "workers"
	keyTools    = "tools"
	// keyGeneration is which ConfigMgr the site runs.
	keyGeneration = "generation"
)

// The values of tools.
const (
	toolsAuto = "auto" // those that are installed
	toolsNone = "none"
)

// settingNames lists the settings in the order in which they are shown.
func settingNames() []string {
	return []string{keyCatalog, keyShare, keyPlatform, keyWorkers, keyTools, keyGeneration}
}

// maxWorkers is more than any machine that imports drivers has use for.
const maxWorkers = 256

// settings is what is in force for one command.
type settings struct {
	configFile string // the drivercat.ini that was read, "" if there is none
	configFrom string // why that one
	values     map[string]setting
	servers    map[string]serverSettings // by name, lower case
	problems   []iniProblem
}

// setting is one value and where it came from: "--share", "DRIVERCAT_SHARE", "C:\x\drivercat.ini:3" or "default".
type setting struct {
	Value string `json:"value"`
	From  string `json:"from"`
}

func (s settings) catalog() string  { return s.values[keyCatalog].Value }
func (s settings) share() string    { return s.values[keyShare].Value }
func (s settings) platform() string { return s.values[keyPlatform].Value }

// workers is how many files are worked on at once; 0 means one for each processor.
func (s settings) workers() int {
	n, _ := strconv.Atoi(s.values[keyWorkers].Value) // checked by prepare
	return n
}

// resolve finds each setting's value: flag, else environment, else drivercat.ini, else default.
func (a *app) resolve(cmd *cobra.Command) (settings, error) {
	s := settings{values: map[string]setting{}}
	for _, name := range []string{keyCatalog, keyShare, "config"} {
		// An unset variable in a script must not choose another place than the one that was meant.
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && strings.TrimSpace(f.Value.String()) == "" {
			return s, usageError(fmt.Sprintf("leave --%s away to use the environment, drivercat.ini or the default", name), "--%s is empty", name)
		}
	}
	file, err := a.findConfig(&s)
	if err != nil {
		return s, err
	}
	ini := iniFile{}
	if file != "" {
		if ini, err = readINI(file); err != nil {
			return s, failed("correct the file, or name another one with --config", "configuration %s: %s", file, fileError(err))
		}
		s.problems = ini.problems
	}
	s.servers = serversOf(file, ini.servers)
	typed := map[string]string{keyCatalog: a.flags.catalog, keyShare: a.flags.share}
	for _, key := range settingNames() {
		name := "DRIVERCAT_" + strings.ToUpper(key)
		v, inFile := ini.values[key]
		switch {
		case typed[key] != "":
			s.values[key] = setting{Value: typed[key], From: "--" + key}
		case a.env.Getenv(name) != "":
			s.values[key] = setting{Value: a.env.Getenv(name), From: name}
		case inFile && v.text != "":
			text := v.text
			if key == keyCatalog || key == keyShare {
				text = besideINI(file, text)
			}
			s.values[key] = setting{Value: text, From: file + ":" + strconv.Itoa(v.line)}
		}
	}
	a.defaults(&s)
	return s, nil
}

// findConfig chooses drivercat.ini. One that was asked for must exist.
func (a *app) findConfig(s *settings) (string, error) {
	for _, c := range []struct{ file, from string }{{a.flags.config, "--config"}, {a.env.Getenv("DRIVERCAT_CONFIG"), "DRIVERCAT_CONFIG"}} {
		if c.file == "" {
			continue
		}
		if _, err := os.Stat(c.file); err != nil {
			return "", usageError("", "configuration %s (from %s): %s", c.file, c.from, fileError(err))
		}
		s.configFile, s.configFrom = c.file, c.from
		return c.file, nil
	}
	candidates := []struct{ file, from string }{{"drivercat.ini", "current folder"}}
	if dir := a.configDir(); dir != "" {
		candidates = append(candidates, struct{ file, from string }{filepath.Join(dir, "drivercat", "drivercat.ini"), "your configuration folder"})
	}
	for _, c := range candidates {
		if _, err := os.Stat(c.file); err == nil {
			if abs, err := filepath.Abs(c.file); err == nil {
				c.file = abs
			}
			s.configFile, s.configFrom = c.file, c.from
			return c.file, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", failed("", "configuration %s: %s", c.file, fileError(err))
		}
	}
	return "", nil
}

func (a *app) defaults(s *settings) {
	if s.catalog() == "" {
		switch dir := a.dataDir(); {
		case s.configFile != "":
			s.values[keyCatalog] = setting{Value: filepath.Join(filepath.Dir(s.configFile), "drivercat.db"), From: "default, beside drivercat.ini"}
		case dir != "":
			s.values[keyCatalog] = setting{Value: filepath.Join(dir, "drivercat", "drivercat.db"), From: "default, your data folder"}
		default:
			s.values[keyCatalog] = setting{Value: "drivercat.db", From: "default, the current folder"}
		}
	}
	if s.share() == "" {
		s.values[keyShare] = setting{From: "not set"}
	}
	if s.platform() == "" {
		s.values[keyPlatform] = setting{Value: "PC", From: "default"}
	}
	if s.values[keyWorkers].Value == "" {
		s.values[keyWorkers] = setting{Value: "0", From: "default, one for each processor"}
	}
	if s.values[keyTools].Value == "" {
		s.values[keyTools] = setting{Value: toolsAuto, From: "default, those that are installed"}
	}
	if s.values[keyGeneration].Value == "" {
		s.values[keyGeneration] = setting{Value: string(distribute.GenerationCurrent), From: "default"}
	}
}

func (s settings) check() error {
	for _, p := range s.problems {
		if p.refused {
			return usageError(p.advice, "%s", p.text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.servers)) {
		if err := s.servers[name].check(name); err != nil {
			return err
		}
	}
	w := s.values[keyWorkers]
	if n, err := strconv.Atoi(w.Value); err != nil || n < 0 || n > maxWorkers {
		return usageError(fmt.Sprintf("give a number from 1 to %d, or 0 for one for each processor", maxWorkers), "workers \"%s\" (from %s) is no such number", w.Value, w.From)
	}
	if t := s.values[keyTools]; t.Value != toolsAuto && t.Value != toolsNone {
		return usageError("\"auto\" uses outside programs that are installed, \"none\" uses none", "tools \"%s\" (from %s) is neither", t.Value, t.From)
	}
	g := s.values[keyGeneration]
	if _, err := distribute.ParseGeneration(g.Value); err != nil {
		return usageError("\"2007\" is ConfigMgr 2007, \"current\" the current branch", "generation \"%s\" (from %s) is neither", g.Value, g.From)
	}
	if p := s.values[keyPlatform]; strings.ContainsAny(p.Value, `/\:*?"<>|`) || p.Value == "." || p.Value == ".." {
		return usageError("it is the name of one folder, such as PC", "platform \"%s\" (from %s) is no folder name", p.Value, p.From)
	}
	return nil
}

// redacted is the value as it may be shown: without a password.
func (s setting) redacted() string { return login.Redact(s.Value) }

// besideINI makes a relative path relative to the file that holds it, so that a configuration works from every folder.
func besideINI(file, path string) string {
	if isURL(path) || filepath.IsAbs(path) || strings.HasPrefix(path, `\\`) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

func isURL(s string) bool { return strings.Contains(s, "://") }

// configDir is where a user's configuration lies: %AppData%, ~/Library/Application Support or $XDG_CONFIG_HOME.
func (a *app) configDir() string {
	switch a.env.OS {
	case "windows":
		return a.env.Getenv("AppData")
	case "darwin":
		return a.home("Library", "Application Support")
	}
	if d := a.env.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(d) {
		return d
	}
	return a.home(".config")
}

// dataDir is where a user's data lies: %LocalAppData%, ~/Library/Application Support or $XDG_DATA_HOME.
func (a *app) dataDir() string {
	switch a.env.OS {
	case "windows":
		return a.env.Getenv("LocalAppData")
	case "darwin":
		return a.home("Library", "Application Support")
	}
	if d := a.env.Getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
		return d
	}
	return a.home(".local", "share")
}

func (a *app) home(elem ...string) string {
	h := a.env.Getenv("HOME")
	if h == "" {
		return ""
	}
	return filepath.Join(append([]string{h}, elem...)...)
}
