package distribute

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/drivercat/drivercat/catalog"
)

// MaxExport is the largest export that is read, in bytes.
const MaxExport = 64 << 20

// maxExportRows is how many rows are read: twenty times the points of the largest site.
const maxExportRows = 100_000

// ErrNoExport is what ParseExport wraps if no column names a point.
var ErrNoExport = errors.New("no list of points")

// Export is what a CSV file says of points.
type Export struct {
	Rows     []ExportRow
	Problems []ExportProblem // rows that are left out, ordered by line
	Unused   []string        // columns that say nothing to drivercat, in the file's order
}

// ExportRow is one point of an export.
type ExportRow struct {
	Line   int // where it stands first
	Point  catalog.Point
	Given  map[Field]bool // the fields that the export says something of; the others are not known, and not empty
	Groups []string       // that it is in, as far as the export says
}

// ExportProblem is a row that is left out.
type ExportProblem struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Field is something that an export may say of a point.
type Field string

// The fields. Those of a type alone say whether the point has it.
const (
	FieldName       Field = "name"
	FieldServer     Field = "server"
	FieldNAL        Field = "nal"
	FieldShare      Field = "share"        // the Drivers share, in lists of one's own
	FieldPkgShare   Field = "packageshare" // ConfigMgr's
	FieldSite       Field = "site"
	FieldADSite     Field = "adsite"
	FieldAddress    Field = "address"
	FieldResource   Field = "resource"
	FieldTypes      Field = "types"
	FieldType       Field = "type" // of the point, or whatever else the console calls so
	FieldProtected  Field = "protected"
	FieldPXE        Field = "pxe"
	FieldPull       Field = "pull"
	FieldCloud      Field = "cloud"
	FieldBITS       Field = "bits"
	FieldBranch     Field = "branch"
	FieldMulticast  Field = "multicast"
	FieldStreaming  Field = "streaming"
	FieldInternet   Field = "internet"
	FieldMobile     Field = "mobile"
	FieldBoundaries Field = "boundaries"
	FieldGroups     Field = "groups"
)

// columns names the fields of columns, as squeeze leaves their headings: the properties of SMS_DistributionPointInfo and
// SMS_DistributionPoint (2007 and later), SMS_SystemResourceList, SMS_DPGroupMembers, what Get-CMDistributionPoint gives, the
// console's headings, and plain words for lists of one's own.
func columns() map[Field][]string {
	return map[Field][]string{
		FieldName:       {"name", "point", "pointname", "distributionpoint", "distributionpointname", "dpname", "dp"},
		FieldServer:     {"servername", "server", "sitesystemservername", "networkospath", "serverremotename", "sitesystem"},
		FieldNAL:        {"nalpath", "servernalpath", "dpnalpath", "nal"},
		FieldShare:      {"share", "driversshare"},
		FieldPkgShare:   {"sharename", "packagesharename"},
		FieldSite:       {"sitecode", "site"},
		FieldADSite:     {"adsite", "adsitename", "activedirectorysite"},
		FieldAddress:    {"address", "ipaddress", "ip"},
		FieldResource:   {"resourcetype", "naltype"},
		FieldTypes:      {"types"},
		FieldType:       {"type", "distributionpointtype"},
		FieldProtected:  {"isprotected", "protected"},
		FieldPXE:        {"ispxe", "pxe", "pxeenabled", "enablepxe", "supportpxe"},
		FieldPull:       {"ispulldp", "ispull", "pulldp", "pull", "enablepulldp", "pulldistributionpoint"},
		FieldCloud:      {"iscloud", "cloud", "isclouddp"},
		FieldBITS:       {"bitsenabled", "isbits", "bits", "isbitsenabled"},
		FieldBranch:     {"ispeerdp", "branch", "isbranch"},
		FieldMulticast:  {"ismulticast", "multicast", "enablemulticast", "supportmulticast"},
		FieldStreaming:  {"isfilestreaming", "filestreaming", "streaming"},
		FieldInternet:   {"internetfacing", "isinternetfacing", "internet"},
		FieldMobile:     {"mobile", "mobiledevice", "mobiledevices", "mobiledevicesupport"},
		FieldBoundaries: {"boundaries", "boundary", "protectedboundaries"},
		FieldGroups:     {"groups", "group", "groupname", "memberof", "distributionpointgroup", "distributionpointgroups", "distributionpointgroupname", "dpgroup", "dpgroups"},
	}
}

// typeFields are the columns that say whether a point has a type.
func typeFields() map[Field]Type {
	return map[Field]Type{FieldBITS: BITS, FieldBranch: Branch, FieldMulticast: Multicast, FieldStreaming: Streaming, FieldInternet: Internet, FieldMobile: Mobile}
}

// ParseExport reads an export of distribution points: of ConfigMgr, by Export-Csv or copied from the console, or a list of
// one's own. Separators are commas, semicolons or tabs, in any order of columns; the text is UTF-8, UTF-16 or, if it is
// neither, Windows-1252. A row that cannot be read is a problem with its line, and the rest is read all the same. Rows
// for one point that differ in the group only are one row.
func ParseExport(raw []byte) (*Export, error) {
	if len(raw) > MaxExport {
		return nil, fmt.Errorf("distribute: %w: it has over %d MiB", ErrNoExport, MaxExport>>20)
	}
	text := decodeExport(raw)
	text, comma, skipped := exportHead(text)
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, comma == '\t'
	head, err := r.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("distribute: %w: it is empty", ErrNoExport)
		}
		return nil, fmt.Errorf("distribute: %w: line %d: %s", ErrNoExport, skipped+1, csvProblem(err))
	}
	p := exportParser{e: &Export{}, seen: map[string]int{}}
	if err := p.head(head); err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return p.e, nil
		}
		if n == maxExportRows {
			return nil, fmt.Errorf("distribute: %w: it has over %d rows", ErrNoExport, maxExportRows)
		}
		if err != nil {
			line := 0
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				line = pe.StartLine
			}
			p.problem(skipped+line, "%s", csvProblem(err))
			continue
		}
		line, _ := r.FieldPos(0)
		p.row(skipped+line, record)
	}
}

