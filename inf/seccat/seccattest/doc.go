// Package seccattest makes security catalogs and PE images for tests: well-formed, and signed by nobody.
//
// Promises: the same call gives the same bytes, and [seccat.Parse] reads what [Catalog.Build] makes. A signer is a
// certificate and a SignerInfo of the right form whose key and signature are made up; whatever verifies signatures
// refuses it. Limits: contents below 2 GiB. Out of scope: real signatures.
package seccattest
