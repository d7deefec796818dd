package cli

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/drivercat/drivercat/packager/tree/smb/login"
)

// The settings of a section [server NAME] of drivercat.ini.
const (
	serverAddress     = "address"
	serverUser        = "user"
	serverDomain      = "domain"
	serverCredentials = "credentials"
	serverKerberos    = "kerberos"
	serverSign        = "sign"
	serverEncrypt     = "encrypt"
)

// The values of kerberos.
const (
	kerberosAuto = "auto" // if there is nothing else and there are tickets
	kerberosNo   = "no"
	kerberosOnly = "only" // never a password
)

// serverKeys lists the settings of a server in the order in which they are shown.
func serverKeys() []string {
	return []string{serverAddress, serverUser, serverDomain, serverCredentials, serverKerberos, serverSign, serverEncrypt}
}

// The environment's word on signing in.
const (
	envUser        = "DRIVERCAT_SMB_USER"
	envPassword    = "DRIVERCAT_SMB_PASSWORD"
	envDomain      = "DRIVERCAT_SMB_DOMAIN"
	envCredentials = "DRIVERCAT_SMB_CREDENTIALS"
	envServer      = "DRIVERCAT_SMB_SERVER" // the only one that the others are for; empty for all
)

// serverSettings are the settings of one server that the configuration file gives.
type serverSettings map[string]setting

func serversOf(file string, sections map[string]map[string]iniValue) map[string]serverSettings {
	out := map[string]serverSettings{}
	for name, values := range sections {
		out[name] = serverSettings{}
		for key, v := range values {
			if v.text == "" {
				continue
			}
			if key == serverCredentials {
				v.text = besideINI(file, v.text)
			}
			out[name][key] = setting{Value: v.text, From: file + ":" + strconv.Itoa(v.line)}
		}
	}
	return out
}

func (s serverSettings) check(name string) error {
	wrong := func(key, want string) error {
		return usageError(want, "%s \"%s\" of server %s (from %s) has no meaning", key, s[key].Value, name, s[key].From)
	}
	if a, ok := s[serverAddress]; ok {
		host, port, err := net.SplitHostPort(a.Value)
		if n, nerr := strconv.ParseUint(port, 10, 16); err != nil || nerr != nil || n == 0 || host == "" {
			return wrong(serverAddress, "give HOST:PORT, as in localhost:4450")
		}
	}
	for _, key := range []string{serverSign, serverEncrypt} {
		if v, ok := s[key]; ok && v.Value != "yes" && v.Value != "no" {
			return wrong(key, "it is yes or no")
		}
	}
	switch k := s[serverKerberos]; k.Value {
	case "", kerberosAuto, kerberosNo, kerberosOnly:
		return nil
	}
	return wrong(serverKerberos, "it is auto, no or only")
}

func (s serverSettings) kerberos() string { return cmp.Or(s[serverKerberos].Value, kerberosAuto) }

// serverRows are the settings of servers as they may be shown: a password is three stars.
func (a *app) serverRows() (rows []configRow) {
	for _, name := range slices.Sorted(maps.Keys(a.set.servers)) {
		for _, key := range serverKeys() {
			if v, ok := a.set.servers[name][key]; ok {
				rows = append(rows, configRow{Name: "server " + name + ": " + key, setting: v})
			}
		}
	}
	of := " of every server"
	if only := a.env.Getenv(envServer); only != "" {
		of = " of server " + strings.ToLower(only)
	}
	for _, e := range []struct{ name, variable string }{{"user", envUser}, {"domain", envDomain}, {"password", envPassword}, {"credentials", envCredentials}} {
		v := a.env.Getenv(e.variable)
		if v == "" {
			continue
		}
		if e.variable == envPassword {
			v = "***"
		}
		rows = append(rows, configRow{Name: e.name + of, setting: setting{Value: v, From: e.variable}})
	}
	return rows
}

// smbEnv is an environment variable, if it is meant for a server.
func (a *app) smbEnv(server, name string) string {
	if only := a.env.Getenv(envServer); only != "" && !strings.EqualFold(only, server) {
		return ""
	}
	return a.env.Getenv(name)
}

// serverFor is what the configuration says of the server of an address.
func (a *app) serverFor(addr login.Address) serverSettings {
	return a.set.servers[strings.ToLower(addr.Server)]
}
