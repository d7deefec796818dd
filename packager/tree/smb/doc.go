// Package smb is a target tree on a Windows share, reached with SMB 2 or 3 from any system, without mounting it.
//
// It promises what tree.Tree promises, on a connection that is signed unless Config.Unsigned says otherwise; never SMB 1, never
// a guest's or a nameless session by accident; that a range copied by the server was confirmed with all its numbers and
// that the file has the length that follows from them; and that no writing call goes through after a lock was lost.
//
// # What is repeated
//
// When a connection breaks, the next call makes a new one. A call is repeated up to four times, after 0.2, 0.8, 2 and 4
// seconds, when the connection broke, could not be made, or the server says that it lacks resources for the moment: looking,
// listing, reading, opening, making folders, setting times, syncing, and locking. Reading goes on where it was if the file
// still has its length and time. After a rename or a removal whose answer was lost, the names are looked at, and the call
// is repeated only if it was not done. After a creation whose answer was lost, a file that is there is an error, since nobody
// can tell whose it is. Writing to an open file is never repeated: what the server has not made durable may be gone. Once all
// attempts have failed, later calls make one each, until one succeeds.
//
// A file that somebody else has open, for a virus scanner, say, is tried again for one second in renames, removals and creations.
//
// # Limits
//
// Two connections. A server that says nothing for 45 seconds while an answer is due, and does not answer to a sign of life
// either, is given up; so is one that lives and leaves one request unanswered for ten minutes. Making a connection, login
// included, may take 20 seconds. Requests read and write 1 MiB; four are under way for each file, so that a reader or a writer
// uses 5 MiB. A copy by the server is asked for in steps of 16 MiB. Names have 255 UTF-16 units, paths 32,000.
//
// # How it stands on the library
//
// It stands on cloudsoda/go-smb2. What that library does not offer lies in one file, reach.go, with the reason.
//
// Out of scope: DFS, links that the server resolves by itself without telling, alternate streams, access rights, and
// finding credentials (login, and the command).
package smb
