package packager

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/layout"
)

// place gives every chosen driver its folder in the package and its files their paths.
func (p *Plan) place(in Input, chosen []candidate) {
	folders := name(chosen)
	byDir := infFolders(in)
	times := recordedFiles(in)
	for i, c := range chosen {
		d := PlanDriver{
			Hash: c.driver.Hash, INF: path.Base(c.path), Class: c.driver.INF.Class, Provider: c.driver.INF.Provider,
			Date: c.driver.INF.Date, Version: c.driver.INF.Version, Why: c.why, Folder: folders[i], Source: c.ref(), Path: c.path,
		}
		d.Files = content(c, p.Content, byDir[c.source.Source.ID])
		setTimes(d.Files, times[c.source.Source.ID])
		for k := range d.Files {
			d.Bytes += d.Files[k].Size
			d.Files[k].Path = d.Folder + "/" + d.Files[k].Path
		}
		p.Drivers = append(p.Drivers, d)
	}
	slices.SortFunc(p.Drivers, func(a, b PlanDriver) int { return strings.Compare(a.Folder, b.Folder) })
}

// inFile reports whether a path leads through a file, which is an archive then. The names of files are in lower case.
func inFile(rel string, files map[string]bool) bool {
	for d := path.Dir(strings.ToLower(rel)); d != "."; d = path.Dir(d) {
		if files[d] {
			return true
		}
	}
	return false
}

