package installer

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// HardwareApp is one entry of the catalogue that Lenovo publishes for ConfigMgr administrators (catalog.xml): a setup
// program that a model needs beside its driver pack, and the command that runs it without questions.
type HardwareApp struct {
	Model    string   // Lenovo's name for it: "M700SFF"
	Types    []string // machine types, of four characters
	OS       string   // "win10", "win81", "win764", "win732"
	Category string   // "Bluetooth", "Fingerprint", "Hotkey", "WAN", "Other"
	Name     string
	Command  string
	URL      string // where it is downloaded from
}

// MaxHardwareApps is the largest catalogue that ParseHardwareApps reads, in bytes. Real ones have about 2 MB.
const MaxHardwareApps = 32 << 20

type hardwareAppsXML struct {
	XMLName  xml.Name
	Products []struct {
		Model string   `xml:"model,attr"`
		OS    string   `xml:"os,attr"`
		Types []string `xml:"Queries>Types>Type"`
		Apps  []struct {
			Category string `xml:"category,attr"`
			Name     string `xml:"name"`
			URL      string `xml:"downloadURL"`
			Command  string `xml:"installCmd"`
		} `xml:"HardwareApps>HardwareApp"`
	} `xml:"Product"`
}

// ParseHardwareApps reads the catalogue's entries that have a command. Other XML, and a file that is not well-formed, is
// an error.
func ParseHardwareApps(data []byte) (apps []HardwareApp, err error) {
	if len(data) > MaxHardwareApps {
		return nil, fmt.Errorf("installer: hardware apps: %d bytes, at most %d are read: %w", len(data), MaxHardwareApps, errOther)
	}
	var x hardwareAppsXML
	if err := decodeXML(data, "Products", &x); err != nil {
		return nil, fmt.Errorf("installer: hardware apps: %w", err)
	}
	for _, p := range x.Products {
		var types []string
		for _, t := range p.Types {
			if t = oneLine(t); t != "" {
				types = append(types, t)
			}
		}
		for _, a := range p.Apps {
			if command := oneLine(a.Command); command != "" {
				apps = append(apps, HardwareApp{
					Model: oneLine(p.Model), Types: types, OS: strings.ToLower(oneLine(p.OS)), Category: oneLine(a.Category), Name: oneLine(a.Name), Command: command, URL: oneLine(a.URL),
				})
			}
		}
	}
	return apps, nil
}

// Fits reports whether the entry is for a model by its folder name, such as R61-8935CTO, which holds a machine type, or
// M700SFF, which is Lenovo's own name.
func (a HardwareApp) Fits(model string) bool {
	plain := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToUpper(model))
	for _, t := range a.Types {
		if len(t) == 4 && strings.Contains(plain, strings.ToUpper(t)) {
			return true
		}
	}
	return a.Model != "" && strings.EqualFold(plain, strings.NewReplacer(" ", "", "-", "", "_", "").Replace(a.Model))
}

// FitsOS reports whether the entry is for a target by its text, such as win7-x64.
func (a HardwareApp) FitsOS(target string) bool {
	switch a.OS {
	case "win732":
		return target == "win7-x86"
	case "win764":
		return target == "win7-x64"
	case "win81":
		return strings.HasPrefix(target, "win8.1-")
	}
	return a.OS == "" || strings.HasPrefix(target, a.OS+"-")
}
