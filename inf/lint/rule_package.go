package lint

import "github.com/drivercat/drivercat/inf"

// The codes of findings about the files beside an INF.
const (
	codeCatalogNotThere = "INF0801"
	codeCatalogNone     = "INF0802"
	codeCatalogUnsigned = "INF0803"
	codeINFNotListed    = "INF0804"
	codeConverted       = "INF0805"
	codeFileNotListed   = "INF0806"
	codeFileList        = "INF0807"
	codeOSAttr          = "INF0808"
	codeFileMissing     = "INF0809"
	codeFileCase        = "INF0810"
	codeLeftover        = "INF0811"
	codeSignatureWrong  = "INF0812"
	codeSigner          = "INF0813"
)

const (
	pageCatalogs  = "https://learn.microsoft.com/windows-hardware/drivers/install/catalog-files"
	pageVersion   = "https://learn.microsoft.com/windows-hardware/drivers/install/inf-version-section"
	pageSigning   = "https://learn.microsoft.com/windows-hardware/drivers/install/driver-signing"
	pageDisks     = "https://learn.microsoft.com/windows-hardware/drivers/install/inf-sourcedisksfiles-section"
	pageStore     = "https://learn.microsoft.com/windows-hardware/drivers/install/driver-store"
	pageDiskNames = "https://learn.microsoft.com/windows-hardware/drivers/install/inf-sourcedisksnames-section"
	pageCATAttr   = "https://learn.microsoft.com/windows-hardware/drivers/install/creating-a-catalog-file-for-a-non-pnp-driver-package"
)

