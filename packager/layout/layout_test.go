package layout

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	xp64 := catalog.Target{OS: "xp", Arch: inf.AMD64}
	for got, want := range map[string]string{
		Layout{}.Package(xp64, "R61"):                       "PC/SCCM_Driver_Packages/XP-x64/R61",
		Layout{Platform: "Laptops"}.Originals(xp64, "R61"):  "Laptops/_OriginalSources_/XP-x64/R61",
		Layout{}.Software(xp64, "R61", "Fingerprint"):       "PC/SCCM_Software_Packages/XP-x64/R61/Fingerprint",
		JoinShare(`\\server\Drivers\`, "PC/x"):              `\\server\Drivers\PC\x`,
		JoinShare(filepath.FromSlash("/srv/drivers"), "PC"): map[bool]string{true: `\srv\drivers\PC`, false: "/srv/drivers/PC"}[filepath.Separator == '\\'],
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestCheckModel(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"R61-8935CTO":              "R61-8935CTO",
		"R61\u20138935CTO":         "R61-8935CTO", // en dash, as a well-known walk-through prints it
		"\u2010\u2011\u2012\u2014": "----",
		"Latitude\u00a05175":       "Latitude 5175",
		"ThinkPad  X1":             "ThinkPad  X1",
		"Ünïcode 机":                "Ünïcode 机",
		"COM10":                    "COM10",
		"CONTOSO":                  "CONTOSO",
		".hidden":                  ".hidden",
		"a.b":                      "a.b",
		strings.Repeat("n", 238):   strings.Repeat("n", 238),
	} {
		if got, err := CheckModel(name); err != nil || got != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"":                       "empty",
		".":                      "name",
		"..":                     "name",
		"a/b":                    "'/' at character 2",
		`a\b`:                    `'\'`,
		"a:b":                    "':'",
		"äa*":                    "'*' at character 3",
		"a?":                     "'?'",
		`"a"`:                    `'"'`,
		"a<b":                    "'<'",
		"a|b":                    "'|'",
		"a\tb":                   "U+0009",
		"a\x00":                  "U+0000",
		"a\u200bb":               "U+200B",
		"a\u202eb":               "U+202E",
		"a.":                     "ends in a dot or a space",
		"a ":                     "ends in a dot or a space",
		"a\u00a0":                "ends in a dot or a space",
		" a":                     "starts with a space",
		"con":                    "CON",
		"NUL.txt":                "NUL",
		"Aux .x":                 "AUX",
		"com1":                   "COM1",
		"LPT9.a.b":               "LPT9",
		"COM²":                   "COM²",
		"conin$":                 "CONIN$",
		".drivercat-stage-x":     "its own",
		".DriverCat-x":           "its own",
		"\xff":                   "UTF-8",
		strings.Repeat("n", 239): "it may have 238",
		strings.Repeat("𝄞", 120): "it may have 238",
	} {
		_, err := CheckModel(name)
		var ne *NameError
		if !errors.As(err, &ne) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q in it", name, err, want)
		}
	}
}

func TestCheckPath(t *testing.T) {
	t.Parallel()
	root := `\\server\Drivers` // 16
	folder := "PC/SCCM_Driver_Packages/XP/R61"
	if err := CheckPath(root, folder, 254-16-1-len(folder)-1); err != nil {
		t.Error(err)
	}
	err := CheckPath(root, folder, 254-16-1-len(folder))
	var ne *NameError
	if !errors.As(err, &ne) || ne.Max != 2 || !strings.Contains(err.Error(), "255 characters") {
		t.Errorf("one too many: %v (%+v)", err, ne)
	}
	if err := CheckPath(root, folder, 300); err == nil || !strings.Contains(err.Error(), "shorter path") {
		t.Errorf("hopeless: %v", err)
	}
}

func TestSafeName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Net": "Net", "a/b": "a_b", "x. ": "x", "con": "_con", "": "_", "..": "_", " lead": "lead", "a\u2013b": "a-b",
		strings.Repeat("n", 120): strings.Repeat("n", 100),
	} {
		got := SafeName(in)
		if got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
		if _, err := CheckFolder(got); err != nil {
			t.Error(err)
		}
	}
}

