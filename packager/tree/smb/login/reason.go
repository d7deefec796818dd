package login

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"

	smb2 "github.com/cloudsoda/go-smb2"
)

// Reason is why a session on a share could not be opened.
type Reason string

// The reasons.
const (
	ReasonNone       Reason = ""
	ReasonNoServer   Reason = "no-server"   // no such name
	ReasonNoRoute    Reason = "no-route"    // no way to it
	ReasonRefused    Reason = "refused"     // nothing listens there
	ReasonTimeout    Reason = "timeout"     // no answer
	ReasonBroken     Reason = "broken"      // the connection ended
	ReasonBusy       Reason = "busy"        // too many sessions
	ReasonPassword   Reason = "password"    // wrong user or password
	ReasonLocked     Reason = "locked"      // the account is locked
	ReasonDisabled   Reason = "disabled"    // the account is disabled
	ReasonExpired    Reason = "expired"     // the account or its password has expired
	ReasonRestricted Reason = "restricted"  // the account may not sign in here or now
	ReasonNoDomain   Reason = "no-domain"   // the server cannot ask its domain
	ReasonNoShare    Reason = "no-share"    // no such share
	ReasonDenied     Reason = "denied"      // signed in, and not allowed
	ReasonDialect    Reason = "dialect"     // no common version of the protocol
	ReasonSigning    Reason = "signing"     // about signed messages; guests cannot sign
	ReasonEncryption Reason = "encryption"  // about encryption
	ReasonClock      Reason = "clock"       // the clocks differ too much for Kerberos
	ReasonName       Reason = "name"        // Kerberos knows no such server
	ReasonTickets    Reason = "tickets"     // the tickets cannot be used
	ReasonNoKerberos Reason = "no-kerberos" // the server does not take Kerberos
	ReasonNoKDC      Reason = "no-kdc"      // the domain's Kerberos server does not answer
)

// statuses are the answers of servers. [MS-ERREF] 2.3.1.
func statuses() map[uint32]Reason {
	return map[uint32]Reason{
		0xC000006D: ReasonPassword, 0xC000006A: ReasonPassword, 0xC0000064: ReasonPassword,
		0xC0000234: ReasonLocked, 0xC0000072: ReasonDisabled,
		0xC0000193: ReasonExpired, 0xC0000071: ReasonExpired, 0xC0000224: ReasonExpired,
		0xC000006E: ReasonRestricted, 0xC000006F: ReasonRestricted, 0xC0000070: ReasonRestricted,
		0xC000015B: ReasonRestricted, 0xC0000413: ReasonRestricted, 0xC0000192: ReasonRestricted,
		0xC000005E: ReasonNoDomain, 0xC000018B: ReasonNoDomain, 0xC000018C: ReasonNoDomain, 0xC000018D: ReasonNoDomain,
		0xC00000CC: ReasonNoShare, 0xC00000C9: ReasonNoShare, 0xC00000CB: ReasonNoShare,
		0xC0000022: ReasonDenied, 0xC00000CA: ReasonDenied,
		0xC00000BB: ReasonDialect,
		0xC0000133: ReasonClock,
		0xC00000D0: ReasonBusy, 0xC0000205: ReasonBusy, 0xC00000CE: ReasonBusy,
		0xC0000203: ReasonBroken, 0xC000020C: ReasonBroken, 0xC000035C: ReasonBroken,
	}
}

// phrases are what the libraries say where they keep no error to test for.
func phrases() []struct {
	text   string
	reason Reason
} {
	return []struct {
		text   string
		reason Reason
	}{
		{"no share of that name", ReasonNoShare},
		{"wrong name or password", ReasonPassword},
		{"speaks none of SMB", ReasonDialect},
		{"closed the connection while logging in", ReasonBroken},
		{"The attempted logon is invalid", ReasonPassword},
		{"An invalid parameter was passed", ReasonNoKerberos}, // what Samba without a keytab answers to a ticket
		{"ErrorCode:37,", ReasonClock},                        // KRB_AP_ERR_SKEW in a server's answer
		{"ErrorCode:41,", ReasonName},                         // KRB_AP_ERR_MODIFIED
		{"KRB_AP_ERR_SKEW", ReasonClock},
		{"AP_REP time out of range", ReasonClock},
		{"Clock skew too great", ReasonClock},
		{"KDC_ERR_S_PRINCIPAL_UNKNOWN", ReasonName},
		{"KRB_AP_ERR_MODIFIED", ReasonName},
		{"KRB_AP_ERR_TKT_EXPIRED", ReasonTickets},
		{"KRB_AP_ERR_TKT_NYV", ReasonClock},
		{"error sending to a KDC", ReasonNoKDC},
		{"communication error with KDC", ReasonNoKDC},
		{"no KDC", ReasonNoKDC},
		{"KDC_ERR", ReasonTickets},
		{"Kerberos service ticket", ReasonTickets},
		{"unsupported mechanism", ReasonNoKerberos},
		{"doesn't support signing", ReasonSigning},
		{"guest", ReasonSigning},
		{"anonymous", ReasonSigning},
		{"encrypt", ReasonEncryption},
		{"unexpected dialect", ReasonDialect},
		{"the server does not answer", ReasonTimeout}, // package smb, once it is connected
		{"STATUS_LOGON_FAILURE", ReasonPassword},
		{"STATUS_ACCESS_DENIED", ReasonDenied},
		{"connection refused", ReasonRefused},
	}
}

// isWindows knows what Windows calls these: package syscall has names for them that no error there ever has.
func isWindows(err error) Reason {
	var no syscall.Errno
	if runtime.GOOS != "windows" || !errors.As(err, &no) {
		return ReasonNone
	}
	switch no {
	case 10061: // WSAECONNREFUSED
		return ReasonRefused
	case 10060: // WSAETIMEDOUT
		return ReasonTimeout
	case 10051, 10065: // WSAENETUNREACH, WSAEHOSTUNREACH
		return ReasonNoRoute
	case 10053, 10054: // WSAECONNABORTED, WSAECONNRESET
		return ReasonBroken
	}
	return ReasonNone
}

// ReasonOf tells why opening a share failed; ReasonNone if the error is about something else.
func ReasonOf(err error) Reason {
	var dns *net.DNSError
	var timeout net.Error
	var answer *smb2.ResponseError
	var transport *smb2.TransportError
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return ReasonNone
	case errors.As(err, &answer):
		if r, ok := statuses()[answer.Code]; ok {
			return r
		}
	case errors.As(err, &dns) && !dns.IsTimeout:
		return ReasonNoServer
	case isWindows(err) != ReasonNone:
		return isWindows(err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return ReasonRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return ReasonNoRoute
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return ReasonTimeout
	case errors.Is(err, smb2.ErrRequestNotAccepted):
		return ReasonBusy
	}
	text := err.Error()
	for _, p := range phrases() {
		if strings.Contains(text, p.text) {
			return p.reason
		}
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return ReasonDenied
	case errors.As(err, &transport), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return ReasonBroken
	}
	return ReasonNone
}
