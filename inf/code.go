package inf

import (
	"fmt"
	"sort"
	"strings"
)

// code is the stable code of a diagnostic. Hundreds tell the layer: 01 text, 02 [Version], 03 models, 04 install sections
// and file lists, 05 source files, 06 strings. Numbers are never reused.
type code string

const (
	codeHeaderUnclosed      code = "INF0101"
	codeHeaderTooLong       code = "INF0102"
	codeStrayEntry          code = "INF0103"
	codeNotINF              code = "INF0104"
	codeEncodingUTF8        code = "INF0105"
	codeEncodingUTF16       code = "INF0106"
	codeEncodingInvalid     code = "INF0107"
	codeQuote               code = "INF0108"
	codeHeaderJunk          code = "INF0109"
	codeContinuationComment code = "INF0110"
	codeContinuationJoin    code = "INF0111"
	codeCtrlZ               code = "INF0112"
	codeFieldTooLong        code = "INF0113"
	codeSectionRepeated     code = "INF0114"
	codeStrayDropped        code = "INF0115"

	codeVersionMissing   code = "INF0201"
	codeClassGUID        code = "INF0202"
	codeDriverVerDate    code = "INF0203"
	codeDriverVerVersion code = "INF0204"
	codeCatalogMissing   code = "INF0205"
	codeCatalogName      code = "INF0206"

	codeModelsNone      code = "INF0301"
	codeDecoration      code = "INF0302"
	codeModelsMissing   code = "INF0303"
	codeModelsEmpty     code = "INF0304"
	codeManufacturer    code = "INF0305"
	codeInstallMissing  code = "INF0306"
	codeInstallEmpty    code = "INF0307"
	codeUnstamped       code = "INF0308"
	codeDecorationBuild code = "INF0309"
	codeKind            code = "INF0310"

	codeSectionMissing code = "INF0401"
	codeLoop           code = "INF0402"

	codeSourceMissing  code = "INF0501"
	codeDiskMissing    code = "INF0502"
	codeDiskBad        code = "INF0503"
	codeSourceBadArch  code = "INF0504"
	codePathEscapes    code = "INF0505"
	codePathSlash      code = "INF0506"
	codeSourceCatalog  code = "INF0507"
	codeStringMissing  code = "INF0601"
	codeStringRepeated code = "INF0602"
)

// finding is what a code means: how bad it is, what is said, and what to do.
type finding struct {
	severity Severity
	summary  string // a format for the note's argument, if it has a verb
	advice   string
}

// Codes that callers act on.
const (
	CodeEncodingInvalid = string(codeEncodingInvalid)
	CodeFieldTooLong    = string(codeFieldTooLong)
	CodeNotINF          = string(codeNotINF)
)

