package source

import (
	"debug/pe"

	exe "github.com/drivercat/drivercat/catalog/source/program"
)

// program is the outside of an executable, read within the budget of a window.
type program struct {
	w        *window
	format   string // "PE", "NE", "LE" or "MZ"
	header   int64  // where that header lies
	library  bool   // a DLL, or a driver
	sections []pe.SectionHeader32
	// What was appended, from the end of the last section to the signature or the end of the file.
	overlay, end             int64
	signature, signatureSize uint32 // the program's own signature in the file, 0 if there is none

	image *exe.Image
}

// readProgram reads the headers of an executable. It returns nil for anything else.
func readProgram(w *window) *program {
	i := exe.Read(w, w.size)
	if i == nil {
		return nil
	}
	return &program{w, i.Format, i.Header, i.Library, i.Sections, i.Overlay, i.End, i.Signature, i.SignatureSize, i}
}

// section finds a section by name and returns where its header lies.
func (p *program) section(name string) (int64, bool) { return p.image.Section(name) }

func sectionName(s *pe.SectionHeader32) string { return exe.SectionName(s) }

// Types of resources, as far as they matter here.
const (
	typeRCData  = exe.TypeRCData
	typeVersion = exe.TypeVersion
)

// resource is one leaf of the resource tree. Type and name are upper case, or "#" and a number.
type resource struct {
	typ, name string
	offset    int64
	size      uint32
}

// listResources returns the resources of a program, one language of each.
func (p *program) listResources() (list []resource) {
	for _, r := range p.image.Resources() {
		list = append(list, resource{r.Type, r.Name, r.Offset, r.Size})
	}
	return list
}
