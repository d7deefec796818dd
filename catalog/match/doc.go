// Package match answers which driver serves which device of a machine, as Windows would choose.
//
// [Load] reads an inventory: the devices of a real machine with their hardware and compatible IDs, in the forms that
// Windows' own tools write. A [Ranking] takes drivers one after the other and keeps, for each device, those that serve it.
//
// Load never fails: what it cannot read is a [Problem] with its line and advice. It takes the order of identifiers from the
// text, since rank depends on it. Time and memory grow with the text, at most some ten times its size. A Ranking looks
// an INF up in tables of the devices' identifiers, so 20,000 INF files take hardly longer for 200 devices than for one; it keeps the INF
// files that serve a device.
//
// Out of scope: asking a machine (it may not be a Windows one), and reading files.
package match
