package smbtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// realm is the Kerberos realm of tests.
const realm = "TEST.EXAMPLE"

// KDC is a running Kerberos server of MIT, with a realm that has one user.
type KDC struct {
	Config string // krb5.conf, for KRB5_CONFIG
	Realm  string
	User   string // the user that Samba runs as, so that it knows whose files are whose

	t testing.TB
	s *Server // the account and the folders of a server that is not started

	kill func() // nil before it runs
}

// StartKDC starts a Kerberos server that ends with the test, for services cifs/NAME of the given names. Without the programs a
// test is skipped, or fails, as with Start.
func StartKDC(t testing.TB, names ...string) *KDC {
	t.Helper()
	for _, tool := range []string{"krb5kdc", "kdb5_util", "kadmin.local", "kinit"} {
		if _, err := kerberosTool(tool); err != nil {
			msg := "no " + tool + "; install it: apt-get install krb5-kdc krb5-admin-server krb5-user"
			if os.Getenv("DRIVERCAT_REQUIRE_SERVERS") != "" {
				t.Fatal(msg)
			}
			t.Skip(msg)
		}
	}
	s := &Server{t: t}
	s.account()
	s.folders()
	k := &KDC{Realm: realm, User: s.User, Config: s.path("krb5.conf"), t: t, s: s}
	t.Cleanup(func() {
		k.Kill()
		_ = os.RemoveAll(s.base)
	})
	address := freeAddress(t)
	var domains strings.Builder
	for _, n := range names {
		fmt.Fprintf(&domains, " %s = %s\n", n, realm)
	}
	s.write("krb5.conf", fmt.Sprintf(`includedir /etc/none.d/
[libdefaults]
 default_realm = %[1]s
 dns_lookup_kdc = false
 dns_lookup_realm = false
 rdns = false
[realms]
 %[1]s = {
  kdc = %[2]s
 }
[domain_realm]
%[3]s`, realm, address, &domains))
	// MIT's own programs refuse an includedir that is not there; sssd's configurations begin with one.
	s.write("tools.conf", strings.Replace(must1(t)(os.ReadFile(k.Config)), "includedir /etc/none.d/\n", "", 1))
	// Without PAC, the record of a domain controller: Samba would ask a domain about it.
	s.write("kdc.conf", fmt.Sprintf(`[realms]
 %[1]s = {
  kdc_listen = %[2]s
  kdc_tcp_listen = %[2]s
  database_name = %[3]s
  key_stash_file = %[4]s
  acl_file = %[5]s
  disable_pac = true
 }
[logging]
 kdc = FILE:%[6]s
`, realm, address, s.path("state/db"), s.path("state/stash"), s.path("state/acl"), s.path("log/kdc.log")))
	k.run("", "kdb5_util", "create", "-s", "-P", "master", "-r", realm)
	queries := []string{fmt.Sprintf("addprinc -pw %q %s", password, k.User)}
	for _, n := range names {
		queries = append(queries, "addprinc -randkey cifs/"+n, "ktadd -k "+s.path("private/keytab")+" cifs/"+n)
	}
	k.run(strings.Join(queries, "\n")+"\n", "kadmin.local", "-r", realm)
	k.start(address)
	return k
}

func kerberosTool(name string) (string, error) {
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	return exec.LookPath("/usr/sbin/" + name)
}

func (k *KDC) command(name string, args ...string) *exec.Cmd {
	k.t.Helper()
	exe, err := kerberosTool(name)
	must(k.t, err)
	cmd := exec.Command(exe, args...)
	k.s.prepare(cmd)
	cmd.Dir = k.s.base
	cmd.Env = append(cmd.Environ(), "KRB5_CONFIG="+k.s.path("tools.conf"), "KRB5_KDC_PROFILE="+k.s.path("kdc.conf"), "LC_ALL=C")
	return cmd
}

func (k *KDC) run(in, name string, args ...string) {
	k.t.Helper()
	cmd := k.command(name, args...)
	cmd.Stdin = strings.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		k.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func (k *KDC) start(address string) {
	k.t.Helper()
	cmd := k.command("krb5kdc", "-n", "-P", k.s.path("pid/kdc"))
	must(k.t, cmd.Start())
	k.kill = sync.OnceFunc(func() {
		kill(cmd)
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(15 * time.Second); ; {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(k.s.path("log/kdc.log"))
			k.t.Fatalf("krb5kdc does not listen: %v\n%s", err, log)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Kill ends the server. It may be called twice.
func (k *KDC) Kill() {
	if k.kill != nil {
		k.kill()
	}
}

// Samba gives what the [global] section of a Samba needs to take this realm's tickets.
func (k *KDC) Samba() string {
	return "realm = " + realm + "\nkerberos method = dedicated keytab\ndedicated keytab file = FILE:" + k.s.path("private/keytab")
}

// Tickets gets a ticket for the user and gives the file of the cache, which only the test's user may read.
func (k *KDC) Tickets() string {
	k.t.Helper()
	cache := k.s.path("private/cache")
	k.run(password+"\n", "kinit", "-c", "FILE:"+cache, k.User+"@"+realm)
	return cache
}

// must1 is must for what gives something too.
func must1(t testing.TB) func([]byte, error) string {
	return func(b []byte, err error) string {
		t.Helper()
		must(t, err)
		return string(b)
	}
}
