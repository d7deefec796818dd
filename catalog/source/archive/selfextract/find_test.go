package selfextract

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

var (
	text    = strings.Repeat("[Version]\r\nSignature=\"$WINDOWS NT$\"\r\n", 30)
	members = []archivetest.Member{{Name: "a.inf", Data: text}, {Name: "x64", Mode: fs.ModeDir}, {Name: "x64/a.sys", Data: "MZ driver"}}
	files   = map[string]string{"a.inf": text, "x64/a.sys": "MZ driver"}
)

// cabinet is a cabinet of one folder that is stored.
func cabinet() string {
	le := binary.LittleEndian
	var table []byte
	offset := uint32(0)
	for _, m := range members {
		if m.Mode != 0 {
			continue
		}
		table = le.AppendUint32(le.AppendUint32(table, uint32(len(m.Data))), offset)
		table = append(append(table, 0, 0, 0x21, 0x58, 0, 0, 0x20, 0), strings.ReplaceAll(m.Name, "/", `\`)...)
		table = append(table, 0)
		offset += uint32(len(m.Data))
	}
	data := members[0].Data + members[2].Data
	const head, folder = 36, 8
	block := le.AppendUint16(le.AppendUint16(le.AppendUint32(nil, 0), uint16(len(data))), uint16(len(data)))
	size := head + folder + len(table) + len(block) + len(data)
	b := append([]byte("MSCF\x00\x00\x00\x00"), le.AppendUint32(nil, uint32(size))...)
	b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, 0), head+folder), 0)
	b = append(b, 3, 1, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint32(b, uint32(head+folder+len(table)))
	b = append(b, 1, 0, 0, 0)
	return string(append(append(append(b, table...), block...), data...))
}

func TestFind(t *testing.T) {
	t.Parallel()
	seven, rar5, rar4, zipped := string(archivetest.SevenZip(members...)), string(archivetest.Rar5(members...)), string(archivetest.Rar4(members...)), string(archivetest.Zip(members...))
	config := "\xEF\xBB\xBF;!@Install@!UTF-8!\r\nRunProgram=\"setup.exe -s\"\r\n;!@InstallEnd@!"
	padding := strings.Repeat("padding ", 5000)
	rcdata := func(name, data string) archivetest.Resource {
		return archivetest.Resource{Type: 10, Name: name, Data: []byte(data)}
	}
	sign := func(p archivetest.Program) archivetest.Program {
		p.Signature = strings.Repeat("signature", 1000)
		return p
	}
	for name, tt := range map[string]struct {
		p        archivetest.Program
		appended string // behind everything
		kind     string
		config   string
		settings map[string]string
	}{
		"7z":                             {p: archivetest.Program{Overlay: seven}, kind: SevenZip},
		"7z with a configuration":        {p: archivetest.Program{Overlay: config + seven}, kind: SevenZip, config: "\r\nRunProgram=\"setup.exe -s\"\r\n"},
		"7z, signed":                     {p: sign(archivetest.Program{Overlay: config + seven}), kind: SevenZip, config: "\r\nRunProgram=\"setup.exe -s\"\r\n"},
		"7z behind a signed program":     {p: sign(archivetest.Program{}), appended: seven, kind: SevenZip},
		"7z behind its mark as constant": {p: archivetest.Program{Plus: true, Code: seven[:12], Overlay: "7z\xBC\xAF\x27\x1C" + padding + seven}, kind: SevenZip},
		"RAR 5":                          {p: sign(archivetest.Program{Overlay: rar5}), kind: Rar},
		"RAR 4 behind its mark":          {p: archivetest.Program{Overlay: rar4[:7] + padding + rar4}, kind: Rar},
		"zip":                            {p: archivetest.Program{Overlay: zipped}, kind: Zip},
		"zip, signed":                    {p: sign(archivetest.Program{Overlay: zipped}), kind: Zip},
		"zip behind padding":             {p: sign(archivetest.Program{Overlay: padding + zipped}), kind: Zip},
		"zip far behind":                 {p: sign(archivetest.Program{Overlay: strings.Repeat(padding, 30) + zipped}), kind: Zip},
		"zip with a cabinet in it":       {p: archivetest.Program{Overlay: string(archivetest.Zip(archivetest.Member{Name: "a.inf", Data: text}, archivetest.Member{Name: "x64/a.sys", Data: "MZ driver"}))}, kind: Zip},
		"zip in a resource":              {p: archivetest.Program{Resources: []archivetest.Resource{rcdata("DATA", zipped)}}, kind: Zip},
		"cabinet":                        {p: sign(archivetest.Program{Overlay: "junk" + cabinet()}), kind: Cab},
		"cabinet, the first of two":      {p: archivetest.Program{Overlay: cabinet() + zipped}, kind: Cab},
		"cabinet in a section":           {p: archivetest.Program{Section: "_sfx_", Code: smallCabinet()}, kind: Cab},
		"IExpress": {
			p: archivetest.Program{Resources: []archivetest.Resource{
				rcdata("ADMQCMD", "<None>\x00"), rcdata("CABINET", cabinet()), rcdata("REBOOT", "\x02\x00\x00\x00"), rcdata("RUNPROGRAM", "setup.exe /q\x00rest"), rcdata("TITLE", "Tr\xE4iber\x00"),
			}},
			kind:     Cab,
			settings: map[string]string{"ADMQCMD": "<None>", "REBOOT": "2", "RUNPROGRAM": "setup.exe /q", "TITLE": "Träiber"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := archivetest.Bytes("setup.exe", append(tt.p.Bytes(), tt.appended...))
			f, ok := Find(in)
			if !ok || f.Kind != tt.kind || f.Config != tt.config {
				t.Fatalf("found %v, %+v", ok, f)
			}
			if d := cmp.Diff(tt.settings, f.Settings); d != "" {
				t.Errorf("settings (-want +got):\n%s", d)
			}
			want := files
			if name == "cabinet in a section" {
				want = map[string]string{"a.inf": "[Version]"}
			}
			archivetest.Check(t, Open, in, want)
		})
	}
}

// smallCabinet fits into the section of a test's program.
func smallCabinet() string {
	le := binary.LittleEndian
	const data, name = "[Version]", "a.inf"
	b := append([]byte("MSCF\x00\x00\x00\x00"), le.AppendUint32(nil, uint32(36+8+16+len(name)+1+8+len(data)))...)
	b = append(le.AppendUint32(append(b, make([]byte, 4)...), 44), 0, 0, 0, 0, 3, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0)
	b = append(le.AppendUint32(b, uint32(44+16+len(name)+1)), 1, 0, 0, 0)
	b = append(le.AppendUint32(b, uint32(len(data))), 0, 0, 0, 0, 0, 0, 0x21, 0x58, 0, 0, 0x20, 0)
	b = append(append(b, name...), 0, 0, 0, 0, 0, byte(len(data)), 0, byte(len(data)), 0)
	return string(append(b, data...))
}

func TestNothing(t *testing.T) {
	t.Parallel()
	seven := string(archivetest.SevenZip(members...))
	for name, b := range map[string][]byte{
		"empty":                     nil,
		"text":                      []byte(text),
		"an archive alone":          []byte(seven),
		"a program alone":           archivetest.Program{}.Bytes(),
		"marks as constants":        archivetest.Program{Code: "7z\xBC\xAF\x27\x1CRar!\x1A\x07\x00MSCF\x00\x00\x00\x00", Overlay: strings.Repeat("7z\xBC\xAF\x27\x1C Rar!\x1A\x07\x01 PK\x03\x04 MSCF\x00\x00\x00\x00 PK\x05\x06", 1000)}.Bytes(),
		"a bundle of WiX Burn":      archivetest.Program{Section: ".wixburn", Overlay: cabinet()}.Bytes(),
		"an archive as a signature": archivetest.Program{Signature: seven}.Bytes(),
		"a mark at the end":         archivetest.Program{Overlay: strings.Repeat("x", 100) + "Rar!\x1A\x07"}.Bytes(),
		"a resource outside":        archivetest.Program{Resources: []archivetest.Resource{{Type: 10, Name: "CABINET", Data: []byte("MSCF")}}}.Bytes(),
	} {
		if _, err := Open(archivetest.Bytes("a.exe", b), archive.Limits{}); !errors.Is(err, archive.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cut := archivetest.Program{Overlay: seven[:len(seven)-10]}.Bytes()
	if _, err := Open(archivetest.Bytes("a.exe", cut), archive.Limits{}); !errors.Is(err, archive.ErrCorrupt) {
		t.Errorf("cut: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(archivetest.Program{Overlay: string(archivetest.SevenZip(members...))}.Bytes())
	f.Add(archivetest.Program{Overlay: string(archivetest.Zip(members...)), Signature: "signature"}.Bytes())
	f.Add(archivetest.Program{Overlay: string(archivetest.Rar5(members...)), Plus: true}.Bytes())
	f.Add(archivetest.Program{Resources: []archivetest.Resource{{Type: 10, Name: "CABINET", Data: []byte(cabinet())}}}.Bytes())
	f.Add(archivetest.Program{Section: "_sfx_", Code: smallCabinet()}.Bytes())
	archivetest.Fuzz(f, Open, "a.exe")
}
