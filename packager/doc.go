// Package packager turns what the catalog knows about a model into a driver package on a target tree.
//
// Load gathers what the catalog holds, MakePlan decides (pure and printable), Build carries a plan out. Build publishes as a
// transaction: a package is the old one or the new one whatever fails or is killed, and Recover finishes or undoes what a
// crash left. Verify compares packages with their manifests. AdoptSource copies a vendor's folder into the share's originals.
//
// Limits: a driver folder name of 100 characters, 500 drivers before a package is called large (ConfigMgr recommends fewer),
// paths of 254 characters before one is called too long.
//
// The package knows stores and trees only by their interfaces. Out of scope: judging drivers (catalog/intake), points and
// what replication sends, and scripts for ConfigMgr.
package packager
