package inf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf"
)

// meaningOf reads an INF whose [Version] is given, so that tables show only what they are about.
func meaningOf(t *testing.T, body string) *inf.Driver {
	t.Helper()
	f, _ := inf.Parse("test.inf", []byte("[Version]\nSignature = \"$WINDOWS NT$\"\n"+body))
	if f.Err != nil {
		t.Fatalf("Parse: %v", f.Err)
	}
	return f.Driver()
}

func TestServices(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"function driver with all entries": {
			"[I.NTamd64.Services]\nAddService = net, %Assoc%, Svc, Log, Application, netlog\n[Svc]\nDisplayName = %Name%\nServiceType = 1\nStartType = 3\nErrorControl = 0x1\nServiceBinary = %12%\\sub\\net.sys\n" +
				"LoadOrderGroup = NDIS\nDependencies = +TDI, afd\n[Log]\nAddReg = x\n[Strings]\nAssoc = 0x00000002\nName = \"The Net\"\n",
			`net function "The Net" 12 sub\net.sys = C:\Windows\System32\drivers\sub\net.sys kernel driver demand 1 NDIS +TDI,afd log Log Application netlog`,
		},
		"null driver":                             {"[I.NTamd64.Services]\nAddService = ,2\n", "null"},
		"null driver with a textual flag":         {"[I.NTamd64.Services]\nAddService = ,%SPSVCINST_ASSOCSERVICE%\n", " helper"},
		"service section that does not exist":     {"[I.NTamd64.Services]\nAddService = net, 0, Svc\n", "net helper missing Svc"},
		"only the actual section's suffix counts": {"[I.Services]\nAddService = net, 2, Svc\n[Svc]\n", ""},
		"run from the driver store":               {"[I.NTamd64.Services]\nAddService = u, 2, Svc\n[Svc]\nServiceType = 0x10\nStartType = 2\nServiceBinary = %13%\\u.exe\n", `u function "" 13 u.exe = %13%\u.exe user-mode service automatic -1`},
		"string that shadows a directory":         {"[I.NTamd64.Services]\nAddService = u,, Svc\n[Svc]\nServiceBinary = %12%\\u.sys\n[Strings]\n12 = x\n", `u helper "" - x\u.sys = x\u.sys   -1`},
		"needed from the same INF, once":          {"[I.NTamd64.Services]\nNeeds = Base.Services\n[Base.Services]\nNeeds = Base.Services\nAddService = a,2,\nDelService = b, 0x204\n", "a function missing ; delete b 204"},
		"first of repeated entries":               {"[I.NTamd64.Services]\nAddService = a,,S\n[S]\nStartType = 0\nStartType = 3\nLoadOrderGroup =\n", `a helper "" -  =   boot -1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, s := range meaningOf(t, c.body).Services("I.NTamd64") {
				got = append(got, serviceText(s))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// serviceText puts a service on one line.
func serviceText(s inf.Service) string {
	var b strings.Builder
	switch {
	case s.Null():
		return "null"
	case s.Deleted:
		return fmt.Sprintf("delete %s %x", s.Name, s.Flags)
	case s.Function():
		b.WriteString(s.Name + " function")
	default:
		b.WriteString(s.Name + " helper")
	}
	if s.Install == nil {
		if s.Section != "" || s.Name != "" {
			b.WriteString(" missing " + s.Section)
		}
		return b.String()
	}
	dir := "-"
	if s.HasDir {
		dir = fmt.Sprintf("%d", s.BinaryDir)
	}
	b.WriteString(fmt.Sprintf(" %q %s %s = %s %s %s %d", s.DisplayName, dir, s.BinaryPath, s.Binary, s.Type, s.Start, s.ErrorControl))
	if s.LoadOrderGroup != "" || s.Dependencies != nil {
		b.WriteString(" " + s.LoadOrderGroup + " " + strings.Join(s.Dependencies, ","))
	}
	if s.EventLog != "" {
		b.WriteString(" log " + s.EventLog + " " + s.EventLogType + " " + s.EventName)
	}
	return b.String()
}
