// Package login is what it takes to open a session on a Windows share: reading the address that a person wrote, a file of
// credentials, the tickets of the system's Kerberos; reading what the server says of itself first; and telling why it failed.
//
// It promises that no error holds a password, whatever the address or the file was like, and that no input makes it use more
// memory than the input's size. Files of credentials and ticket caches may have up to 1 MiB.
//
// Out of scope: talking to a server (package smb), the environment and questions to the user (the command).
package login
