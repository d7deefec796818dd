// Package tree is the contract for target trees: the places that packages and originals are written to, a local folder or
// an SMB share. It promises that nothing outside the tree is ever written, and offers Put, the one way to write a file:
// complete, checked and durable, or not there at all.
//
// Names are relative to the tree's root with forward slashes, as io/fs has them; "." is the root. Symbolic links inside the
// tree that lead out of it are refused by every implementation, not followed.
//
// Out of scope: reading what vendors ship (catalog/source), and deciding what to write (packager).
package tree