var findings = map[code]finding{
	codeHeaderUnclosed:      {Error, `section header has no closing "]"`, `Windows refuses the whole file: close the header with "]" on the same line`},
	codeHeaderTooLong:       {Error, "section name is longer than 255 characters", "Windows refuses the whole file: shorten the name"},
	codeStrayEntry:          {Error, "entry before the first section header", "Windows refuses the whole file: move the line into a section or make it a comment"},
	codeNotINF:              {Error, "not a Windows INF: %s", `a driver INF has a [Version] section with Signature = "$Windows NT$"`},
	codeEncodingUTF8:        {Warning, "UTF-8 with a byte order mark: Windows may read other letters than the author meant", "save the file as UTF-16 LE with a byte order mark, before it is signed"},
	codeEncodingUTF16:       {Warning, "%s", "save the file as UTF-16 LE with a byte order mark, before it is signed"},
	codeEncodingInvalid:     {Error, "bytes that stand for no character in this encoding", "the file is damaged or was saved in another encoding: get it again from the vendor"},
	codeQuote:               {Warning, "quote is not closed on this line", `Windows takes all up to the end of the line: add the closing quote; inside quotes a quote is written ""`},
	codeHeaderJunk:          {Info, "text behind the section header is ignored", "remove it, or begin it with a semicolon"},
	codeContinuationComment: {Warning, "comment line inside a continued entry ends the entry", "move the comment above the entry or behind the backslash"},
	codeContinuationJoin:    {Warning, "continuation joins a line that looks like one of its own: %s", `remove the backslash, or put the path that ends in it into quotes: "C:\path\"`},
	codeCtrlZ:               {Info, "text behind Ctrl-Z is ignored", "remove the Ctrl-Z character if the text is meant to count"},
	codeFieldTooLong:        {Warning, "value is longer than 4096 characters; Windows cuts it there", "split the value"},
	codeSectionRepeated:     {Info, "section [%s] stands in the file more than once; Windows merges them", "put the entries together under one header"},
	codeStrayDropped:        {Info, "entry before the first section header is ignored", "remove it or make it a comment"},

	codeVersionMissing:   {Error, "[Version] has no %s", "add it: Windows needs it to install a Plug and Play driver"},
	codeClassGUID:        {Error, "ClassGuid is no GUID in braces: %s", "write it as {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}"},
	codeDriverVerDate:    {Warning, "DriverVer's date is not MM/DD/YYYY: %s", "Windows takes the driver for the oldest of all: write the date with two digits for month and day, four for the year"},
	codeDriverVerVersion: {Warning, "DriverVer's version is not w.x.y.z with parts up to 65535: %s", "write four numbers with dots between them"},
	codeCatalogMissing:   {Error, "[Version] names no CatalogFile: the package cannot be signed", "64-bit Windows refuses the driver: ask the vendor for the signed package"},
	codeCatalogName:      {Error, "CatalogFile is no plain name of a .cat file: %s", "the catalog lies beside the INF: name it without a path"},

	codeModelsNone:      {Error, "no models entry: the INF serves no device", "a device driver lists its hardware IDs in models sections that [Manufacturer] names"},
	codeDecoration:      {Error, "TargetOSVersion decoration cannot be read: %s", "Windows ignores this models section: write NTx86, NTamd64 or NTarm64, then .major.minor"},
	codeModelsMissing:   {Error, "models section [%s] does not exist", "systems that this decoration fits get no driver: add the section or remove the decoration"},
	codeModelsEmpty:     {Info, "models section [%s] is empty: systems it fits are excluded", "nothing, if that is meant"},
	codeManufacturer:    {Error, "manufacturer line names no models section", "write: manufacturer name = models section name"},
	codeInstallMissing:  {Error, "install section [%s] does not exist in any decoration", "the device gets no driver: add the section or correct the name"},
	codeInstallEmpty:    {Warning, "models entry names no install section", "name the DDInstall section behind the equals sign"},
	codeUnstamped:       {Error, "the file was never stamped: %s", "this is a source file (.inx); the build replaces $ARCH$ by the architecture"},
	codeDecorationBuild: {Warning, "build number in a decoration must be 14310 or higher, with version 10.0: %s", "Windows ignores it: correct the build number"},
	codeKind:            {Warning, "%s", "import a driver INF that has a [Manufacturer] section instead"},

	codeSectionMissing: {Error, "section [%s] does not exist", "add the section or correct the name"},
	codeLoop:           {Warning, "%s", "remove the name: Windows reads each section once, so it has no effect"},

	codeSourceMissing:  {Error, "%s is copied but [SourceDisksFiles] does not list it", "add it to [SourceDisksFiles]: the file is not part of the signed package otherwise"},
	codeDiskMissing:    {Error, "source disk %s is not in [SourceDisksNames]", "add the disk, or correct the number"},
	codeDiskBad:        {Error, "[SourceDisksFiles] entry has no valid disk number: %s", "write: file = disk number, folder"},
	codeSourceBadArch:  {Warning, "[%s] is never read: the architecture is spelled .x86, .amd64, .arm64, .ia64 or .arm here", "rename the section"},
	codePathEscapes:    {Error, "source path leaves the driver's folder: %s", `remove ".." and drive letters from the path`},
	codePathSlash:      {Warning, "forward slash in a source path: %s", "write a backslash"},
	codeSourceCatalog:  {Warning, "a catalog does not belong into [SourceDisksFiles]: %s", "remove the line; CatalogFile in [Version] names it"},
	codeStringMissing:  {Warning, "%%%s%% has no value in [Strings]", "add it to [Strings]; Windows uses the text as it stands"},
	codeStringRepeated: {Warning, "string %s is defined twice; the first counts", "remove one of them"},
}

