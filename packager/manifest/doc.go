// Package manifest is drivercat.json, the file at the top of every package that drivercat fills: what the package is for,
// which drivers it holds and which files, each with its size and SHA-256.
//
// The same package gives the same bytes: no time, no machine, one line per driver and per file, sorted. A manifest carries
// the hash over its own content, so one that was cut short or edited is found out.
//
// Limits: Read refuses manifests over 256 MiB, and formats newer than this drivercat knows.
package manifest
