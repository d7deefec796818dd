package inf

import "strings"

// inboxINFs are INF files of Windows, without extension, that drivers may include: those that Microsoft's documentation and
// samples and shipped drivers name, of all versions since Windows 2000. INF files of Windows that nobody includes are left
// out. learn.microsoft.com/windows-hardware/drivers/install/inf-ddinstall-section
const inboxINFs = " 1394 61883 acpi acpidev acpitime agp arcsas audioendpoint avc avmx64c b57nd60a basicdisplay basicrender battery bda biometric bluetooth" +
	" bth bthaudhid bthenum bthhfenum bthlcpen bthleenum bthmtpenum bthpan bthprint bthspp buttonconverter c_1394 c_avc c_battery c_bluetooth c_camera c_computer" +
	" c_display c_extension c_hidclass c_image c_keyboard c_media c_mediumchanger c_modem c_monitor c_mouse c_net c_ports c_printer c_processor c_sbp2 c_scsiadapter" +
	" c_sensor c_smartcardreader c_softwarecomponent c_system c_usb c_usbdevice c_volume c_wpd capimg ccdecode cdrom circlass cmbatt composite_battery compositebus" +
	" consumer cpu dc21x4vm digitalmediadevice disk display display64 dot4 dot4prt dshowext eaphost ehstorcertdrv ehstorpwddrv errdev faxcn001 faxcn002 faxmodem fdc" +
	" flpydisk fontlib gameport genericusbfn genprint hal hdaudbus hdaudio hdaudss helloface hiddigi hidbatt hidbth hidbthle hidcfu hidi2c hidinterrupt hidir hidscanner hidserv hidspi_km" +
	" hidtelephonydriver hidvhf ialpssi_gpio ialpssi_i2c idtsec image input intcpmt ipmidrv ipoib6x irda iscsi isapnp jetdir joystick kdnic keyboard ks kscaptur ksfilter layout" +
	" legacydriver lltdio lsi_sas machine magnify mausbhost mbtr8897w81x64 mchgr mdmcpq mdmgen mdmhayes mdmsetup megasas memory mf miradisp mlx4_bus modemcsa monitor mouclass mounted mouse" +
	" mshdc msdri msdsm msdv msgpiowin32 mskstpin msmouse msports mstape mstee mswmdm mtconfig multiport nabtsfec ndiscap ndisimplatform ndisuio ndisvirtualbus net1394 netavpna netbrdgm netbt" +
	" netip6 netnb netnwifi netpacer netpgm netrass netrast netrndis netrndis6 netrtx64 netserv netserv6 netsstpa nettcpip nettun netvchannel netvf netvwifibus netvwifimp netvwwanmp netwlan nete1e3e" +
	" ntprint ntprint4 ntprint_core oposdrv passthru pci pcmcia percsas2i perfproc pcw pgm pnpxinternetgatewaydevices pos ppdlic printupg prnms001 prnms002 prnms003 prnms005 prnms006" +
	" printqueue processr pscript ptpusb puwk qd3x64 ramdisk rawsilo rdcameradriver rdlsbuscbs rdpbus rdpidd remoteposdrv rhproxy rndiscmp rspndr sbp2 sceregvl scmbus scmdisk0101 scrawpdo scsidev sd sdbus" +
	" sdfrd sdstor secproc sensorshidclassdriver sensorsalsdriver serial serenum sfloppy sisraid2 slip smartcrd smbdisk spaceport ssdt startup_pacer sti stillcam storahci stornvme stream streamci swenum tape tdibth termbus" +
	" termkbd termmou tpm transfercable tsgenericusbdriver tsprint ts_generic ts_wpdmtp tsusbhub ucmucsiacpiclient ucmucsicx uaspstor uefi ufxchipidea ufxsynopsys umbus umpass unknown unidrv" +
	" uicciso urschipidea urssynopsys usb usbaudio usbaudio2 usbccgp usbcciddriver usbcir usbhub usbhub3 usbnet usbncm usbport usbprint usbscan usbser usbstor usbvideo usbxhci usbcx vca vdrvroot vhdmp" +
	" vid volmgr volsnap volume vhf virtdisk wave wceisvista wdma_usb wdmaudio wdmaudiocoresystem wdma_bt wdmvsc wfpcapture windowstrustedrt winusb wiabr002 wmiacpi wmbclass_wmc_union wnetvsc wpdcomp" +
	" wpdfs wpdmtp wpdmtphw ws3cap wsdprint wsdscdrv wstcodec wudfrd wudfusbcciddriver wvid wvmbus wvmic xboxgip xinputhid xusb22 xcbdav "

// inboxINF reports whether an INF is one of Windows.
func inboxINF(name string) bool {
	stem, ok := strings.CutSuffix(strings.ToLower(strings.TrimSpace(name)), ".inf")
	return ok && stem != "" && !strings.ContainsAny(stem, ` \/`) && strings.Contains(inboxINFs, " "+stem+" ")
}

