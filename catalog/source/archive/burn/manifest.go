package burn

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

const (
	maxManifest = 32 << 20
	maxElements = 100_000 // packages, payloads, containers
)

// manifest is the part of BurnManifest that is used here. The toolset has changed the namespace twice and kept the names.
type manifest struct {
	EngineVersion string
	Containers    []containerElement
	UX            []payloadElement
	Payloads      []payloadElement
	Registration  registrationElement
	Packages      []packageElement
	Related       []relatedElement
}

type containerElement struct {
	ID            string `xml:"Id,attr"`
	FilePath      string `xml:"FilePath,attr"`
	DownloadURL   string `xml:"DownloadUrl,attr"`
	Attached      string `xml:"Attached,attr"`
	AttachedIndex uint32 `xml:"AttachedIndex,attr"`
}

type payloadElement struct {
	ID          string `xml:"Id,attr"`
	FilePath    string `xml:"FilePath,attr"`
	FileSize    string `xml:"FileSize,attr"`
	Packaging   string `xml:"Packaging,attr"` // WiX 3: embedded or external
	SourcePath  string `xml:"SourcePath,attr"`
	Container   string `xml:"Container,attr"`
	DownloadURL string `xml:"DownloadUrl,attr"`
}

func (p *payloadElement) size() int64 {
	if n, err := strconv.ParseInt(p.FileSize, 10, 64); err == nil && n >= 0 {
		return n
	}
	return -1
}

type registrationElement struct {
	ID         string `xml:"Id,attr"`
	Code       string `xml:"Code,attr"` // instead of Id, from WiX 6 on
	Version    string `xml:"Version,attr"`
	PerMachine string `xml:"PerMachine,attr"`
	Scope      string `xml:"Scope,attr"`
	Arp        struct {
		DisplayName    string `xml:"DisplayName,attr"`
		DisplayVersion string `xml:"DisplayVersion,attr"`
		Publisher      string `xml:"Publisher,attr"`
	} `xml:"Arp"`
}

type relatedElement struct {
	ID     string `xml:"Id,attr"`
	Code   string `xml:"Code,attr"`
	Action string `xml:"Action,attr"`
}

type packageElement struct {
	XMLName            xml.Name
	ID                 string `xml:"Id,attr"`
	PerMachine         string `xml:"PerMachine,attr"`
	Permanent          string `xml:"Permanent,attr"`
	Vital              string `xml:"Vital,attr"`
	InstallCondition   string `xml:"InstallCondition,attr"`
	DetectCondition    string `xml:"DetectCondition,attr"`
	InstallArguments   string `xml:"InstallArguments,attr"`
	UninstallArguments string `xml:"UninstallArguments,attr"`
	RepairArguments    string `xml:"RepairArguments,attr"`
	ArpID              string `xml:"ArpId,attr"`
	ArpVersion         string `xml:"ArpDisplayVersion,attr"`
	ProductCode        string `xml:"ProductCode,attr"`
	PatchCode          string `xml:"PatchCode,attr"`
	BundleID           string `xml:"BundleId,attr"`
	BundleCode         string `xml:"BundleCode,attr"`
	Version            string `xml:"Version,attr"`
	KB                 string `xml:"KB,attr"`
	Properties         []struct {
		ID        string `xml:"Id,attr"`
		Value     string `xml:"Value,attr"`
		Condition string `xml:"Condition,attr"`
	} `xml:"MsiProperty"`
	ExitCodes []struct {
		Code string `xml:"Code,attr"`
		Type string `xml:"Type,attr"`
	} `xml:"ExitCode"`
	CommandLines []struct {
		Install   string `xml:"InstallArgument,attr"`
		Condition string `xml:"Condition,attr"`
	} `xml:"CommandLine"`
	PayloadRefs []struct {
		ID string `xml:"Id,attr"`
	} `xml:"PayloadRef"`
}

// parseManifest reads a manifest. Elements that it does not know are passed over.
func parseManifest(b []byte) (*manifest, error) {
	m := &manifest{}
	d := xml.NewDecoder(bytes.NewReader(b))
	depth, elements := 0, 0
	inUX, inChain := false, false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && depth == 0 && elements > 0 {
			return m, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: the manifest of the bundle: %v", archive.ErrCorrupt, err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if depth--; depth == 1 {
				inUX, inChain = false, false
			}
			continue
		case xml.StartElement:
			if elements++; elements > maxElements {
				return nil, fmt.Errorf("%w: a manifest of more than %d elements", archive.ErrLimit, maxElements)
			}
			name := t.Name.Local
			switch {
			case depth == 0 && name != "BurnManifest":
				return nil, fmt.Errorf("%w: the manifest of the bundle is a %s", archive.ErrCorrupt, name)
			case depth == 0:
				m.EngineVersion = attribute(t, "EngineVersion")
			case depth == 1 && name == "UX":
				inUX = true
			case depth == 1 && name == "Chain":
				inChain = true
			case inUX && depth == 2 && name == "Payload":
				err = decodeInto(d, t, &m.UX)
				depth--
			case inChain && depth == 2 && strings.HasSuffix(name, "Package"):
				err = decodeInto(d, t, &m.Packages)
				depth--
			case depth == 1 && name == "Payload":
				err = decodeInto(d, t, &m.Payloads)
				depth--
			case depth == 1 && name == "Container":
				err = decodeInto(d, t, &m.Containers)
				depth--
			case depth == 1 && name == "RelatedBundle":
				err = decodeInto(d, t, &m.Related)
				depth--
			case depth == 1 && name == "Registration":
				err = d.DecodeElement(&m.Registration, &t)
				depth--
			}
			if err != nil {
				return nil, fmt.Errorf("%w: the manifest of the bundle: %v", archive.ErrCorrupt, err)
			}
			depth++
		}
	}
}

func decodeInto[E any](d *xml.Decoder, t xml.StartElement, list *[]E) error {
	var e E
	if err := d.DecodeElement(&e, &t); err != nil {
		return err
	}
	*list = append(*list, e)
	return nil
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// inContainer lists the payloads of a container.
func (m *manifest) inContainer(id string) (list []payloadElement) {
	for _, p := range m.Payloads {
		if p.Container == id {
			list = append(list, p)
		}
	}
	return list
}

// names maps the names in a container's cabinet to those of the listing. The first container has those of the interface.
func (m *manifest) names(n int, id string) map[string]string {
	names := map[string]string{}
	list, before := m.UX, "ux/"
	if n > 0 {
		list, before = m.inContainer(id), ""
	}
	for _, p := range list {
		if _, twice := names[p.SourcePath]; !twice && p.FilePath != "" {
			names[p.SourcePath] = before + slashes(p.FilePath)
		}
	}
	return names
}
