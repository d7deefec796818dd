// Package idname names vendors, devices, subsystems and classes of hardware identifiers.
//
// The names come from the public lists pci.ids and usb.ids, which are embedded, compressed; [Source] says which versions.
// Only programs that import this package carry them. [Lookup] promises to be safe for concurrent use, never to fail and to
// invent nothing: what the lists do not have is empty.
//
// Limits: the data adds 0.7 MB to a program. The first lookup unpacks it, about 10 ms and 2.5 MB that stay; later lookups take
// about a microsecond and share the unpacked text. PCI, HD Audio, USB and HID are named. Not named are ACPI and monitors, as
// the licence of the public list of their vendors is not clear, and everything that only its maker could name.
//
// Out of scope: the descriptions that INF files give to their devices.
//
// The lists are Copyright 1997-2025 Martin Mareš, 2015-2025 Albert Pool (pci.ids) and Stephen J. Gowdy (usb.ids), used under the
// 3-clause BSD licence; see COPYING.ids. "make ids" makes the data anew from the Debian packages pci.ids and usb.ids.
package idname
