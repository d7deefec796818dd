package inftest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Kind is the shape of an INF.
type Kind uint8

// The kinds. They differ in how much of the text is models, install sections, registry values and strings.
const (
	Monitor Kind = iota + 1 // an install section with registry values for each device
	Network                 // each device under two decorations; advanced properties shared by a family
	Display                 // like Network, with far more registry values, some of them long and continued
	Printer                 // quoted names under three decorations, no strings; a file list for each family
)

// shape is what makes a kind.
type shape struct {
	class, guid, bus string
	decorations      []string
	family           int // devices that share an install section
	values           int // registry values of an install section
	quoted           bool
}

func (k Kind) shape() shape {
	switch k {
	case Monitor:
		return shape{class: "Monitor", guid: "{4d36e96e-e325-11ce-bfc1-08002be10318}", bus: `MONITOR\`, decorations: []string{"NTx86", "NTamd64"}, family: 1, values: 3}
	case Network:
		return shape{class: "Net", guid: "{4d36e972-e325-11ce-bfc1-08002be10318}", bus: `PCI\`, decorations: []string{"NTamd64.6.1", "NTamd64.10.0"}, family: 12, values: 24}
	case Display:
		return shape{class: "Display", guid: "{4d36e968-e325-11ce-bfc1-08002be10318}", bus: `PCI\`, decorations: []string{"NTamd64.10.0", "NTamd64.10.0...17134"}, family: 16, values: 70}
	case Printer:
		return shape{class: "Printer", guid: "{4d36e979-e325-11ce-bfc1-08002be10318}", bus: `USBPRINT\`, decorations: []string{"NTx86", "NTamd64", "NTamd64.10.0"}, family: 4, values: 0, quoted: true}
	}
	panic(fmt.Sprintf("inftest: no kind %d", k))
}

// INF describes a text.
type INF struct {
	Kind      Kind
	SizeBytes int      // about how long the text gets
	Seed      uint64   // another seed is another vendor
	Catalog   string   // value of CatalogFile; "" leaves it "vendor.cat"
	Files     []string // what the install sections copy; none leaves it one file, "vendor.sys"
}

// text gathers the parts that grow with each device.
type text struct {
	INF
	shape
	r                               *rand.Rand
	models                          []bytes.Buffer // one for each decoration
	installs, values, lists, tables bytes.Buffer
}

// Text returns the INF, with the line ends of Windows.
func (i INF) Text() []byte {
	if i.Catalog == "" {
		i.Catalog = "vendor.cat"
	}
	if len(i.Files) == 0 {
		i.Files = []string{"vendor.sys"}
	}
	t := &text{INF: i, shape: i.Kind.shape(), r: rand.New(rand.NewPCG(i.Seed, uint64(i.Kind)))}
	t.models = make([]bytes.Buffer, len(t.decorations))
	var out bytes.Buffer
	t.head(&out)
	for n := 0; n == 0 || out.Len()+t.len() < i.SizeBytes; n++ {
		t.device(n)
	}
	for k := range t.models {
		fmt.Fprintf(&out, "[Acme.%s]\n%s\n", t.decorations[k], t.models[k].Bytes())
	}
	for _, part := range []*bytes.Buffer{&t.installs, &t.values, &t.lists, &t.tables} {
		out.Write(part.Bytes())
	}
	return bytes.ReplaceAll(out.Bytes(), []byte("\n"), []byte("\r\n"))
}

// len is how long the parts are; the line ends grow by about a fortieth when they become those of Windows.
func (t *text) len() int {
	n := t.installs.Len() + t.values.Len() + t.lists.Len() + t.tables.Len()
	for k := range t.models {
		n += t.models[k].Len()
	}
	return n + n/40
}

func (t *text) head(out *bytes.Buffer) {
	fmt.Fprintf(out, "; Setup information of Acme %s devices, number %d\n;\n\n[Version]\nSignature   = \"$WINDOWS NT$\"\nClass       = %s\n", t.class, t.Seed, t.class)
	fmt.Fprintf(out, "ClassGUID   = %s\nProvider    = %%Acme%%\nDriverVer   = %02d/%02d/20%02d,%d.%d.%d.%d\n", t.guid,
		1+t.r.IntN(12), 1+t.r.IntN(28), 9+t.r.IntN(15), 1+t.r.IntN(30), t.r.IntN(20), t.r.IntN(200), t.r.IntN(10000))
	fmt.Fprintf(out, "CatalogFile = %s\n\n[Manufacturer]\n%%Acme%% = Acme, %s\n\n", t.Catalog, strings.Join(t.decorations, ", "))
	out.WriteString("[SourceDisksNames]\n1 = %Disk%,,,\n\n[SourceDisksFiles]\n")
	for _, f := range t.Files {
		fmt.Fprintf(out, "%s = 1\n", f)
	}
	out.WriteString("\n[DestinationDirs]\nDefaultDestDir = 12 ; drivers\n\n")
	fmt.Fprint(&t.lists, "[Files.Common]\n", strings.Join(t.Files, "\n"), "\n\n")
	t.tables.WriteString("[Strings]\nAcme           = \"Acme Devices Ltd.\"\nDisk           = \"Acme Installation Disk\"\nService        = \"Acme Device Service\"\n" +
		"REG_DWORD      = 0x00010001\nREG_SZ         = 0\n")
}

// device adds one device, and its family's install section if it is the first of it.
func (t *text) device(n int) {
	family := n / t.family
	id := fmt.Sprintf("%sVEN_%04X&DEV_%04X&SUBSYS_%08X&REV_%02X", t.bus, 0x1000+t.Seed%0x8000, (n*7+family)&0xffff, t.r.Uint32(), n%16)
	if t.Kind == Monitor {
		id = fmt.Sprintf("%sACM%04X", t.bus, t.r.IntN(1<<16))
	}
	name := fmt.Sprintf("Acme %s Adapter %d-%04d", t.class, t.Seed, n)
	install := fmt.Sprintf("Install_%04d", family)
	for k := range t.models {
		if t.quoted {
			fmt.Fprintf(&t.models[k], "%q = %s, %s, Acme_%04X\n", name, install, id, n)
		} else {
			fmt.Fprintf(&t.models[k], "%%Device%04d.Desc%% = %s, %s\n", n, install, id)
		}
	}
	if !t.quoted {
		fmt.Fprintf(&t.tables, "Device%04d.Desc = \"%s\"\n", n, name)
	}
	if n%t.family == 0 {
		t.install(install)
	}
}

func (t *text) install(name string) {
	w := &t.installs
	switch {
	case t.Kind == Printer:
		fmt.Fprintf(w, "[%s]\nCopyFiles  = Files.Common, @%s\nDataSection = Data.%s\nDataFile   = acme%04x.gpd\n\n", name, t.Files[0], name, t.r.IntN(1<<16))
		fmt.Fprintf(&t.values, "[Data.%s]\nDriverFile   = unidrv.dll\nConfigFile   = unidrvui.dll\nHelpFile     = unidrv.hlp\nLanguageMonitor = \"%%Acme%%,acmemon.dll\"\n\n", name)
		return
	case t.Kind == Monitor:
		fmt.Fprintf(w, "[%s]\nCopyFiles = Files.Common\nAddReg = Values.%s\n\n", name, name)
	default:
		fmt.Fprintf(w, "[%s]\nCharacteristics = 0x84 ; physical, has a user interface\nBusType = 5\nCopyFiles = Files.Common\nAddReg = Values.%s\n\n", name, name)
		fmt.Fprintf(w, "[%s.Services]\nAddService = Acme, 2, Service.%s, EventLog\n\n", name, name)
		fmt.Fprintf(w, "[Service.%s]\nDisplayName = %%Service%%\nServiceType = 1\nStartType = 3\nErrorControl = 1\nServiceBinary = %%12%%\\%s\n\n", name, t.Files[0])
	}
	t.registry(name)
}

// registry adds the values of an install section: lines without a key, as most lines of real INF files are.
func (t *text) registry(name string) {
	w := &t.values
	fmt.Fprintf(w, "[Values.%s]\n", name)
	for v := range t.shape.values {
		switch {
		case t.Kind == Monitor && v == 0:
			fmt.Fprintf(w, "HKR,\"MODES\\%d,%d\",Mode1,,\"31.0-94.0,55.0-85.0,+,+\"\n", 800+t.r.IntN(2000), 600+t.r.IntN(1500))
		case v%12 == 11:
			fmt.Fprintf(w, "HKR,, Table%02d, 1,\\\n", v)
			for range 3 {
				w.WriteString("    ")
				for range 16 {
					fmt.Fprintf(w, "%02x,", t.r.IntN(256))
				}
				w.WriteString("\\\n")
			}
			w.WriteString("    00\n")
		case v%4 == 3:
			fmt.Fprintf(w, "HKR, Ndi\\Params\\*Property%02d,       ParamDesc, %%REG_SZ%%, \"Property %d; of the link\"\n", v, v)
		default:
			fmt.Fprintf(w, "HKR, Ndi\\Params\\*Property%02d, Value%d, %%REG_DWORD%%, 0x%08x\n", v, v%4, t.r.Uint32())
		}
	}
	w.WriteString("\n")
}
