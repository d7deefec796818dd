// Package layout is the share layout: where originals and packages lie below the share root, which folder names a model
// may have, and which shares are never written to.
//
// Paths are relative to the share root and use forward slashes. The root itself is a local folder or a UNC path and is
// only looked at, never made.
//
// Limits: a folder name has at most 255 UTF-16 units less the 17 that drivercat's own folders beside a package need; a
// file's whole path at most 254 characters, which is what ConfigMgr replicates; a driver package that ConfigMgr fills
// itself loses 37 more, for the GUID folder it puts every driver into.
//
// Out of scope: making folders (packager does), and naming things inside ConfigMgr.
package layout
