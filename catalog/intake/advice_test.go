package intake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/intake"
)

// dosProgram is the head of a program that only says MZ; what lies behind it is an archive.
var dosProgram = "MZ\x80\x00\x01\x00" + strings.Repeat("\x00", 122)

// innoProgram is what Inno Setup's loader was before 5.1.5: a mark in the DOS header.
var innoProgram = "MZ" + strings.Repeat("\x00", 0x2E) + "Inno\x00\x10\x02\x00\xFF\xEF\xFD\xFF" + strings.Repeat("\x00", 0x100)

// installersOf gives what is known of each setup program, by path: technology, command and source.
func installersOf(t *testing.T, s catalog.Store, id int64) map[string]string {
	t.Helper()
	list, err := s.SourceInstallers(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, i := range list {
		out[i.Path] = strings.Join([]string{i.Info.Technology, i.Info.Silent.Command, string(i.Info.Silent.Source)}, " | ")
	}
	return out
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	const inno = " /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /RESTARTEXITCODE=3010 /SP-"
	config := ";!@Install@!UTF-8!\r\nRunProgram=\"Setup.exe\"\r\n;!@InstallEnd@!"
	for name, c := range map[string]struct {
		files map[string]string
		want  map[string]string
	}{
		"the vendor's description beside it": {
			map[string]string{"drvinst.exe": setup, "drvinst_2_.xml": lenovoXML},
			map[string]string{"drvinst.exe": "Lenovo package | Setup.exe -s | vendor"},
		},
		"a description in another folder": {
			map[string]string{"drvinst.exe": setup, "sub/drvinst_2_.xml": lenovoXML},
			map[string]string{"drvinst.exe": "unknown |  | technology"},
		},
		"the program that an extractor starts": {
			map[string]string{"suite.exe": dosProgram + config + zipOf(map[string]string{"setup.exe": innoProgram, "readme.txt": "r"})},
			map[string]string{
				"suite.exe":           "7-Zip self-extractor | suite.exe -y" + inno + " | technology",
				"suite.exe/setup.exe": "Inno Setup | setup.exe" + inno + " | technology",
			},
		},
		"an extractor whose program is not there": {
			map[string]string{"suite.exe": dosProgram + config + zipOf(map[string]string{"readme.txt": "r"})},
			map[string]string{"suite.exe": "7-Zip self-extractor | suite.exe -y | technology"},
		},
		"a response file beside it": {
			map[string]string{"x/setup.exe": setup, "x/setup.ins": "x", "x/setup.iss": "[InstallShield Silent]\nVersion=v5\n[D-0]\nBootOption=0\n"},
			map[string]string{"x/setup.exe": `InstallShield InstallScript | setup.exe -s -f2"%TEMP%\setup.log" | vendor`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, store := t.TempDir(), open(t)
			write(t, dir, c.files)
			r := run(t, store, dir, intake.Options{})
			if diff := cmp.Diff(c.want, installersOf(t, store, r.Source.ID)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What an answer rests on belongs to the bad driver, so the driver says everywhere the same.
func TestAdviceIsContent(t *testing.T) {
	t.Parallel()
	dir, store := t.TempDir(), open(t)
	write(t, dir, map[string]string{"drvinst.exe": setup, "drvinst_2_.xml": lenovoXML, "notes.xml": "<x/>"})
	r := run(t, store, dir, intake.Options{})
	drivers, err := store.SourceDrivers(t.Context(), r.Source.ID, false)
	if err != nil || len(drivers) != 1 {
		t.Fatalf("%d drivers, %v", len(drivers), err)
	}
	var content []string
	for _, f := range drivers[0].Driver.Files {
		content = append(content, f.Path)
	}
	if diff := cmp.Diff([]string{"drvinst.exe", "drvinst_2_.xml"}, content); diff != "" {
		t.Errorf("content (-want +got)\n%s", diff)
	}
}
