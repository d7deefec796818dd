package lint

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/drivercat/drivercat/inf"
)

// SARIF writes findings as a log of the Static Analysis Results Interchange Format, version 2.1.0, which code-scanning
// services read: docs.oasis-open.org/sarif/sarif/v2.1.0. Findings go out as they come, so that a log takes no memory; it is
// complete after Close. It is not safe for concurrent use.
type SARIF struct {
	w     *bufio.Writer
	index map[string]int // of each rule
	any   bool
	err   error
}

// Tool is what a log says of the program that made it.
type Tool struct {
	Name, Version, URL string
}

// NewSARIF begins a log.
func NewSARIF(w io.Writer, tool Tool) *SARIF {
	s := &SARIF{w: bufio.NewWriter(w), index: map[string]int{}}
	driver := sarifDriver{Name: tool.Name, Version: tool.Version, InformationURI: tool.URL, Rules: []sarifRule{}}
	for i, r := range Rules() {
		s.index[r.Code] = i
		driver.Rules = append(driver.Rules, sarifRuleOf(r))
	}
	s.raw(`{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":`)
	s.value(driver)
	s.raw(`},"columnKind":"unicodeCodePoints","results":[`)
	return s
}

// Write adds a finding. Files are named as their diagnostics name them, as a relative or file URI.
func (s *SARIF) Write(d inf.Diagnostic) error {
	if s.any {
		s.raw(",")
	}
	s.any = true
	s.raw("\n")
	r := sarifResult{
		RuleID: d.Code, RuleIndex: s.index[d.Code], Level: sarifLevel(d.Severity),
		Message:   sarifText{sentence(d.Summary) + " " + sentence(d.Advice)},
		Locations: []sarifLocation{{PhysicalLocation: sarifPlace(d.File, d.Range)}},
	}
	for i, rel := range d.Related {
		r.Related = append(r.Related, sarifLocation{ID: i + 1, PhysicalLocation: sarifPlace(rel.File, rel.Range), Message: &sarifText{sentence(rel.Text)}})
	}
	if d.Fix != nil {
		c := sarifChange{ArtifactLocation: sarifURI{fileURI(d.File)}}
		for _, e := range d.Fix.Edits {
			c.Replacements = append(c.Replacements, sarifReplacement{DeletedRegion: sarifRange(e.Range), InsertedContent: sarifText{e.New}})
		}
		r.Fixes = []sarifFix{{Description: sarifText{sentence(d.Fix.Text)}, ArtifactChanges: []sarifChange{c}}}
	}
	s.value(r)
	return s.err
}

// Close ends the log. It does not close the writer.
func (s *SARIF) Close() error {
	s.raw("\n]}]}\n")
	if err := s.w.Flush(); s.err == nil {
		s.err = err
	}
	return s.err
}

func (s *SARIF) raw(text string) {
	if s.err == nil {
		_, s.err = s.w.WriteString(text)
	}
}

func (s *SARIF) value(v any) {
	b, err := json.Marshal(v)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("lint: write SARIF: %w", err)
	}
	s.raw(string(b))
}

// The parts of a log, named as the standard names them.
type (
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri,omitempty"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string      `json:"id"`
		ShortDescription     sarifText   `json:"shortDescription"`
		FullDescription      *sarifText  `json:"fullDescription,omitempty"`
		Help                 sarifText   `json:"help"`
		HelpURI              string      `json:"helpUri,omitempty"`
		DefaultConfiguration sarifConfig `json:"defaultConfiguration"`
		Properties           *sarifTags  `json:"properties,omitempty"`
	}
	sarifTags struct {
		Tags []string `json:"tags"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		ID               int           `json:"id,omitempty"`
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
		Message          *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifURI     `json:"artifactLocation"`
		Region           *sarifRegion `json:"region,omitempty"`
	}
	sarifURI struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
		ByteOffset  int `json:"byteOffset"`
		ByteLength  int `json:"byteLength"`
	}
	sarifFix struct {
		Description     sarifText     `json:"description"`
		ArtifactChanges []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		ArtifactLocation sarifURI           `json:"artifactLocation"`
		Replacements     []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		DeletedRegion   *sarifRegion `json:"deletedRegion"`
		InsertedContent sarifText    `json:"insertedContent"`
	}
)

func sarifRuleOf(r inf.Rule) sarifRule {
	out := sarifRule{
		ID: r.Code, ShortDescription: sarifText{sentence(r.Title)}, Help: sarifText{sentence(r.Advice)},
		HelpURI: r.Source, DefaultConfiguration: sarifConfig{sarifLevel(r.Severity)},
	}
	if r.Explanation != "" {
		out.FullDescription = &sarifText{r.Explanation}
	}
	for _, n := range r.InfVerif {
		if out.Properties == nil {
			out.Properties = &sarifTags{}
		}
		out.Properties.Tags = append(out.Properties.Tags, fmt.Sprintf("InfVerif %d", n))
	}
	return out
}

// sarifLevel turns a severity into the standard's word.
func sarifLevel(s inf.Severity) string {
	if s == inf.Info {
		return "note"
	}
	return s.String()
}

func sarifPlace(file string, r inf.Range) sarifPhysical {
	return sarifPhysical{ArtifactLocation: sarifURI{fileURI(file)}, Region: sarifRange(r)}
}

// sarifRange is nil for a finding about a file as a whole, which has no place in the text.
func sarifRange(r inf.Range) *sarifRegion {
	if r.Start.Line == 0 {
		return nil
	}
	return &sarifRegion{
		StartLine: r.Start.Line, StartColumn: r.Start.Column, EndLine: r.End.Line, EndColumn: r.End.Column,
		ByteOffset: r.Start.Offset, ByteLength: r.End.Offset - r.Start.Offset,
	}
}

// fileURI turns a path into a URI: relative paths stay relative, so that a service finds the file in its checkout.
func fileURI(name string) string {
	slashed := strings.ReplaceAll(name, `\`, "/")
	switch {
	case len(slashed) > 2 && slashed[1] == ':' && slashed[2] == '/': // a drive letter
		return (&url.URL{Scheme: "file", Path: "/" + slashed}).String()
	case strings.HasPrefix(slashed, "//"): // a server's share
		host, rest, _ := strings.Cut(slashed[2:], "/")
		return (&url.URL{Scheme: "file", Host: host, Path: "/" + rest}).String()
	case strings.HasPrefix(slashed, "/"):
		return (&url.URL{Scheme: "file", Path: slashed}).String()
	}
	return (&url.URL{Path: path.Clean(slashed)}).String()
}

// sentence makes a sentence of a summary or an advice, which stand in lower case and without a period elsewhere.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if s[0] >= 'a' && s[0] <= 'z' {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if !strings.ContainsRune(".!?", rune(s[len(s)-1])) {
		s += "."
	}
	return s
}
