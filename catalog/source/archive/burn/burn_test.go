package burn

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

type file struct{ name, content string }

// cabinet writes a cabinet of one MSZIP folder.
func cabinet(files ...file) []byte {
	var all []byte
	var entries []byte
	for _, f := range files {
		entries = binary.LittleEndian.AppendUint32(entries, uint32(len(f.content)))
		entries = binary.LittleEndian.AppendUint32(entries, uint32(len(all)))
		entries = append(entries, 0, 0, 0x21, 0x50, 0, 0, 0x20, 0) // folder 0, a date, no attributes but archive
		entries = append(append(entries, f.name...), 0)
		all = append(all, f.content...)
	}
	var data []byte
	blocks := 0
	for at := 0; at < len(all); at += 32768 {
		b := all[at:min(len(all), at+32768)]
		var out bytes.Buffer
		out.WriteString("CK")
		w, err := flate.NewWriterDict(&out, flate.BestCompression, all[max(0, at-32768):at])
		if err != nil {
			panic(err)
		}
		_, _ = w.Write(b)
		_ = w.Close()
		data = append(data, 0, 0, 0, 0) // no checksum
		data = binary.LittleEndian.AppendUint16(data, uint16(out.Len()))
		data = binary.LittleEndian.AppendUint16(data, uint16(len(b)))
		data = append(data, out.Bytes()...)
		blocks++
	}
	const head = 36 + 8
	c := append([]byte("MSCF"), make([]byte, head-4)...)
	binary.LittleEndian.PutUint32(c[8:], uint32(head+len(entries)+len(data)))
	binary.LittleEndian.PutUint32(c[16:], head)
	c[24], c[25], c[26] = 3, 1, 1
	binary.LittleEndian.PutUint16(c[28:], uint16(len(files)))
	binary.LittleEndian.PutUint32(c[36:], uint32(head+len(entries)))
	binary.LittleEndian.PutUint16(c[40:], uint16(blocks))
	binary.LittleEndian.PutUint16(c[42:], 1)
	return append(append(c, entries...), data...)
}

// spec is a bundle to be built.
type spec struct {
	version    uint32
	signature  int // bytes of a signature behind the first container
	containers [][]byte
	sizes      []uint32 // if they are not those of the containers
}

