package distribute

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/drivercat/drivercat/catalog"
)

// exportRow makes a point of the values of a row.
func exportRow(values map[Field]string) (*ExportRow, error) {
	row := &ExportRow{Given: map[Field]bool{}, Point: catalog.Point{Types: []string{}, Boundaries: []string{}}}
	p := &row.Point
	for f, v := range values {
		row.Given[f] = v != ""
	}
	p.NAL, p.Share, p.ADSite = values[FieldNAL], values[FieldShare], values[FieldADSite]
	p.Site = strings.ToUpper(values[FieldSite])
	types, err := exportTypes(p, values)
	if err != nil {
		return nil, err
	}
	for f, to := range map[Field]*bool{FieldProtected: &p.Protected, FieldPXE: &p.PXE, FieldPull: &p.Pull, FieldCloud: &p.Cloud} {
		if row.Given[f] {
			if *to, err = parseBool(values[f]); err != nil {
				return nil, fmt.Errorf("%s is %w", f, err)
			}
		}
	}
	if row.Given[FieldResource] {
		if t, cloud := resource(values[FieldResource]); cloud {
			p.Cloud, row.Given[FieldCloud] = true, true
		} else if t != "" {
			types = append(types, t)
		}
	}
	types = typeColumn(row, values[FieldType], types)
	SetTypes(p, types)
	row.Given[FieldProtected] = row.Given[FieldProtected] || p.Protected
	if v := values[FieldAddress]; v != "" {
		addr, subnet, err := ParseAddress(v)
		if err != nil {
			return nil, err
		}
		p.Address = FormatAddress(addr, subnet)
	}
	for _, v := range splitList(values[FieldBoundaries]) {
		b, err := ParseBoundary(v)
		if err != nil {
			return nil, err
		}
		p.Boundaries = append(p.Boundaries, b.String())
	}
	for _, g := range splitList(values[FieldGroups]) {
		if err := CheckName(g); err != nil {
			return nil, fmt.Errorf("group %q: %s", clip(g), strings.TrimPrefix(err.Error(), "distribute: "))
		}
		if !containsFold(row.Groups, g) {
			row.Groups = append(row.Groups, g)
		}
	}
	if p.Name, err = exportName(values, types); err != nil {
		return nil, err
	}
	return row, nil
}

// typeColumn reads a column that is called "type": what a point stands on, its types in ConfigMgr 2007, or a word of the
// console that says nothing here.
func typeColumn(row *ExportRow, v string, types []Type) []Type {
	if t, cloud := resource(v); cloud {
		row.Point.Cloud, row.Given[FieldCloud] = true, true
		return types
	} else if t != "" {
		row.Given[FieldResource] = true
		return append(types, t)
	}
	listed, err := ParseTypes(splitList(v))
	if err != nil || len(listed) == 0 {
		return types
	}
	row.Given[FieldTypes] = true
	return append(types, listed...)
}

// exportTypes gathers the types of a row from the column that lists them and from those that say whether there is one.
func exportTypes(p *catalog.Point, values map[Field]string) (types []Type, err error) {
	for _, v := range splitList(values[FieldTypes]) {
		if t, cloud := resource(v); cloud {
			p.Cloud = true
			continue
		} else if t != "" {
			types = append(types, t)
			continue
		}
		t, err := ParseType(v)
		if err != nil {
			return nil, err
		}
		types = append(types, t)
	}
	for f, t := range typeFields() {
		if values[f] == "" {
			continue
		}
		yes, err := parseBool(values[f])
		if err != nil {
			return nil, fmt.Errorf("%s is %w", f, err)
		}
		if yes {
			types = append(types, t)
		}
	}
	return ordered(types), nil
}

// resource reads ConfigMgr's words for what a point stands on.
func resource(v string) (t Type, cloud bool) {
	switch squeeze(v) {
	case "windowsntserver", "windowsserver":
		return Server, false
	case "windowsntservershare", "windowsservershare", "windowsntshare", "servershare":
		return ServerShare, false
	case "windowsazure", "azure", "cloud":
		return "", true
	}
	return "", false
}

