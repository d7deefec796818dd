// Package sqlite is the embedded catalog: one SQLite file that one or more processes of a machine share.
//
// It fulfils catalog.Store. Besides that contract it promises:
//   - Killing the process at any moment leaves each source wholly old or wholly new. A power failure may lose the last
//     transactions, never consistency (WAL, synchronous=NORMAL).
//   - Readers never wait for a writer. A second writer waits until the first has committed or its context ends.
//   - Memory stays bounded whatever a transaction's size: SQLite spills its 16 MiB page cache to the write-ahead log.
//
// Limits: 16,777,215 hardware-ID rows in one INF; the file must lie on a local disk, since a write-ahead log needs memory
// shared between processes, which network shares do not give.
//
// Out of scope: teams and scan farms (a PostgreSQL catalog serves them), and full-text search.
package sqlite
