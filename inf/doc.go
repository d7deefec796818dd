// Package inf reads Windows driver information (INF) files as Windows reads them, on any system.
//
// Reading has two layers. [Parse] turns text into a lossless syntax tree: a [File] with its sections merged as Windows
// merges them, every entry split into key and fields, and every node pointing back into the original bytes.
// [File.Driver] turns the tree into meaning: version, models and hardware IDs for a [Target], install sections, and the
// files that belong to the driver package. Both layers describe what they find; bad INF text never becomes an error value
// but a [Diagnostic], and whether Windows would load the file at all stands in [File.Err].
//
// The hardware IDs of an INF:
//
//	f, _, err := inf.ParseFile("net.inf")
//	if err != nil {
//		log.Fatal(err)
//	}
//	for _, id := range f.Driver().HardwareIDs() {
//		fmt.Println(id)
//	}
//
// Those that it serves on one system, with their names:
//
//	for m := range f.Driver().Models(inf.Target{Arch: inf.AMD64, Major: 10, Build: 22631, ProductType: inf.Workstation}) {
//		fmt.Println(m.Description, m.IDs)
//	}
//
// The rules come from Microsoft's public INF reference and, where that is silent or contradicted by Windows itself, from
// conformance tests that other projects run on Windows. docs/inf.md of the project lists the choices and their sources.
//
// Limits: none on line or file length; time and memory grow linearly with the file: real ones take about 8 times
// their size, text of nothing but commas or headers up to 100 times. Fields
// longer than 4096 characters are kept whole and reported, Windows would cut them. A File is safe for concurrent
// reading. The source bytes are kept and must not change while the File is in use.
//
// Stability: until version 1 of the module, exported names may change with a line in CHANGELOG.md. What will not change are the
// meanings of diagnostic codes, and that a text is read as Windows reads it: where a reading turns out to differ from
// Windows', it is mended and told. The package needs the standard library and golang.org/x/text, and nothing else.
//
// Out of scope: changing INF files, and everything that needs the files beside an INF (see inf/lint).
package inf