// parseBool reads what PowerShell, spreadsheets and the console write, also in German and French.
func parseBool(v string) (bool, error) {
	switch strings.ToLower(v) {
	case "true", "yes", "1", "-1", "y", "x", "on", "enabled", "wahr", "ja", "vrai", "oui":
		return true, nil
	case "false", "no", "0", "n", "-", "off", "disabled", "falsch", "nein", "faux", "non":
		return false, nil
	}
	return false, fmt.Errorf("%q, which is neither true nor false", clip(v))
}

// splitList reads several values of one cell.
func splitList(v string) (out []string) {
	for s := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ';' || r == '|' || r == ',' || r == '\n' || r == '\r' }) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// exportName is what the point is called: its own name, else its server's. A point on a share of a server is another one
// than the server's own, so the share is part of its name.
func exportName(values map[Field]string, types []Type) (string, error) {
	name, share := networkPath(values[FieldName])
	for _, f := range []Field{FieldServer, FieldNAL} {
		server, s := networkPath(values[f])
		if name == "" {
			name = server
		}
		if share == "" {
			share = s
		}
	}
	if own := strings.Trim(values[FieldPkgShare], `\`); share == "" && own != "" && (slices.Contains(types, ServerShare) || pxeText(own)) {
		share = own
	}
	if name == "" {
		return "", errors.New("it names no point")
	}
	if share != "" && !strings.HasSuffix(strings.ToLower(name), `\`+strings.ToLower(share)) {
		name += `\` + share
	}
	if err := CheckName(name); err != nil {
		return "", fmt.Errorf("point %q: %s", clip(name), strings.TrimPrefix(err.Error(), "distribute: "))
	}
	return name, nil
}

// networkPath takes the server and the share out of a name, a UNC path or a NAL path:
// ["Display=\\S1\"]MSWNET:["SMS_SITE=S01"]\\S1\share\.
func networkPath(s string) (server, share string) {
	if i := strings.LastIndex(s, "]"); i >= 0 {
		s = s[i+1:]
	}
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, `\\`) {
		return s, ""
	}
	server, rest, _ := strings.Cut(strings.Trim(s, `\`), `\`)
	return server, strings.Trim(rest, `\`)
}

// Merge gives the point as it is after the row was read: what the export says nothing of stays as it was known.
func (r ExportRow) Merge(old catalog.Point) catalog.Point {
	p := r.Point
	p.Added = old.Added
	keep := func(f Field, keep func()) {
		if !r.Given[f] {
			keep()
		}
	}
	keep(FieldNAL, func() { p.NAL = old.NAL })
	keep(FieldShare, func() { p.Share = old.Share })
	keep(FieldSite, func() { p.Site = old.Site })
	keep(FieldADSite, func() { p.ADSite = old.ADSite })
	keep(FieldAddress, func() { p.Address = old.Address })
	keep(FieldProtected, func() { p.Protected = old.Protected })
	keep(FieldPXE, func() { p.PXE = old.PXE })
	keep(FieldPull, func() { p.Pull = old.Pull })
	keep(FieldCloud, func() { p.Cloud = old.Cloud })
	keep(FieldBoundaries, func() { p.Boundaries = old.Boundaries })
	if !r.Given[FieldTypes] {
		said := map[Type]bool{}
		for f, t := range typeFields() {
			if r.Given[f] {
				said[t] = true
			}
		}
		if r.Given[FieldResource] {
			said[Server], said[ServerShare] = true, true
		}
		types := TypesOf(r.Point)
		for _, t := range TypesOf(old) {
			if !said[t] && t != Protected {
				types = append(types, t)
			}
		}
		SetTypes(&p, slices.DeleteFunc(types, func(t Type) bool { return t == Protected }))
	}
	return p
}
