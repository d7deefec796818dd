package blocklist

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// MaxSize is the largest policy that is read, in bytes. The published one has about 2 MB.
const MaxSize = 64 << 20

// ErrNotPolicy: the input is no code integrity policy in XML.
var ErrNotPolicy = errors.New("blocklist: not a code integrity policy (SiPolicy XML)")

// The elements of a policy as far as they matter here (the schema comes with Windows as sipolicy.xsd).
type (
	policyXML struct {
		XMLName  xml.Name `xml:"SiPolicy"`
		Version  string   `xml:"VersionEx"`
		PolicyID string   `xml:"PolicyID"`
		Settings []struct {
			Key   string `xml:"Key,attr"`
			Name  string `xml:"ValueName,attr"`
			Value string `xml:"Value>String"`
		} `xml:"Settings>Setting"`
		FileRules struct {
			Deny   []fileXML `xml:"Deny"`
			Attrib []fileXML `xml:"FileAttrib"`
		} `xml:"FileRules"`
		Signers   []signerXML   `xml:"Signers>Signer"`
		Scenarios []scenarioXML `xml:"SigningScenarios>SigningScenario"`
	}
	fileXML struct {
		ID           string `xml:"ID,attr"`
		FriendlyName string `xml:"FriendlyName,attr"`
		Hash         string `xml:"Hash,attr"`
		FileName     string `xml:"FileName,attr"`
		InternalName string `xml:"InternalName,attr"`
		Description  string `xml:"FileDescription,attr"`
		ProductName  string `xml:"ProductName,attr"`
		Minimum      string `xml:"MinimumFileVersion,attr"`
		Maximum      string `xml:"MaximumFileVersion,attr"`
	}
	signerXML struct {
		ID   string `xml:"ID,attr"`
		Name string `xml:"Name,attr"`
		Root struct {
			Type  string `xml:"Type,attr"`
			Value string `xml:"Value,attr"`
		} `xml:"CertRoot"`
		Publisher *struct {
			Value string `xml:"Value,attr"`
		} `xml:"CertPublisher"`
		OEM *struct {
			Value string `xml:"Value,attr"`
		} `xml:"CertOemID"`
		Files []struct {
			ID string `xml:"RuleID,attr"`
		} `xml:"FileAttribRef"`
	}
	scenarioXML struct {
		Value  string `xml:"Value,attr"`
		Denied []struct {
			ID string `xml:"SignerId,attr"`
		} `xml:"ProductSigners>DeniedSigners>DeniedSigner"`
		Files []struct {
			ID string `xml:"RuleID,attr"`
		} `xml:"ProductSigners>FileRulesRef>FileRuleRef"`
	}
)

// kernelScenario is the signing scenario of kernel-mode code.
const kernelScenario = "131"

// Parse reads a policy. src is not kept. The error wraps ErrNotPolicy for anything that is none.
func Parse(src []byte) (*List, error) {
	if len(src) > MaxSize {
		return nil, fmt.Errorf("%w: it has %d bytes, %d are read", ErrNotPolicy, len(src), MaxSize)
	}
	text, err := io.ReadAll(transform.NewReader(bytes.NewReader(src), unicode.BOMOverride(unicode.UTF8.NewDecoder())))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPolicy, err)
	}
	var p policyXML
	d := xml.NewDecoder(bytes.NewReader(text))
	// The text is UTF-8 now, whatever its first line says.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	if err := d.Decode(&p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPolicy, err)
	}
	l := &List{PolicyID: p.PolicyID, Version: p.Version}
	for _, s := range p.Settings {
		if s.Key == "Information" && s.Name == "Name" {
			l.Name = s.Value
		}
	}
	if err := l.fill(&p); err != nil {
		return nil, err
	}
	return l, nil
}

// fill turns the elements into rules.
func (l *List) fill(p *policyXML) error {
	kernel, all := p.denied()
	attributes := map[string]Range{}
	for _, f := range p.FileRules.Attrib {
		r, err := newRange(f)
		if err != nil {
			return err
		}
		attributes[f.ID] = r
	}
	for _, f := range p.FileRules.Deny {
		if !all && !kernel[f.ID] {
			continue
		}
		r, err := newRange(f)
		if err != nil {
			return err
		}
		rule := Rule{ID: f.ID, Name: f.FriendlyName, Hash: strings.ToLower(f.Hash)}
		switch {
		case f.Hash != "" && strings.Contains(strings.ToLower(f.FriendlyName), "hash page "):
			l.Ignored++
			continue
		case f.Hash == "":
			rule.Files = []Range{r}
		}
		l.Rules = append(l.Rules, rule)
	}
	for _, s := range p.Signers {
		if !all && !kernel[s.ID] {
			continue
		}
		if !strings.EqualFold(s.Root.Type, "TBS") || s.OEM != nil {
			l.Ignored++
			continue
		}
		rule := Rule{ID: s.ID, Name: s.Name, TBS: strings.ToLower(s.Root.Value)}
		if s.Publisher != nil {
			rule.Publisher = s.Publisher.Value
		}
		for _, f := range s.Files {
			r, ok := attributes[f.ID]
			if !ok {
				return fmt.Errorf("%w: signer %s refers to %s, which is not there", ErrNotPolicy, s.ID, f.ID)
			}
			rule.Files = append(rule.Files, r)
		}
		l.Rules = append(l.Rules, rule)
	}
	if len(l.Rules) == 0 {
		return fmt.Errorf("%w: it denies nothing", ErrNotPolicy)
	}
	l.index()
	return nil
}

// denied are the rules that a scenario for kernel-mode code refers to; all if no scenario refers to any.
func (p *policyXML) denied() (kernel map[string]bool, all bool) {
	kernel, all = map[string]bool{}, true
	for _, s := range p.Scenarios {
		all = all && len(s.Denied)+len(s.Files) == 0
		if s.Value != kernelScenario {
			continue
		}
		for _, d := range s.Denied {
			kernel[d.ID] = true
		}
		for _, f := range s.Files {
			kernel[f.ID] = true
		}
	}
	return kernel, all
}

func newRange(f fileXML) (Range, error) {
	r := Range{FileName: f.FileName, InternalName: f.InternalName, Description: f.Description, Product: f.ProductName}
	var err error
	if r.Minimum, err = parseVersion(f.Minimum); err == nil {
		r.Maximum, err = parseVersion(f.Maximum)
	}
	if err != nil {
		return r, fmt.Errorf("%w: rule %s: %w", ErrNotPolicy, f.ID, err)
	}
	// A rule that denies with a minimum alone names the first version that is good
	// (learn.microsoft.com/.../app-control-for-business/design/applications-that-can-bypass-appcontrol).
	if r.Minimum != nil && r.Maximum == nil {
		r.Below, r.Minimum = r.Minimum, nil
	}
	return r, nil
}