// packageRules are the rules about the files beside an INF.
var packageRules = []inf.Rule{
	{
		Code: codeCatalogNotThere, Severity: inf.Error,
		Title:   "a catalog that is named and not there",
		Summary: "the catalog %s is not in the INF's folder",
		Advice:  "get the whole driver package from the vendor: without its catalog it counts as unsigned",
		Explanation: "The catalog is the file that is signed: it lists a digest of the INF and of each file of the package. Windows looks for it in the INF's own folder. " +
			"Without it the package is unsigned, which 64-bit Windows and every Windows 10 and later refuse to import; 32-bit Windows up to 8.1 asks the administrator.\n\n" +
			"It is often lost when files are picked out of an installer by their extension. It is harmless only in source trees, where the catalog is made when the package is built.",
		Source: pageVersion,
	},
	{
		Code: codeCatalogNone, Severity: inf.Error,
		Title:   "a catalog that is none: a placeholder, cut off, or of another kind",
		Summary: "no security catalog: %s",
		Advice:  "get the package from the vendor as it was released: the signed catalog replaces the placeholder there",
		Explanation: "The file has the catalog's name but not its contents. Packages from source trees and early builds carry a line of text that is replaced when Microsoft or the vendor signs; " +
			"downloads that broke off leave catalogs that end too early. Windows treats the package as unsigned, and refuses it as if there were no catalog at all.",
		Source: pageCatalogs,
	},
	{
		Code: codeCatalogUnsigned, Severity: inf.Error,
		Title:   "a catalog that nobody signed",
		Summary: "the catalog %s has no signature",
		Advice:  "get the signed package, or sign the catalog yourself for test machines",
		Explanation: "The catalog lists the package's files, but nobody vouches for the list: it was made (by Inf2Cat or makecat) and never signed. Windows refuses the package as it refuses one without a catalog. " +
			"Test machines take it when it is signed with a certificate that they trust.",
		Source: pageSigning,
	},
	{
		Code: codeINFNotListed, Severity: inf.Error,
		Title:   "the catalog does not list the INF as it is",
		Summary: "the catalog %s does not list this INF: it was changed, or the catalog belongs to another version",
		Advice:  "get the INF and its catalog from one release of the vendor; do not edit a signed INF",
		Explanation: "Windows makes a digest of the INF's bytes and looks for it in the catalog. It is not there, nor is that of the same text with other line ends. So somebody edited the INF after it was signed, or the files come from different releases. " +
			"Windows refuses the package (\"the hash for the file is not present in the specified catalog file\", 0xE000024B). A change of one byte is enough, also one that no reader sees: another encoding, a blank at the end of a line.",
		Source: pageCatalogs,
	},
	{
		Code: codeConverted, Severity: inf.Warning,
		Title:   "the catalog lists the file only with other line ends",
		Summary: "the line ends of %s were converted: the catalog lists it as it was before",
		Advice:  "run \"drivercat repair\" on the folder: the catalog proves the result",
		Explanation: "Version control and file transfer in text mode turn CR LF into LF. To Windows the file is another one then: its digest is not in the catalog, and the package is refused. " +
			"Here the digest of the text with its line ends restored is in the catalog, so nothing else was changed and the repair is certain.\n\nIt is harmless nowhere, but easily mended; tell git to leave driver files alone with the line \"*.inf -text\" in .gitattributes.",
		Source: pageCatalogs,
	},
	{
		Code: codeFileNotListed, Severity: inf.Error,
		Title:   "a file of the package that the catalog does not list as it is",
		Summary: "%s",
		Advice:  "get the file from the release that the catalog belongs to",
		Explanation: "Windows makes a digest of each file that the INF copies and looks for it in the catalog: of programs and drivers the Authenticode digest, which leaves their own signature out, of other files that of all bytes. " +
			"A file that is not listed was replaced, damaged, or forgotten when the package was signed. The import fails, or the device stops with \"a driver could not be verified\".\n\n" +
			"Catalogs made without one of the files are rare among tested drivers; in repacked collections most such files come from another version.",
		Source: pageCatalogs,
	},
	{
		Code: codeFileList, Severity: inf.Warning,
		Title:   "the catalog lists other files than the INF names",
		Summary: "the catalog and the INF do not name the same files: %s",
		Advice:  "check that INF and catalog are of one release; files that the INF does not name are not installed",
		Explanation: "A catalog is made from the INF files of a package and lists what they copy and [SourceDisksFiles] lists. A difference means that a catalog of another release lies here, that an INF of the package was left out (then this weighs as information), or that the INF was edited. " +
			"Windows only asks for the files that it needs: what else the catalog lists does no harm by itself.",
		Source: pageDisks,
	},
	{
		Code: codeOSAttr, Severity: inf.Warning,
		Title:   "the catalog was not made for the version of Windows asked for",
		Summary: "the certification is for other versions of Windows: %s",
		Advice:  "look for a newer release of the driver, or test this one on the system that you deploy",
		Explanation: "A catalog tells the versions of Windows that its files were tested for (the attribute OSAttr: 2:6.1 is Windows 7, 2:10.0 Windows 10 and 11). The version asked for is not among them. " +
			"Drivers for an older version are often shipped for newer ones and mostly work; Windows may report a mismatch of the signature's system attributes. What it makes of each combination is not documented.",
		Source: pageCATAttr,
	},
	{
		Code: codeFileMissing, Severity: inf.Error,
		Title:   "a file that the INF copies is not there",
		Summary: "not there, neither as it is nor compressed: %s",
		Advice:  "get the whole package; the file must lie where [SourceDisksNames] and [SourceDisksFiles] say",
		Explanation: "The INF copies the file and says where it lies, relative to its own folder; nothing lies there. Windows copies all files of a package into its driver store first and stops at one that is missing: the driver is not imported.\n\n" +
			"It is harmless if the file serves only an architecture that you do not deploy. A file in a cabinet or a compressed one (net.sy_ for net.sys) counts as being there.",
		Source: pageDiskNames,
	},
	{
		Code: codeFileCase, Severity: inf.Info,
		Title:       "a file whose name is spelled with other letter case",
		Summary:     "the letter case differs: %s",
		Advice:      "nothing to do on Windows; rename the file where tools on other systems look for it",
		Explanation: "Windows does not tell upper from lower case in file names, so the file is found. Tools on Linux and web servers may not find it, and two files whose names differ in nothing else cannot both be copied to Windows.",
		Source:      pageDisks,
	},
	{
		Code: codeLeftover, Severity: inf.Info,
		Title:   "files that no INF names",
		Summary: "no INF names these files: %s",
		Advice:  "leave them out of a package; Windows never installs them",
		Explanation: "Only files that an INF names go into the driver store. Others in the folder - setup programs, notes, symbols, files of a forgotten version - only take up space in a package. " +
			"Files in folders below that have INF files of their own are told there. Programs that start such files themselves are the exception: their INF cannot know.",
		Source: pageStore,
	},
	{
		Code: codeSignatureWrong, Severity: inf.Error,
		Title:   "a catalog whose signature is not one of its content",
		Summary: "the signature of the catalog is wrong: %s",
		Advice:  "get the package from the vendor again: this catalog was changed after it was signed",
		Explanation: "The signature on the catalog was verified: the digest of its list, the signature over it, the certificates. It does not hold: a byte of the catalog changed after it was signed, by damage or on purpose. " +
			"Windows refuses the package as if there were no catalog. What the catalog lists proves nothing any more.",
		Source: pageSigning,
	},
	{
		Code: codeSigner, Severity: inf.Info,
		Title:   "a catalog whose signature leads to no root of Microsoft",
		Summary: "the signature of the catalog is right, and whether Windows trusts it cannot be told: %s",
		Advice:  "look at the signer: Windows trusts a vendor's signature only if it knows the root that is named here",
		Explanation: "The signature on the catalog is right, and its chain of certificates was followed. It does not end in one of Microsoft's roots for code signing, which are the only ones that are the same on every Windows. " +
			"Vendors sign with certificates of commercial authorities, which most computers know; authorities of their own and test certificates no computer knows that was not told of them.\n\n" +
			"64-bit Windows 10 and 11 with Secure Boot load drivers for the kernel only with a signature of Microsoft, unless the certificate is from before July 2015. " +
			"It weighs as a warning where a certificate was not valid when the catalog was signed, or not made for signing drivers: no Windows trusts that.",
		Source: pageSigning,
	},
}
