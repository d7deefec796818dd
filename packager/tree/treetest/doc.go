// Package treetest is the suite that every target tree passes, and Faulty, a tree that fails at a chosen call.
//
// It is for tests only. A fault that never fires is the caller's to notice: see Faulty.Fired.
package treetest