// content lists a driver's files, sorted, with paths relative to the INF's folder.
func content(c candidate, kind string, infs map[string]bool) []PlanFile {
	dir := path.Dir(c.path)
	seen := map[string]bool{}
	var out []PlanFile
	add := func(rel, from string, size int64, sum catalog.Hash) {
		low := strings.ToLower(rel)
		if !seen[low] {
			seen[low] = true
			out = append(out, PlanFile{Path: rel, From: from, Size: size, SHA256: sum})
		}
	}
	for _, f := range c.driver.Files {
		rel := path.Clean(f.Path)
		add(rel, path.Join(dir, rel), f.Size, f.SHA256)
	}
	if kind == ContentFolder {
		// What is in an archive of the folder is listed below the archive's name, and a package cannot hold a file and a
		// folder of one name: the archive comes as it is, unless the INF names something in it.
		folders, files := map[string]bool{}, map[string]bool{}
		for _, f := range out {
			for d := path.Dir(f.Path); d != "."; d = path.Dir(d) {
				folders[strings.ToLower(d)] = true
			}
		}
		for _, f := range c.source.Files {
			if rel, ok := below(dir, f.Path); ok {
				files[strings.ToLower(rel)] = true
			}
		}
		for _, f := range c.source.Files {
			rel, ok := below(dir, f.Path)
			if ok && !f.Problem && ownFolder(dir, path.Dir(f.Path), infs) && !folders[strings.ToLower(rel)] && !inFile(rel, files) {
				add(rel, f.Path, f.Size, f.SHA256)
			}
		}
	}
	slices.SortFunc(out, func(a, b PlanFile) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// recordedFiles gives the files of each source by path.
func recordedFiles(in Input) map[int64]map[string]*catalog.SourceFile {
	out := map[int64]map[string]*catalog.SourceFile{}
	for _, s := range in.Sources {
		by := make(map[string]*catalog.SourceFile, len(s.Files))
		for i := range s.Files {
			by[s.Files[i].Path] = &s.Files[i]
		}
		out[s.Source.ID] = by
	}
	return out
}

// setTimes gives files the times that their source recorded.
func setTimes(files []PlanFile, recorded map[string]*catalog.SourceFile) {
	for i := range files {
		f := &files[i]
		if r := recorded[f.From]; r != nil && r.Size == f.Size && r.SHA256 == f.SHA256 {
			f.MTime = r.MTime
		}
	}
}

// below gives the path relative to dir of a file that lies in it or deeper.
func below(dir, file string) (string, bool) {
	if dir == "." {
		return file, true
	}
	return strings.CutPrefix(file, dir+"/")
}

// ownFolder reports whether no folder between the INF's and the file's holds an INF of its own: that would be another driver.
func ownFolder(infDir, dir string, infs map[string]bool) bool {
	for ; dir != infDir; dir = path.Dir(dir) {
		if infs[dir] {
			return false
		}
		if dir == "." {
			break
		}
	}
	return true
}

// infFolders tells, for each source, which folders hold an INF.
func infFolders(in Input) map[int64]map[string]bool {
	out := map[int64]map[string]bool{}
	for _, s := range in.Sources {
		dirs := map[string]bool{}
		for _, r := range s.Drivers {
			if r.Driver.INF != nil {
				dirs[path.Dir(r.Path)] = true
			}
		}
		out[s.Source.ID] = dirs
	}
	return out
}

// name gives each driver the folder <class>/<INF name>. Those that would share one get their provider added, then their
// source's folder name, then their path in the source: what stays the same when a driver is updated. The result does not
// depend on the order of the drivers.
func name(cs []candidate) []string {
	classes := classNames(cs)
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = path.Join(classes[i], layout.SafeName(stem(c.path)))
	}
	more := []func(candidate) string{
		func(c candidate) string { return cmp.Or(strings.TrimSpace(c.driver.INF.Provider), "unknown provider") },
		func(c candidate) string { return path.Base(strings.ReplaceAll(c.source.Source.Location, `\`, "/")) },
		func(c candidate) string { return strings.ReplaceAll(path.Dir(c.path), "/", "-") },
	}
	for _, part := range more {
		for _, group := range clashes(out) {
			if same(group, func(i int) string { return part(cs[i]) }) {
				continue
			}
			for _, i := range group {
				out[i] += "-" + layout.SafeName(part(cs[i]))
			}
		}
	}
	// What is left has the same name, provider, source name and path: two sources of one name in different places.
	for _, group := range clashes(out) {
		slices.SortFunc(group, func(a, b int) int {
			return strings.Compare(cs[a].source.Source.Location+"/"+cs[a].path, cs[b].source.Source.Location+"/"+cs[b].path)
		})
		for n, i := range group[1:] {
			out[i] += fmt.Sprintf("-%d", n+2)
		}
	}
	return out
}

func stem(infPath string) string {
	b := path.Base(infPath)
	if ext := path.Ext(b); strings.EqualFold(ext, ".inf") {
		return b[:len(b)-len(ext)]
	}
	return b
}

// clashes returns the groups of indexes whose folders are the same on Windows, in the order of their folders.
func clashes(folders []string) [][]int {
	by := map[string][]int{}
	for i, f := range folders {
		by[strings.ToLower(f)] = append(by[strings.ToLower(f)], i)
	}
	var keys []string
	for k, g := range by {
		if len(g) > 1 {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	out := make([][]int, len(keys))
	for i, k := range keys {
		out[i] = by[k]
	}
	return out
}

func same(group []int, part func(int) string) bool {
	for _, i := range group[1:] {
		if !strings.EqualFold(part(i), part(group[0])) {
			return false
		}
	}
	return true
}

// classNames gives each driver's class folder: Microsoft's spelling for the classes that Microsoft defines, the vendors' for
// others, and one spelling where vendors spell one class in two ways.
func classNames(cs []candidate) []string {
	known, spelled := map[string]bool{}, map[string]string{}
	for _, c := range knownClasses() {
		known[strings.ToLower(c)] = true
		spelled[strings.ToLower(c)] = c
	}
	out := make([]string, len(cs))
	low := make([]string, len(cs))
	for i, c := range cs {
		class := layout.SafeName(cmp.Or(strings.TrimSpace(c.driver.INF.Class), "Unknown"))
		low[i] = strings.ToLower(class)
		if s, ok := spelled[low[i]]; !ok || class < s && !known[low[i]] {
			spelled[low[i]] = class
		}
	}
	for i := range out {
		out[i] = spelled[low[i]]
	}
	return out
}

// knownClasses are the system-defined setup classes, as
// learn.microsoft.com/windows-hardware/drivers/install/system-defined-device-setup-classes-available-to-vendors spells them.
func knownClasses() []string {
	return []string{
		"AudioProcessingObject", "Battery", "Biometric", "Bluetooth", "Camera", "CDROM", "DiskDrive", "Display", "Extension", "FDC",
		"Firmware", "FloppyDisk", "HDC", "HIDClass", "Dot4", "Dot4Print", "61883", "AVC", "SBP2", "1394", "1394Debug", "Image",
		"Infrared", "Keyboard", "MediumChanger", "MTD", "Modem", "Monitor", "Mouse", "Multifunction", "MEDIA", "MultiportSerial",
		"Net", "NetClient", "NetService", "NetTrans", "SecurityAccelerator", "PCMCIA", "Ports", "Printer", "PNPPrinters", "Processor",
		"SCSIAdapter", "SecurityDevices", "Sensor", "SmartCardReader", "SoftwareComponent", "SoftwareDevice", "Volume", "System",
		"TapeDrive", "USB", "USBDevice", "WCEUSBS", "WPD", "ComputeAccelerator",
	}
}
