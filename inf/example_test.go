package inf_test

import (
	"fmt"

	"github.com/drivercat/drivercat/inf"
)

// cardReader is a driver for a card reader, with one models section for each of two systems.
const cardReader = `
[Version]
Signature = "$Windows NT$"
Class     = SCSIAdapter
ClassGuid = {4D36E97B-E325-11CE-BFC1-08002BE10318}
Provider  = %Acme%
DriverVer = 03/12/2008, 2.4.1.0
CatalogFile = card.cat

[Manufacturer]
%Acme% = Card, NTx86.5.1, NTamd64.6.0

[Card.NTx86.5.1]
%Slot% = Card_Inst, PCI\VEN_D5A1&DEV_0411

[Card.NTamd64.6.0]
%Slot%  = Card_Inst, PCI\VEN_D5A1&DEV_0411&SUBSYS_20C817AA, PCI\VEN_D5A1&DEV_0411
%Slot2% = Card_Inst, PCI\VEN_D5A1&DEV_0412

[Card_Inst.NTx86]
CopyFiles = @card.sys

[Card_Inst.NTamd64]
CopyFiles = @card.sys, @cardui.dll

[SourceDisksNames]
1 = %Acme%

[SourceDisksFiles]
cardui.dll = 1

[SourceDisksFiles.x86]
card.sys = 1, i386

[SourceDisksFiles.amd64]
card.sys = 1, x64

[Strings]
Acme  = "Acme, Inc."
Slot  = "Acme 4-in-1: SD slot"
Slot2 = "Acme 4-in-1: xD slot"
`

// The hardware IDs that a driver serves on Windows 10 x64.
func Example() {
	f, _ := inf.Parse("card.inf", []byte(cardReader))
	windows10 := inf.Target{Arch: inf.AMD64, Major: 10, Build: 19045, ProductType: inf.Workstation}
	for m := range f.Driver().Models(windows10) {
		fmt.Println(m.Description, m.IDs)
	}
	// Output:
	// Acme 4-in-1: SD slot [PCI\VEN_D5A1&DEV_0411&SUBSYS_20C817AA PCI\VEN_D5A1&DEV_0411]
	// Acme 4-in-1: xD slot [PCI\VEN_D5A1&DEV_0412]
}

// Text that is not a good INF is no error: the findings tell what is wrong and where, and File.Err what Windows would say.
func ExampleParse() {
	f, findings := inf.Parse("open.inf", []byte("[Version]\nSignature = $Chicago$\n[Manufacturer\n"))
	for _, d := range findings {
		fmt.Println(d)
	}
	fmt.Println(f.Err)
	fmt.Println(len(f.Section("Version").Lines), "entry was read all the same")
	// Output:
	// open.inf:3:1: error: section header has no closing "]" [INF0101]
	// inf: ERROR_BAD_SECTION_NAME_LINE in line 3
	// 1 entry was read all the same
}

// Fields are kept as the text has them; Expand gives what Windows makes of them. A value with a comma stays one field.
func ExampleFile_Expand() {
	f, _ := inf.Parse("card.inf", []byte(cardReader))
	provider := f.Section("Version").First("Provider").Fields[0].Text
	fmt.Println(provider, "is", f.Expand(provider))
	fmt.Println(f.Expand(`%12%\card.sys`))
	fmt.Println(f.Expand("%Nobody% 100%"))
	// Output:
	// %Acme% is Acme, Inc.
	// C:\Windows\System32\drivers\card.sys
	// %Nobody% 100%
}

// Which models sections Windows reads depends on its architecture and version.
func ExampleDriver_Select() {
	f, _ := inf.Parse("card.inf", []byte(cardReader))
	d := f.Driver()
	for _, t := range []inf.Target{
		{Arch: inf.X86, Major: 5, Minor: 1, Build: 2600},
		{Arch: inf.AMD64, Major: 5, Minor: 2, Build: 3790},
		{Arch: inf.AMD64, Major: 6, Minor: 1, Build: 7601},
	} {
		fmt.Print(t, ":")
		for _, ms := range d.Select(t) {
			fmt.Print(" ", ms.Name)
		}
		fmt.Println()
	}
	// Output:
	// NTx86 5.1.2600: Card.NTx86.5.1
	// NTamd64 5.2.3790:
	// NTamd64 6.1.7601: Card.NTamd64.6.0
}

// The files that the devices of each models section need, and where they lie beside the INF.
func ExampleNeeds_Files() {
	f, _ := inf.Parse("card.inf", []byte(cardReader))
	d := f.Driver()
	needs := d.Needs()
	for _, ms := range d.ModelsSections() {
		for _, file := range needs.Files(ms, ms.Arch()) {
			fmt.Println(ms.Arch(), file.Path)
		}
	}
	// Output:
	// x86 i386/card.sys
	// amd64 x64/card.sys
	// amd64 cardui.dll
}
