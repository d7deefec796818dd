// Package inftest writes INF texts of the shapes that vendors ship, for benchmarks: what a monitor, a network, a display
// or a printer INF consists of, in any size. The same description gives the same bytes, and another seed gives other
// hardware IDs, descriptions and registry values, so that a tree of them holds no two equal files.
//
// It is for tests: nothing that is shipped may import it. Limits: ASCII text, from about 1.5 KB up; a file is at most
// one install section (6 KB) longer than asked for. Out of scope is INF text that is wrong: inf has tables and fuzzing
// for that.
package inftest
