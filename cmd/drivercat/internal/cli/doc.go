// Package cli is the command line of drivercat.
//
// It promises: results go to stdout and everything else to stderr; the exit code says how it ended (see exitHelp); with
// --json every line on stderr is a JSON object too; nothing is coloured, cut or animated unless a terminal is there to
// see it; a closed pipe ends the command quietly; Ctrl-C ends it with one line and code 130.
//
// Each verb has one file with an options struct, a constructor (flags) and a run function that calls the libraries and
// prints. There are no rules about drivers here. This is the only package that reads the environment, and the only one
// that adds hints to errors.
//
// Limits: a table holds its rows in memory before it is printed (20,000 drivers take some 10 MB); parse holds at most
// two files per worker.
package cli