// diagnostic makes a Diagnostic of a finding.
func (f *File) diagnostic(c code, arg string, r Range) Diagnostic {
	fd := findings[c]
	summary := fd.summary
	if strings.Contains(summary, "%") {
		if strings.Contains(strings.ReplaceAll(summary, "%%", ""), "%s") {
			summary = fmt.Sprintf(summary, shorten(arg))
		}
	}
	return Diagnostic{Code: string(c), Severity: fd.severity, Summary: summary, Advice: fd.advice, File: f.Name, Range: r}
}

// shorten keeps a message on one readable line.
func shorten(s string) string {
	const most = 120
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// diagnose turns the scanner's notes into diagnostics, in the order of their places.
func (s *scanner) diagnose(d decoded) Diagnostics {
	f := s.f
	s.checkEncoding(d)
	s.checkStray()
	if f.end < len(f.text) {
		if rest := strings.Trim(f.text[f.end+1:], blanks+"\n\x1a"); rest != "" {
			s.note(codeCtrlZ, f.end, f.end+1, "")
		}
	}
	if f.Err != nil && f.Err.Code == WrongINFStyle {
		start, end, why := f.styleFault()
		s.note(codeNotINF, start, end, why)
	}
	if len(s.notes) == 0 {
		return nil
	}
	sort.SliceStable(s.notes, func(i, j int) bool { return s.notes[i].start < s.notes[j].start })
	ds := make(Diagnostics, len(s.notes))
	for i, n := range s.notes {
		ds[i] = f.diagnostic(n.code, n.arg, f.rangeOf(n.start, n.end))
		if n.code == codeEncodingInvalid {
			ds[i].Range.Start.Offset, ds[i].Range.End.Offset = d.invalid, d.invalid
		}
		if n.code == codeSectionRepeated {
			first := f.Section(n.arg)
			ds[i].Related = []Related{{Text: "first here", File: f.Name, Range: f.headerRange(first)}}
		}
	}
	return ds
}

// headerRange is where a section's first header stands.
func (f *File) headerRange(sec *Section) Range {
	for _, h := range f.Headers {
		if h.Section == sec {
			return f.rangeOf(h.start, h.end)
		}
	}
	return Range{}
}

func (s *scanner) checkStray() {
	f := s.f
	if f.stray == 0 || len(f.Sections) == 0 {
		return
	}
	l := &f.entries[0]
	start := int(l.Fields[0].start)
	if l.HasKey {
		start = int(l.Key.start)
	}
	c := codeStrayEntry
	if f.Section("Strings") != nil {
		c = codeStrayDropped
	}
	s.note(c, start, l.Fields[len(l.Fields)-1].end(), "")
}

func (s *scanner) checkEncoding(d decoded) {
	f := s.f
	first := strings.IndexAny(f.text, "\r\n")
	if first < 0 {
		first = len(f.text)
	}
	switch {
	case d.enc == UTF8:
		s.note(codeEncodingUTF8, 0, first, "")
	case d.enc == UTF16BE:
		s.note(codeEncodingUTF16, 0, first, "UTF-16 BE: Windows does not accept this byte order")
	case d.guessed:
		s.note(codeEncodingUTF16, 0, first, "UTF-16 without a byte order mark: Windows may not recognise it")
	}
	if d.invalid >= 0 {
		at := max(strings.Index(f.text, "\uFFFD"), 0)
		s.note(codeEncodingInvalid, at, at, "")
	}
}

// styleFault finds what makes a file no INF: the place and a few words.
func (f *File) styleFault() (start, end int, why string) {
	v := f.Section("Version")
	if v == nil {
		if len(f.Headers) == 0 {
			return 0, 0, "it has no sections"
		}
		h := f.Headers[0]
		return h.start, h.start + strings.IndexByte(f.text[h.start:]+"\n", '\n'), "it has no [Version] section"
	}
	if l := v.First("Signature"); l != nil {
		fd := l.Fields[0]
		return int(fd.start), fd.end(), fmt.Sprintf("its Signature is %q", fd.Text)
	}
	for _, h := range f.Headers {
		if h.Section == v {
			return h.start, h.start + len(strings.TrimRight(f.text[h.start:h.end], blanks+"\n")), "its [Version] has no Signature"
		}
	}
	return 0, 0, "its [Version] has no Signature"
}
