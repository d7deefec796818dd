// Package seccattest makes security catalogs and PE images for tests: well-formed, and signed by people who do not exist.
//
// Promises: [seccat.Parse] reads what [Catalog.Build] makes, and the same call gives the same bytes, but for the salt of
// PSS. Signatures, certificates and time stamps are real ones, right to the last bit, with keys that follow from the names
// of their holders: they are no secret and lead to no root that anybody trusts. A test that wants a trusted signature
// hands [seccat.NewRoots] the certificate of the root it used.
//
// Limits: contents below 2 GiB; keys of 1024 bits, the shortest that crypto/rsa takes, since tests make many.
package seccattest