// inboxSections are sections of Windows' INF files that drivers need, by the INF's name without extension. They are those
// that Microsoft documents.
var inboxSections = map[string]string{
	"ks":       " ks.registration ks.registration.nt mskstpin.installation mspclock.installation mspqm.installation swenum.installation ",
	"kscaptur": " kscaptur.registration kscaptur.registration.nt ",
	"wdmaudio": " wdmaudio.registration wdmaudio.registration.nt wdmpnpb.registration wdmpnpb.registration.nt mssysfx.copyfilesandregister mskarcfx.copyfilesandregister sysfx.copyfilesandregister audioproxyapo.copyfilesandregister ",
	"winusb":   " winusb.nt winusb.nt.services winusb.nt.hw winusb.nt.coinstallers winusb.nt.wdf winusb ",
	"wudfrd":   " wudfrd.nt wudfrd.nt.services wudfrd.nt.hw wudfrd.nt.wdf wudfrd_lowerfilter.nt wudfrd_lowerfilter.nt.services wudfrd_lowerfilter.nt.hw wudfrd_upperfilter.nt wudfrd_upperfilter.nt.services wudfrd_upperfilter.nt.hw ",
	"machine":  " pciiospacenotrequired pciiospacenotrequired.hw pciaspmoptin pciaspmoptin.hw pciaspmoptout pciaspmoptout.hw no_drv no_drv.services no_drv_pin no_drv_x null null.services pci_drv pci_drv.services acpi_drv ",
	"pci":      " pciaspmoptin pciaspmoptin.hw pciaspmoptout pciaspmoptout.hw pciiospacenotrequired pciiospacenotrequired.hw pcid3coldsupported pcid3coldsupported.hw pcisriovsupported pcisriovsupported.hw pciextendedconfigspacesupported pciextendedconfigspacesupported.hw ",
	"usb":      " composite.dev composite.dev.nt composite.dev.nt.services composite.dev.services ",
	"input":    " hid_inst hid_inst.nt hid_inst.nt.hw hid_raw_inst.nt.hw hid_inst.nt.services hid_inst.services hid_raw_inst hid_raw_inst.nt hid_raw_inst.nt.services ",
	"bth":      " bthusb bthusb.nt bthusb.nt.hw bthusb.nt.services bthusb.services bthusb.hw ",
	"mf":       " mfint mfint.services ",
	"usbvideo": " usbvideo.nt usbvideo.nt.coinstallers usbvideo.nt.services usbvideo.nt.hw usbvideo.nt.interfaces usbvideo usbvideo.interfaces ",
	"ntprint":  " unidrv.oem unidrv_bidi.oem pscript.oem ttfsub.oem srgbprofile.oem locale.oem unidrv_data unidrv_bidi_data pscript_data pcl4.oem pclxl.oem ps_schm.oem xpsdrv.oem print_schm.oem ",
}

// inboxSection reports whether an INF of Windows is known to have a section.
func inboxSection(inf, section string) bool {
	stem, _ := strings.CutSuffix(strings.ToLower(strings.TrimSpace(inf)), ".inf")
	return section != "" && strings.Contains(inboxSections[stem], " "+strings.ToLower(section)+" ")
}

// inboxServices are services of Windows that drivers use without bringing them, by name in lower case.
const inboxServices = " afd bthenum bthusb bthleenum bthport cdrom circlass compositebus disk dmio ftdisk fltmgr hdaudaddservice hdaudbus hidbatt hidbth hidi2c hidir hidusb i8042prt iastorv intelppm" +
	" kbdclass kbdhid ksthunk mbbclass modem monitor mouclass mouhid mpio msahci mshidkmdf mshidumdf msiscsi mskssrv mspclock mspqm mstee ndis ndisuio nvmedisk parport partmgr pci pciide pcmcia" +
	" pnp_filter processor rndismp rndismpx rassstp sbp2port scfilter sdbus serenum serial sermouse sfloppy storahci stornvme storport swenum termdd ucx01000 umbus umpass usb8023 usb8023x usbaudio usbccgp usbcir" +
	" usbccid usbehci usbhub usbhub3 usbohci usbprint usbscan usbser usbstor uaspstor usbuhci usbvideo usbxhci vhf volsnap volmgr vwifibus wacompen wdf01000 winusb winmgmt wmiacpi wpdusb wudf wudfrd wudfpf xusb22 mssmbios null" +
	" rimvserport redbook imapi stisvc wiaservc wudfwpdmtp wudfusbcciddriver nativewifip portcls kmixer sysaudio wdmaud bthavctpsvc ehstorclass fvevol rdyboost volmgrx iorate spaceport mstape tape wmbclass netadaptercx" +
	" gpio gpioclx0101 spbcx sercx sercx2 ufx01000 usbfn ursx01000 ucmcx01000 hidclass hidparse hidinterrupt hidspi mtconfig dmvsc acpi "

// inboxService reports whether a service is one of Windows.
func inboxService(name string) bool {
	return name != "" && !strings.Contains(name, " ") && strings.Contains(inboxServices, " "+strings.ToLower(name)+" ")
}
