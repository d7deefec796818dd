// Package smbtest starts a real Samba server on loopback for a test, as a normal user, with everything it writes in a folder
// of its own. It is for tests only.
//
// Started by root, the server runs as "nobody". Without smbd a test is skipped; where DRIVERCAT_REQUIRE_SERVERS is set, it
// fails. Out of scope: domains, Kerberos, more than one user.
package smbtest
