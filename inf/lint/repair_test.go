package lint_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/lint"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	text := driver("[Net.Files]", "net.ini", "net.dat", "[SourceDisksFiles]", "net.ini = 1", "net.dat = 1")
	lf := strings.ReplaceAll(text, "\r", "")
	half := strings.Replace(text, "\r\n", "\n", 5)
	list := map[string]string{"acme.inf": text, "net.ini": "a\r\nb\r\n"}
	cases := map[string]struct {
		files map[string]string
		want  map[string]string // path: state, reason
	}{
		"right": {
			map[string]string{"acme.inf": text, "net.ini": "a\r\nb\r\n", "acme.cat": signed(list)},
			map[string]string{"acme.inf": "right ", "net.ini": "right "},
		},
		"converted": {
			map[string]string{"acme.inf": lf, "net.ini": "a\nb\n", "acme.cat": signed(list)},
			map[string]string{"acme.inf": "converted ", "net.ini": "converted "},
		},
		"converted in part": {
			map[string]string{"acme.inf": half, "acme.cat": signed(list)},
			map[string]string{"acme.inf": "converted "},
		},
		"data is no text": {
			map[string]string{"acme.inf": text, "net.dat": "\x00\x01\n", "acme.cat": signed(list)},
			map[string]string{"acme.inf": "right "},
		},
		"edited too": {
			map[string]string{"acme.inf": lf + ";", "net.ini": "A\nb\n", "acme.cat": signed(list)},
			map[string]string{
				"acme.inf": "unproven the catalog acme.cat lists it neither as it is nor with other line ends",
				"net.ini":  "unproven the catalog acme.cat lists it neither as it is nor with other line ends",
			},
		},
		"no catalog": {
			map[string]string{"acme.inf": lf, "net.ini": "a\nb\n"},
			map[string]string{"acme.inf": "unproven its catalog acme.cat is not there"},
		},
		"a placeholder": {
			map[string]string{"acme.inf": lf, "acme.cat": "dummy"},
			map[string]string{"acme.inf": "unproven its catalog acme.cat is a placeholder"},
		},
	}
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys := fstest.MapFS{}
			for name, b := range tt.files {
				fsys[name] = &fstest.MapFile{Data: []byte(b)}
			}
			texts, problems := lint.NewFolder(fsys, "").Texts([]string{"acme.inf"})
			if len(problems) > 0 {
				t.Error(problems)
			}
			got := map[string]string{}
			for _, x := range texts {
				got[x.Path] = string(x.State) + " " + x.Reason
				if x.State == lint.TextConverted && string(x.Restored) != list[x.Path] {
					t.Errorf("%s is restored to %q", x.Path, x.Restored)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
