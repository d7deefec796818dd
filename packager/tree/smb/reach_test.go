package smb

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	smb2 "github.com/cloudsoda/go-smb2"
	"github.com/google/go-cmp/cmp"
)

// TestReach compares what reach.go takes for granted with the library's source, so that an update which changes it is noticed
// here and not by a broken share.
func TestReach(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "-json", "github.com/cloudsoda/go-smb2").Output()
	if err != nil {
		t.Fatalf("where the library lies: %v", err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	wire, lib := declarations(t, filepath.Join(module.Dir, "internal/smb2")), declarations(t, module.Dir)

	for name, mirror := range map[string]any{
		"PacketHeader": packetHeader{}, "CreateRequest": createRequest{}, "IoctlRequest": ioctlRequest{}, "SetInfoRequest": setInfoRequest{},
	} {
		want := wire[name]
		// Our names of the same things.
		for _, r := range [][2]string{{"PacketHeader PacketHeader", "packetHeader packetHeader"}, {"utf16le.MapChars", "int"}, {"*FileId", "unsafe.Pointer"}, {"[]Encoder", "[]encoder"}, {" Encoder", " encoder"}} {
			want = strings.ReplaceAll(want, r[0], r[1])
		}
		if diff := cmp.Diff(want, fields(mirror)); diff != "" {
			t.Errorf("%s (-library +mirror):\n%s", name, diff)
		}
	}
	for name, want := range map[string]string{
		"Encoder": "Size func() int\nEncode func(b []byte)\n", // the order does not matter to the compiler
	} {
		if wire[name] != want {
			t.Errorf("interface %s is now\n%s", name, wire[name])
		}
	}
	if got := declarations(t, filepath.Join(module.Dir, "internal/utf16le"))["MapChars"]; got != "int" {
		t.Errorf("MapChars is now %s", got)
	}
	for name, want := range map[string]string{
		"(*Share).createFile": "func(name string, req *smb2.CreateRequest, followSymlinks bool) (f *File, err error)",
		"(*File).ioctl":       "func(req *smb2.IoctlRequest) (output []byte, err error)",
		"(*File).setInfo":     "func(req *smb2.SetInfoRequest) (err error)",
	} {
		if lib[name] != want {
			t.Errorf("%s is now %q", name, lib[name])
		}
	}
	// What is found by name at run time.
	for typ, wants := range map[string][]string{
		"Session": {"s *session"}, "session": {"conn *conn", "sessionFlags uint16", "encrypter cipher.AEAD", "signer hash.Hash", "verifier hash.Hash"},
		"conn": {"dialect uint16", "cipherId uint16", "requireSigning bool"}, "Share": {"treeConn *treeConn"}, "treeConn": {"shareFlags uint32"},
		"File": {"fileStat *FileStat"},
	} {
		for _, w := range wants {
			if !strings.Contains("\n"+lib[typ], "\n"+w+"\n") {
				t.Errorf("%s has no field %s:\n%s", typ, w, lib[typ])
			}
		}
	}
}

// declarations are the types of a package with their fields or methods, and its functions with their signatures.
func declarations(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					name = fmt.Sprintf("(%s).%s", types.ExprString(d.Recv.List[0].Type), name)
				}
				out[name] = types.ExprString(d.Type)
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if ts, ok := s.(*ast.TypeSpec); ok {
						out[ts.Name.Name] = members(ts.Type)
					}
				}
			}
		}
	}
	return out
}

func members(e ast.Expr) string {
	var list *ast.FieldList
	switch e := e.(type) {
	case *ast.StructType:
		list = e.Fields
	case *ast.InterfaceType:
		list = e.Methods
	default:
		return types.ExprString(e)
	}
	var b strings.Builder
	for _, f := range list.List {
		typ := types.ExprString(f.Type)
		if len(f.Names) == 0 { // embedded
			name := strings.TrimPrefix(typ, "*")
			fmt.Fprintf(&b, "%s %s\n", name[strings.LastIndex(name, ".")+1:], typ)
		}
		for _, n := range f.Names {
			fmt.Fprintf(&b, "%s %s\n", n.Name, typ)
		}
	}
	return b.String()
}

func fields(x any) string {
	var b strings.Builder
	for f := range reflect.TypeOf(x).Fields() {
		fmt.Fprintf(&b, "%s %s\n", f.Name, strings.ReplaceAll(f.Type.String(), "smb.", ""))
	}
	return b.String()
}

// TestLookElsewhere: a library that has changed is an error, not a panic.
func TestLookElsewhere(t *testing.T) {
	t.Parallel()
	if _, err := look(&smb2.Session{}); err == nil {
		t.Error("an empty session was understood")
	}
	if shareEncrypts(&smb2.Share{}) {
		t.Error("an empty share encrypts")
	}
}
