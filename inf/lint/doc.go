// Package lint shows what is wrong with INF files and with the files beside them.
//
// [Check] gathers the findings of all layers of package inf about the text of one file. [Folder] adds those about its
// surroundings: catalogs, and the files that the INF copies. [Render] prints a finding for people, with the line it is
// about and carets under the place, aligned under tabs and wide characters too.
//
//	folder := lint.NewFolder(os.DirFS(dir), dir)
//	for each INF of dir {
//		p := folder.Check(name, src, lint.PackageOptions{})
//		fmt.Println(p.Whole, p.Diagnostics)
//	}
//
// A Folder reads every catalog and file at most once, streaming, and only files that a catalog may list; what it keeps of
// a file are two names and its digests. Nothing is written.
//
// Limits: of a line at most 160 columns are shown, around the place. Of one code at most 50 findings about files are told.
// Catalogs above 64 MiB are not read. Leftover files are not told where more than 20,000 files or 500 INF files lie below
// a folder. Compressed files and cabinets are not opened: what lies in them counts as being there, and the package as not
// known to be whole. Out of scope: whether a catalog's signature is valid.
package lint
