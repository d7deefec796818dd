// Package packager plans and builds driver packages: Plan is pure and printable, Build carries a plan out on a tree.
package packager