func (s spec) bytes() []byte {
	const stub = 2048
	b := make([]byte, stub)
	put := binary.LittleEndian.PutUint32
	copy(b, "MZ")
	put(b[0x3C:], 0x80)
	copy(b[0x80:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(b[0x86:], 2)
	binary.LittleEndian.PutUint16(b[0x94:], 0xE0)
	binary.LittleEndian.PutUint16(b[0x80+24:], 0x10B)
	sections := b[0x80+24+0xE0:]
	copy(sections, ".text")
	copy(sections[40:], ".wixburn")
	put(sections[40+16:], 512)
	put(sections[40+20:], 1024)
	h := b[1024:]
	put(h, sectionMagic)
	put(h[4:], s.version)
	put(h[24:], stub)
	put(h[40:], cabinets)
	put(h[44:], uint32(len(s.containers)))
	for i, c := range s.containers {
		put(h[48+4*i:], uint32(len(c)))
		if s.sizes != nil {
			put(h[48+4*i:], s.sizes[i])
		}
	}
	for i, c := range s.containers {
		b = append(b, c...)
		if i == 0 && s.signature > 0 {
			put(b[1024+32:], uint32(len(b)))
			put(b[1024+36:], uint32(s.signature))
			b = append(b, bytes.Repeat([]byte("S"), s.signature)...)
		}
	}
	return b
}

const manifestWix3 = `<?xml version="1.0" encoding="utf-8"?>
<BurnManifest xmlns="http://schemas.microsoft.com/wix/2008/Burn">
  <Log PathVariable="WixBundleLog" Prefix="Drivers" Extension=".log" />
  <RelatedBundle Id="{AAAA}" Action="Upgrade" /><RelatedBundle Id="{BBBB}" Action="Detect" />
  <Variable Id="Folder" Value="C:\x" Type="string" Hidden="no" Persisted="no" />
  <RegistrySearch Id="s" Variable="Have" Root="HKLM" Key="Software\x" Type="exists" />
  <UX>
    <Payload Id="WixStandardBootstrapperApplication.RtfLicense" FilePath="wixstdba.dll" FileSize="3" Hash="00" Packaging="embedded" SourcePath="u0" />
    <Payload Id="lic" FilePath="1033\license.rtf" FileSize="3" Hash="00" Packaging="embedded" SourcePath="u1" />
  </UX>
  <Container Id="WixAttachedContainer" FileSize="1" Hash="00" FilePath="setup.exe" AttachedIndex="1" Attached="yes" Primary="yes" />
  <Container Id="Extra" FileSize="1" Hash="00" FilePath="extra.cab" />
  <Payload Id="tool" FilePath="tool\dpinst.exe" FileSize="6" Hash="00" Packaging="embedded" SourcePath="a0" Container="WixAttachedContainer" />
  <Payload Id="msi" FilePath="drv\setup.msi" FileSize="9" Hash="00" Packaging="embedded" SourcePath="a1" Container="WixAttachedContainer" />
  <Payload Id="msi.cab" FilePath="drv\media1.cab" FileSize="5" Hash="00" Packaging="embedded" SourcePath="a2" Container="WixAttachedContainer" />
  <Payload Id="x" FilePath="extra\x.sys" FileSize="7" Hash="00" Packaging="embedded" SourcePath="a3" Container="Extra" />
  <Payload Id="net" FilePath="redist\ndp.exe" FileSize="99" Hash="00" Packaging="external" SourcePath="ndp.exe" DownloadUrl="http://example.com/ndp.exe" />
  <RollbackBoundary Id="WixDefaultBoundary" Vital="yes" />
  <Registration Id="{CCCC}" ExecutableName="setup.exe" PerMachine="yes" Tag="" Version="2.3.4.0" ProviderKey="{CCCC}">
    <Arp Register="yes" DisplayName="Vendor Drivers" DisplayVersion="2.3.4" Publisher="Vendor &amp; Co" />
  </Registration>
  <Chain>
    <ExePackage Id="net" Cache="yes" PerMachine="yes" Permanent="yes" Vital="yes" DetectCondition="Net48" InstallCondition="NOT Net48" InstallArguments="/q /norestart" UninstallArguments="" RepairArguments="" Repairable="no">
      <ExitCode Code="3010" Type="3" /><ExitCode Code="*" Type="2" /><PayloadRef Id="net" />
    </ExePackage>
    <MsiPackage Id="msi" Cache="yes" PerMachine="yes" Permanent="no" Vital="yes" ProductCode="{DDDD}" Language="1033" Version="1.2.3">
      <MsiProperty Id="ARPSYSTEMCOMPONENT" Value="1" /><Provides Key="k" Version="1" /><PayloadRef Id="msi" /><PayloadRef Id="msi.cab" />
    </MsiPackage>
    <MsuPackage Id="kb" PerMachine="yes" Vital="no" DetectCondition="v" KB="KB123" />
    <ExePackage Id="tool" PerMachine="yes" Vital="no" InstallArguments="/sw" InstallCondition="VersionNT64"><PayloadRef Id="tool" /></ExePackage>
  </Chain>
</BurnManifest>`

var (
	uxFiles = []file{{"0", manifestWix3}, {"u0", "dll"}, {"u1", "rtf"}, {"u9", "unnamed"}}
	a1Files = []file{{"a0", strings.Repeat("dpinst ", 10_000)}, {"a1", "installer"}, {"a2", "media"}, {"a77", "odd"}}
	want    = map[string]string{
		"ux/manifest.xml": manifestWix3, "ux/wixstdba.dll": "dll", "ux/1033/license.rtf": "rtf", "ux/u9": "unnamed",
		"tool/dpinst.exe": a1Files[0].content, "drv/setup.msi": "installer", "drv/media1.cab": "media", "WixAttachedContainer/a77": "odd",
	}
)

// input is a bundle with files beside it.
func input(b []byte, beside ...file) archive.Input {
	in := archivetest.Bytes("setup.exe", b)
	in.Beside = func(name string) (archive.Input, error) {
		for _, f := range beside {
			if strings.EqualFold(f.name, name) {
				return archivetest.Bytes(f.name, []byte(f.content)), nil
			}
		}
		return archive.Input{}, fs.ErrNotExist
	}
	return in
}

func TestBundle(t *testing.T) {
	t.Parallel()
	extra := file{"EXTRA.CAB", string(cabinet(file{"a3", "x sys x"}))}
	files := map[string]string{"extra/x.sys": "x sys x"}
	for k, v := range want {
		files[k] = v
	}
	for name, s := range map[string]spec{
		"plain":  {version: 2, containers: [][]byte{cabinet(uxFiles...), cabinet(a1Files...)}},
		"signed": {version: 2, signature: 1234, containers: [][]byte{cabinet(uxFiles...), cabinet(a1Files...)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archivetest.Check(t, Open, input(s.bytes(), extra), files)
		})
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	b, err := open(input(spec{version: 2, containers: [][]byte{cabinet(uxFiles...), cabinet(a1Files...)}}.bytes()), archive.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := Info{
		Name: "Vendor Drivers", Version: "2.3.4", Publisher: "Vendor & Co", Code: "{CCCC}", Upgrades: []string{"{AAAA}"}, PerMachine: true,
		Packages: []Package{
			{ID: "net", Kind: "exe", File: "redist/ndp.exe", InstallArguments: "/q /norestart", InstallCondition: "NOT Net48", DetectCondition: "Net48",
				PerMachine: true, Permanent: true, Vital: true, ExitCodes: []ExitCode{{"3010", "scheduleReboot"}, {"*", "error"}}},
			{ID: "msi", Kind: "msi", File: "drv/setup.msi", ProductCode: "{DDDD}", Version: "1.2.3", PerMachine: true, Vital: true,
				Properties: []Property{{ID: "ARPSYSTEMCOMPONENT", Value: "1"}}},
			{ID: "kb", Kind: "msu", KB: "KB123", DetectCondition: "v", PerMachine: true},
			{ID: "tool", Kind: "exe", File: "tool/dpinst.exe", InstallArguments: "/sw", InstallCondition: "VersionNT64", PerMachine: true},
		},
		External: []External{{"redist/ndp.exe", 99, "http://example.com/ndp.exe"}},
	}
	if d := cmp.Diff(want, b.Info()); d != "" {
		t.Errorf("info (-want +got):\n%s", d)
	}
}

// WiX 4 and later have another namespace, several containers, and no word about where a payload is packed.
func TestWix4(t *testing.T) {
	t.Parallel()
	const m = "\uFEFF" + `<?xml version="1.0" encoding="utf-8"?><BurnManifest EngineVersion="5.0.2.0" ProtocolVersion="1" Win64="no" xmlns="http://wixtoolset.org/schemas/v4/2008/Burn">
	<UX PrimaryPayloadId="p"><Payload Id="p" FilePath="ba.exe" SourcePath="u4" /></UX>
	<Container Id="WixAttachedContainer" FileSize="1" FilePath="b.exe" AttachedIndex="1" Attached="yes" Primary="yes" />
	<Container Id="Second" FileSize="1" FilePath="b.exe" AttachedIndex="2" Attached="yes" />
	<Payload Id="a" FilePath="a.msi" FileSize="1" Container="WixAttachedContainer" SourcePath="a0" />
	<Payload Id="b" FilePath="b.exe" FileSize="1" Container="Second" SourcePath="a0" />
	<Payload Id="c" FilePath="c.exe" FileSize="1" SourcePath="c.exe" />
	<Registration Code="{E}" Scope="perMachineOrUser" Version="1.0.0.0"><Arp DisplayName="N" DisplayVersion="1.0.0.0" /></Registration>
	<Chain><ExePackage Id="b" InstallArguments="/s" DetectionType="arp" ArpId="key" ArpDisplayVersion="1.1"><CommandLine InstallArgument="/x" Condition="y" />
	<PayloadRef Id="b" /></ExePackage><FuturePackage Id="f" /></Chain></BurnManifest>`
	s := spec{version: 2, containers: [][]byte{
		cabinet(file{"0", m}, file{"u4", "ba"}), cabinet(file{"a0", "A"}), cabinet(file{"a0", "B"}),
	}}
	in := input(s.bytes())
	archivetest.Check(t, Open, in, map[string]string{"ux/manifest.xml": m, "ux/ba.exe": "ba", "a.msi": "A", "b.exe": "B"})
	b, err := open(in, archive.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := Info{
		Name: "N", Version: "1.0.0.0", Code: "{E}", PerMachine: true,
		Packages: []Package{
			{ID: "b", Kind: "exe", File: "b.exe", InstallArguments: "/s", DetectKey: "key", DetectVersion: "1.1", Conditional: []Argument{{"/x", "y"}}},
			{ID: "f", Kind: "future"},
		},
		External: []External{{Path: "c.exe", Size: 1}},
	}
	if d := cmp.Diff(want, b.Info()); d != "" {
		t.Errorf("info (-want +got):\n%s", d)
	}
	if k := b.Kind(); k != "wix-burn 5.0.2.0" {
		t.Errorf("kind %q", k)
	}
}

// errorsOf reads everything and returns the error of each file that cannot be read.
func errorsOf(t *testing.T, r archive.Reader) map[string]error {
	t.Helper()
	errs := map[string]error{}
	err := r.Extract(t.Context(), func(int) bool { return true }, func(i int, src io.Reader) error {
		if _, err := io.Copy(io.Discard, src); err != nil {
			errs[r.Entries()[i].Name] = err
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return errs
}

func TestMissing(t *testing.T) {
	t.Parallel()
	whole := spec{version: 2, containers: [][]byte{cabinet(uxFiles...), cabinet(a1Files...)}}.bytes()
	r, err := Open(input(whole), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	errs := errorsOf(t, r)
	if len(errs) != 1 || !errors.Is(errs["extra/x.sys"], archive.ErrMissingPart) {
		t.Errorf("without extra.cab: %v", errs)
	}
	// The end of the bundle is missing, as after a download that was ended.
	r, err = Open(input(whole[:len(whole)-20]), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	errs = errorsOf(t, r)
	if len(errs) != 4 || !errors.Is(errs["drv/setup.msi"], archive.ErrCorrupt) || errs["ux/wixstdba.dll"] != nil {
		t.Errorf("without the end: %v", errs)
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	ux := func(manifest string) spec {
		return spec{version: 2, containers: [][]byte{cabinet(file{"0", manifest})}}
	}
	for name, tt := range map[string]struct {
		b    []byte
		want error
	}{
		"no program":            {[]byte("MSCF"), archive.ErrFormat},
		"nothing":               {nil, archive.ErrFormat},
		"a program":             {bytes.Replace(ux("").bytes(), []byte(".wixburn"), []byte(".rsrc\x00\x00\x00"), 1), archive.ErrFormat},
		"no magic":              {bytes.Replace(ux("").bytes(), []byte{0, 0x43, 0xF1, 0}, []byte{1, 1, 1, 1}, 1), archive.ErrCorrupt},
		"a version to come":     {spec{version: 3, containers: [][]byte{cabinet(uxFiles...)}}.bytes(), archive.ErrUnsupported},
		"no containers":         {spec{version: 2}.bytes(), archive.ErrCorrupt},
		"no cabinet":            {spec{version: 2, containers: [][]byte{[]byte("what is this?")}}.bytes(), archive.ErrCorrupt},
		"a container too large": {spec{version: 2, containers: [][]byte{cabinet(uxFiles...)}, sizes: []uint32{1 << 31}}.bytes(), archive.ErrCorrupt},
		"no manifest":           {spec{version: 2, containers: [][]byte{cabinet(file{"u0", "x"})}}.bytes(), archive.ErrCorrupt},
		"an empty manifest":     {ux(" ").bytes(), archive.ErrCorrupt},
		"another manifest":      {ux("<html/>").bytes(), archive.ErrCorrupt},
		"half a manifest":       {ux(manifestWix3[:1500]).bytes(), archive.ErrCorrupt},
		"many elements":         {ux("<BurnManifest>" + strings.Repeat("<a/>", maxElements) + "</BurnManifest>").bytes(), archive.ErrLimit},
		"deep elements":         {ux("<BurnManifest>" + strings.Repeat("<a>", 200_000)).bytes(), archive.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Open(input(tt.b), archive.Limits{}); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(spec{version: 2, containers: [][]byte{cabinet(uxFiles...), cabinet(a1Files...)}}.bytes())
	f.Add(spec{version: 2, signature: 10, containers: [][]byte{cabinet(uxFiles...), cabinet(file{"a0", "A"})}}.bytes())
	f.Add(spec{version: 2, containers: [][]byte{cabinet(file{"0", "<BurnManifest/>"})}}.bytes())
	archivetest.Fuzz(f, Open, "setup.exe")
}

// FuzzManifest gives the reader of manifests texts that compression would hide from the other target.
func FuzzManifest(f *testing.F) {
	f.Add(manifestWix3)
	f.Add(`<BurnManifest><Chain><ExePackage/></Chain></BurnManifest>`)
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseManifest([]byte(s))
		if err == nil {
			m.info()
		} else if !errors.Is(err, archive.ErrCorrupt) && !errors.Is(err, archive.ErrLimit) {
			t.Error(err)
		}
	})
}
