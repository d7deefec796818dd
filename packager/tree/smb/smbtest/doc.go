// Package smbtest starts a real Samba server on loopback for a test, as a normal user, with everything it writes in a folder
// of its own. It is for tests only.
//
// Started by root, the server runs as "nobody". Without smbd a test is skipped; where DRIVERCAT_REQUIRE_SERVERS is set, it
// fails. StartKDC starts a Kerberos server beside it. Out of scope: domains, more than one user.
package smbtest
