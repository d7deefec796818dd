// Package catalog is the domain of drivercat: the records that describe sources, drivers, verdicts, models and
// packages, the table of targets, and the Store contract that every catalog database fulfils.
//
// A driver is stored once, by the hash over its content, however many sources and models carry it. What an INF says is
// stored once by the hash of the INF's bytes. Sources and packages refer to drivers.
//
// The package does no I/O. Stores live in sub-packages and pass the suite in catalogtest.
package catalog
