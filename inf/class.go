package inf

import (
	"strings"
	"sync"
)

// setupClass is a device setup class that Windows defines.
type setupClass struct {
	name, guid string
	reserved   bool // not for drivers of vendors
}

// setupClasses are the classes that Windows defines, by the pages
// learn.microsoft.com/windows-hardware/drivers/install/system-defined-device-setup-classes-available-to-vendors and
// .../system-defined-device-setup-classes-reserved-for-system-use; the classes of file system filters by
// learn.microsoft.com/windows-hardware/drivers/ifs/file-system-filter-driver-classes-and-class-guids.
var setupClasses = []setupClass{
	{name: "Battery", guid: "{72631E54-78A4-11D0-BCF7-00AA00B7B32A}"},
	{name: "Biometric", guid: "{53D29EF7-377C-4D14-864B-EB3A85769359}"},
	{name: "Bluetooth", guid: "{E0CBF06C-CD8B-4647-BB8A-263B43F0F974}"},
	{name: "Camera", guid: "{CA3E7AB9-B4C3-4AE6-8251-579EF933890F}"},
	{name: "CDROM", guid: "{4D36E965-E325-11CE-BFC1-08002BE10318}"},
	{name: "ComputeAccelerator", guid: "{F01A9D53-3FF6-48D2-9F97-C8A7004BE10C}"},
	{name: "DiskDrive", guid: "{4D36E967-E325-11CE-BFC1-08002BE10318}"},
	{name: "Display", guid: "{4D36E968-E325-11CE-BFC1-08002BE10318}"},
	{name: "Extension", guid: ClassGUIDExtension},
	{name: "FDC", guid: "{4D36E969-E325-11CE-BFC1-08002BE10318}"},
	{name: "Firmware", guid: "{F2E7DD72-6468-4E36-B6F1-6488F42C1B52}"},
	{name: "FloppyDisk", guid: "{4D36E980-E325-11CE-BFC1-08002BE10318}"},
	{name: "GPS", guid: "{6BDD1FC3-810F-11D0-BEC7-08002BE2092F}"},
	{name: "HDC", guid: "{4D36E96A-E325-11CE-BFC1-08002BE10318}"},
	{name: "HIDClass", guid: "{745A17A0-74D3-11D0-B6FE-00A0C90F57DA}"},
	{name: "Dot4", guid: "{48721B56-6795-11D2-B1A8-0080C72E74A2}"},
	{name: "Dot4Print", guid: "{49CE6AC8-6F86-11D2-B1E5-0080C72E74A2}"},
	{name: "61883", guid: "{7EBEFBC0-3200-11D2-B4C2-00A0C9697D07}"},
	{name: "AVC", guid: "{C06FF265-AE09-48F0-812C-16753D7CBA83}"},
	{name: "SBP2", guid: "{D48179BE-EC20-11D1-B6B8-00C04FA372A7}"},
	{name: "1394", guid: "{6BDD1FC1-810F-11D0-BEC7-08002BE2092F}"},
	{name: "Image", guid: "{6BDD1FC6-810F-11D0-BEC7-08002BE2092F}"},
	{name: "Infrared", guid: "{6BDD1FC5-810F-11D0-BEC7-08002BE2092F}"},
	{name: "Keyboard", guid: "{4D36E96B-E325-11CE-BFC1-08002BE10318}"},
	{name: "MediumChanger", guid: "{CE5939AE-EBDE-11D0-B181-0000F8753EC4}"},
	{name: "MTD", guid: "{4D36E970-E325-11CE-BFC1-08002BE10318}"},
	{name: "Modem", guid: "{4D36E96D-E325-11CE-BFC1-08002BE10318}"},
	{name: "Monitor", guid: "{4D36E96E-E325-11CE-BFC1-08002BE10318}"},
	{name: "Mouse", guid: "{4D36E96F-E325-11CE-BFC1-08002BE10318}"},
	{name: "Multifunction", guid: "{4D36E971-E325-11CE-BFC1-08002BE10318}"},
	{name: "Media", guid: "{4D36E96C-E325-11CE-BFC1-08002BE10318}"},
	{name: "MultiportSerial", guid: "{50906CB8-BA12-11D1-BF5D-0000F805F530}"},
	{name: "Net", guid: "{4D36E972-E325-11CE-BFC1-08002BE10318}"},
	{name: "NetClient", guid: "{4D36E973-E325-11CE-BFC1-08002BE10318}"},
	{name: "NetService", guid: "{4D36E974-E325-11CE-BFC1-08002BE10318}"},
	{name: "NetTrans", guid: "{4D36E975-E325-11CE-BFC1-08002BE10318}"},
	{name: "SecurityAccelerator", guid: "{268C95A1-EDFE-11D3-95C3-0010DC4050A5}"},
	{name: "PCMCIA", guid: "{4D36E977-E325-11CE-BFC1-08002BE10318}"},
	{name: "Ports", guid: "{4D36E978-E325-11CE-BFC1-08002BE10318}"},
	{name: "Printer", guid: ClassGUIDPrinter},
	{name: "PNPPrinters", guid: "{4658EE7E-F050-11D1-B6BD-00C04FA372A7}"},
	{name: "Processor", guid: "{50127DC3-0F36-415E-A6CC-4CB3BE910B65}"},
	{name: "SCSIAdapter", guid: "{4D36E97B-E325-11CE-BFC1-08002BE10318}"},
	{name: "Sensor", guid: "{5175D334-C371-4806-B3BA-71FD53C9258D}"},
	{name: "SmartCardReader", guid: "{50DD5230-BA8A-11D1-BF5D-0000F805F530}"},
	{name: "SoftwareComponent", guid: ClassGUIDSoftwareComponent},
	{name: "Volume", guid: "{71A27CDD-812A-11D0-BEC7-08002BE2092F}"},
	{name: "System", guid: "{4D36E97D-E325-11CE-BFC1-08002BE10318}"},
	{name: "TapeDrive", guid: "{6D807884-7D21-11CF-801C-08002BE10318}"},
	{name: "USBDevice", guid: "{88BAE032-5A81-49F0-BC3D-A4FF138216D6}"},
	{name: "WCEUSBS", guid: "{25DBCE51-6C8F-4A72-8A6D-B54C2B4FC835}"},
	{name: "WPD", guid: "{EEC5AD98-8080-425F-922A-DABF3DE3F69A}"},
	{name: "SideShow", guid: "{997B5D8D-C442-4F2E-BAF3-9C8E671E9E21}"},

	{name: "ActivityMonitor", guid: "{B86DFF51-A31E-4BAC-B3CF-E8CFE75C9FC2}"},
	{name: "Undelete", guid: "{FE8F1572-C67A-48C0-BBAC-0B5C6D66CAFB}"},
	{name: "AntiVirus", guid: "{B1D1A169-C54F-4379-81DB-BEE7D88D7454}"},
	{name: "Replication", guid: "{48D3EBC4-4CF8-48FF-B869-9C68AD42EB9F}"},
	{name: "ContinuousBackup", guid: "{71AA14F8-6FAD-4622-AD77-92BB9D7E6947}"},
	{name: "ContentScreener", guid: "{3E3F0674-C83C-4558-BB26-9820E1EBA5C5}"},
	{name: "QuotaManagement", guid: "{8503C911-A6C7-4919-8F79-5028F5866B0C}"},
	{name: "SystemRecovery", guid: "{2DB15374-706E-4131-A0C7-D7C78EB0289A}"},
	{name: "HSM", guid: "{D546500A-2AEB-45F6-9482-F4B1799C3177}"},
	{name: "Compression", guid: "{F3586BAF-B5AA-49B5-8D6C-0569284C639F}"},
	{name: "Encryption", guid: "{A0A701C0-A511-42FF-AA6C-06DC0395576F}"},
	{name: "PhysicalQuotaManagement", guid: "{6A0A8E78-BBA6-4FC4-A709-1E33CD09D67E}"},
	{name: "OpenFileBackup", guid: "{F8ECAFA6-66D1-41A5-899B-66585D7216B7}"},
	{name: "SecurityEnhancer", guid: "{D02BC3DA-0C8E-4945-9BD5-F1883C226C8C}"},
	{name: "CopyProtection", guid: "{89786FF1-9C12-402F-9C9E-17753C7F4375}"},

	{name: "Adapter", guid: "{4D36E964-E325-11CE-BFC1-08002BE10318}", reserved: true},
	{name: "APMSupport", guid: "{D45B1C18-C8FA-11D1-9F77-0000F805F530}", reserved: true},
	{name: "Computer", guid: "{4D36E966-E325-11CE-BFC1-08002BE10318}", reserved: true},
	{name: "Decoder", guid: "{6BDD1FC2-810F-11D0-BEC7-08002BE2092F}", reserved: true},
	{name: "1394Debug", guid: "{66F250D6-7801-4A64-B139-EEA80A450B24}", reserved: true},
	{name: "Enum1394", guid: "{C459DF55-DB08-11D1-B009-00A0C9081FF6}", reserved: true},
	{name: "NoDriver", guid: "{4D36E976-E325-11CE-BFC1-08002BE10318}", reserved: true},
	{name: "LegacyDriver", guid: "{8ECC055D-047F-11D1-A537-0000F8753ED1}", reserved: true},
	{name: "Unknown", guid: "{4D36E97E-E325-11CE-BFC1-08002BE10318}", reserved: true},
	{name: "PrinterUpgrade", guid: "{4D36E97A-E325-11CE-BFC1-08002BE10318}", reserved: true},
	{name: "PrintQueue", guid: "{1ED2BBF9-11F0-4084-B21F-AD83A8E6DCDC}", reserved: true},
	{name: "SoftwareDevice", guid: "{62F9C741-B25A-46CE-B54C-9BCCCE08B6F2}", reserved: true},
	{name: "AudioEndpoint", guid: "{C166523C-FE0C-4A94-A586-F1A80CFBBF3E}", reserved: true},
	{name: "Sound", guid: "{4D36E97C-E325-11CE-BFC1-08002BE10318}", reserved: true},
	{name: "VolumeSnapshot", guid: "{533C5B84-EC70-11D2-9505-00C04F79DEAF}", reserved: true},
	{name: "USB", guid: "{36FC9E60-C465-11CF-8056-444553540000}", reserved: true},
}

// classTable finds classes by GUID (upper case, with braces) and by folded name.
var classTable = sync.OnceValue(func() map[string]*setupClass {
	m := make(map[string]*setupClass, 2*len(setupClasses))
	for i := range setupClasses {
		m[setupClasses[i].guid] = &setupClasses[i]
		m[fold(setupClasses[i].name)] = &setupClasses[i]
	}
	return m
})

// classByGUID returns the class that Windows defines for a GUID, or nil.
func classByGUID(guid string) *setupClass { return classTable()[guid] }

// classByName returns the class that Windows defines under a name, or nil.
func classByName(name string) *setupClass {
	if strings.HasPrefix(name, "{") {
		return nil
	}
	return classTable()[fold(name)]
}
