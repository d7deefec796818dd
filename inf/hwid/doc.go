// Package hwid knows the identifiers by which Windows finds a driver for a device.
//
// It answers three questions. [Parse] says what an identifier means: its bus, its parts, and whether any system generates
// such a one. An [Identity] (a [PCI] function, a [USBDevice], an [ACPI] node, ...) says which identifiers Windows gives a
// device, in the order that ranking counts. [FromID] says the same of a device of which only one identifier is known.
//
//	l := hwid.PCI{Vendor: 0x8086, Device: 0x15BE, SubVendor: 0x17AA, SubDevice: 0x2292, Revision: 0x30, Class: 0x020000}.IDs(hwid.Version{})
//	fmt.Println(l.Hardware[0]) // PCI\VEN_8086&DEV_15BE&SUBSYS_229217AA&REV_30
//
// Identities are also read from what Linux prints: lspci, lsusb, modalias files, codec descriptions of the sound system and
// EDID blocks. These functions work on text and bytes; reading the files is the caller's work.
//
// Promises: nothing here refuses an identifier, however odd; unknown enumerators are kept as they are. Lists that are not
// complete say so and say why ([Lists.Partial]). Identifiers are compared as whole strings without regard to case, there
// are no wildcards. All functions are pure and may be called at the same time.
//
// Limits: an identifier has fewer than 200 characters and a list no more than 64 of them; longer ones are parsed and
// reported. Text from Linux is read in time linear to its length.
//
// Out of scope: the names of vendors and devices (see inf/hwid/idname), the check sum in the identifiers of printers, and
// the service identifiers of Bluetooth, which are kept as they are given.
//
// Sources: https://learn.microsoft.com/windows-hardware/drivers/install/device-identification-strings and the page of each
// bus named at its type. docs/hwid.md of the project lists the orders, and where they are not certain.
package hwid