func TestCheckShare(t *testing.T) {
	t.Parallel()
	for _, p := range []string{
		`\\server\SMSPXEIMAGE$`, `\\server\smspxeimages$\x`, `//server/SMSPXEIMAGE$/`, `\\?\UNC\server\SMSPXEIMAGE$\PC`, `\\.\UNC\server\Reminst`,
		`\\server\SMSPXEIMAGE$. .\x`, `\\server/SMSPXEIMAGE$\PC`, `smb://server/SMSPXEIMAGE%24/PC`, `\\server@SSL\DavWWWRoot\REMINST`,
		`["Display=\\server\SMSPXEIMAGE$\"]MSWNET:["SMS_SITE=XYZ"]\\server\SMSPXEIMAGE$\`, `MSWNET:["SMS_SITE=XYZ"]\\server\SMSPXEIMAGE$\`,
		`D:\RemoteInstall\SMSImages`, `D:\RemoteInstall\.\SMSBoot\x`, `D:\RemoteInstall\x\..\SMSTemp`, `/mnt/remoteinstall/smstempbootfiles`,
		`D:\RemoteInstall\Boot`, `D:\REMOTE~1\SMSIMA~1`, `D:\RemoteInstall::$INDEX_ALLOCATION\SMSImages`, `\\server\d$\RemoteInstall\SMSImages\PKG00001`,
		`D:\Drivers\..\RemoteInstall\SMSImages`, `\\server\SMSPXE~1`,
		`D:\RemoteInstall`, `x/remoteinstall`, `x/RemoteInstall/Drivers/PC`, `D:\SMSImages\RemoteInstall`, `D:\REMOTE~1\Drivers`, `\\server\d$\RemoteInstall. `,
	} {
		var se *ShareError
		if err := CheckShare(p); !errors.As(err, &se) || !se.PXE || !strings.Contains(err.Error(), "PXE share") || !strings.Contains(err.Error(), "nothing was written") {
			t.Errorf("%s: %v", p, err)
		}
	}
	for _, p := range []string{
		`\\server\SCCMContentLib$`, `D:\SCCMContentLib\DataLib`, `\\server\SCCMContentLibE$`, `\\server\SMSPKG$`, `\\server\smspkgd$\x`, `\\server\SMSSIG$`,
		`\\server\SMS_DP$`, `\\server\SMS_CPSC$`, `\\server\SMS_CPSCE$`, `\\server\SMS_XYZ\inboxes`, `/srv/sms_p01`,
	} {
		var se *ShareError
		if err := CheckShare(p); !errors.As(err, &se) || se.PXE {
			t.Errorf("%s: %v", p, err)
		}
	}
	for _, p := range []string{
		`\\server\Drivers`, `\\server\Drivers$\PC`, `D:\Drivers\SMSImages`, `D:\RemoteInstallation`, `D:\My RemoteInstall`,
		`\\server\SMS_Drivers`, `\\SMS_SRV1\Drivers`, `/srv/drivers`, `smb://server/Drivers`, `D:\Boot`, `relative/folder`, `D:\Remote\SMSImages`,
	} {
		if err := CheckShare(p); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
}

// TestCheckShareFollowsLinks: a path that leads to the PXE share is the PXE share, be it there already or not.
func TestCheckShareFollowsLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pxe := filepath.Join(dir, "RemoteInstall", "SMSImages")
	if err := os.MkdirAll(pxe, 0o777); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{
		"to": pxe, "chain": filepath.Join(dir, "to"), "rel": filepath.Join("RemoteInstall", "SMSImages"), "part": filepath.Join(dir, "RemoteInstall"),
		"dangling": filepath.Join(dir, "REMINST"), "dangling2": filepath.Join(dir, "dangling"), "loop": filepath.Join(dir, "loop"), "fine": dir,
	}
	for l, to := range links {
		if err := os.Symlink(to, filepath.Join(dir, l)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	for _, p := range []string{"to", "to/PC/new", "chain/x", "rel", "part/SMSBoot", "dangling", "dangling/PC", "dangling2/PC", "fine/to/x"} {
		var se *ShareError
		if err := CheckShare(filepath.Join(dir, p)); !errors.As(err, &se) || !strings.Contains(err.Error(), "leads to") {
			t.Errorf("%s: %v", p, err)
		}
	}
	for _, p := range []string{"fine", "fine/PC", "loop", "none/x"} {
		if err := CheckShare(filepath.Join(dir, p)); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	if w := ShareWarnings(`\\server\d$\Drivers`); len(w) != 1 || w[0].Code != "admin-share" {
		t.Errorf("%+v", w)
	}
	if w := ShareWarnings(`\\server\Drivers$`); len(w) != 0 {
		t.Errorf("%+v", w)
	}
	w := NearMisses([]string{"SCCM Driver_Packages", "SCCM_Driver_Packages", "sccm_driver_packages", "_OriginalSources_", "Original Sources", "Other"})
	if len(w) != 2 || !strings.Contains(w[0].Text, "SCCM Driver_Packages") {
		t.Errorf("%+v", w)
	}
}
