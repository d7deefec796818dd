// Package blocklist reads Microsoft's list of vulnerable drivers that Windows refuses to load, and tells which files are
// on it.
//
// The list is a code integrity policy (SiPolicy) in XML, published at aka.ms/VulnerableDriverBlockList; what it can say is
// described at learn.microsoft.com/windows/security/application-security/application-control/app-control-for-business/design/select-types-of-rules-to-create
// and .../microsoft-recommended-driver-block-rules.
//
// # What counts
//
// Rules that deny, by the Authenticode digest of a file (SHA-1 or SHA-256), by what its version resource says with a range
// of versions, or by who signed it, alone or with such a range. A rule counts only if a signing scenario for kernel-mode
// code (131) refers to it, or none refers to anything. A program that is no driver is never told by name: names are those
// of kernel code.
//
// # Limits
//
// Digests of single pages and of certificates by name (CertRoot of type Wellknown) are counted and not compared. A publisher
// is compared with the leaf of a file's own signature; a file that only a security catalog signs has no publisher here.
// Policies of more than 64 MiB are refused. Nothing is fetched: the network is the administrator's.
package blocklist