func csvProblem(err error) string {
	if errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote) {
		return "its quotes are not closed or not doubled"
	}
	return err.Error()
}

// decodeExport makes UTF-8 of what Windows programs write.
func decodeExport(raw []byte) []byte {
	switch {
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}), bytes.HasPrefix(raw, []byte{0xFE, 0xFF}), bytes.HasPrefix(raw, []byte{0xEF, 0xBB, 0xBF}):
		text, _, err := transform.Bytes(unicode.BOMOverride(unicode.UTF8.NewDecoder()), raw)
		if err == nil {
			return text
		}
	case len(raw) > 1 && raw[0] != 0 && raw[1] == 0:
		if text, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(raw); err == nil {
			return text
		}
	case len(raw) > 1 && raw[0] == 0 && raw[1] != 0:
		if text, err := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Bytes(raw); err == nil {
			return text
		}
	}
	if utf8.Valid(raw) {
		return raw
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return raw
	}
	return text
}

// exportHead drops what stands before the headings, the type that PowerShell writes and Excel's separator, counts those
// lines, and finds the separator.
func exportHead(text []byte) (rest []byte, comma rune, skipped int) {
	for {
		line, after, more := bytes.Cut(text, []byte("\n"))
		trimmed := string(bytes.TrimSpace(line))
		sep, isSep := cutFold(trimmed, "sep=")
		switch {
		case isSep && len(sep) <= 1:
			if strings.Contains(",;", sep) && sep != "" {
				comma = rune(sep[0])
			}
		case strings.HasPrefix(trimmed, "#TYPE"), trimmed == "" && more:
		default:
			if comma == 0 {
				comma = separator(string(line))
			}
			return text, comma, skipped
		}
		if !more {
			return nil, ',', skipped
		}
		text, skipped = after, skipped+1
	}
}

// separator is the sign that stands most often in the headings, outside of quotes.
func separator(line string) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range line {
		if r == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[r]++
		}
	}
	best := ','
	for _, r := range ";\t" {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

type exportParser struct {
	e      *Export
	fields []Field // by column, "" for one that is not used
	seen   map[string]int
}

func (p *exportParser) problem(line int, format string, args ...any) {
	p.e.Problems = append(p.e.Problems, ExportProblem{line, fmt.Sprintf(format, args...)})
}

func (p *exportParser) head(head []string) error {
	known := map[string]Field{}
	for f, names := range columns() {
		for _, n := range names {
			known[n] = f
		}
	}
	taken := map[Field]bool{}
	for _, title := range head {
		title = strings.TrimSpace(title)
		f := known[squeeze(title)]
		if f == "" || taken[f] {
			f = ""
			if title != "" {
				p.e.Unused = append(p.e.Unused, title)
			}
		}
		taken[f] = true
		p.fields = append(p.fields, f)
	}
	if !taken[FieldName] && !taken[FieldServer] && !taken[FieldNAL] {
		if slices.ContainsFunc(head, func(h string) bool { return strings.Contains(h, "=") }) {
			// A file of settings, perhaps of credentials: what it says is not repeated.
			return fmt.Errorf("distribute: %w: it begins with a setting, not with the names of columns", ErrNoExport)
		}
		return fmt.Errorf("distribute: %w: none of its columns (%s) names a point, as Name, ServerName, NetworkOSPath and NALPath do", ErrNoExport, clip(strings.Join(head, ", ")))
	}
	return nil
}

// clip shortens text of a file for a message.
func clip(s string) string {
	const most = 120
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "..."
}

// row reads one row; the same point again is a problem unless only its group differs.
func (p *exportParser) row(line int, record []string) {
	values := map[Field]string{}
	empty := true
	for i, v := range record {
		v = strings.TrimSpace(v)
		empty = empty && v == ""
		if i < len(p.fields) && p.fields[i] != "" {
			values[p.fields[i]] = v
		}
	}
	if empty {
		return
	}
	if len(record) > len(p.fields) {
		p.problem(line, "it has %d columns and the headings are %d", len(record), len(p.fields))
		return
	}
	row, err := exportRow(values)
	if err != nil {
		p.problem(line, "%s", strings.TrimPrefix(err.Error(), "distribute: "))
		return
	}
	row.Line = line
	low := strings.ToLower(row.Point.Name)
	at, again := p.seen[low]
	switch {
	case !again:
		p.seen[low] = len(p.e.Rows)
		p.e.Rows = append(p.e.Rows, *row)
	case samePoint(p.e.Rows[at].Point, row.Point) && len(row.Groups) > 0:
		for _, g := range row.Groups {
			if !containsFold(p.e.Rows[at].Groups, g) {
				p.e.Rows[at].Groups = append(p.e.Rows[at].Groups, g)
			}
		}
	default:
		p.problem(line, "%s is already in line %d", row.Point.Name, p.e.Rows[at].Line)
	}
}

func samePoint(a, b catalog.Point) bool {
	return a.Share == b.Share && a.NAL == b.NAL && strings.EqualFold(a.Site, b.Site) && a.ADSite == b.ADSite && a.Address == b.Address && slices.Equal(a.Types, b.Types) &&
		a.Protected == b.Protected && a.PXE == b.PXE && a.Pull == b.Pull && a.Cloud == b.Cloud && slices.Equal(a.Boundaries, b.Boundaries)
}
