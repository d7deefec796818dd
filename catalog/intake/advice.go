package intake

import (
	"io"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/installer"
	"github.com/drivercat/drivercat/catalog/source"
)

// advise completes what is known of a setup program by the files beside it.
func (im *importer) advise(p program) program {
	a := installer.Advise(baseOf(p.path), p.info, besideProgram{im, im.tree.files[p.file].folder})
	p.info, p.beside = a.Info, a.Read
	return p
}

// recogniseAgain looks at a setup program that did not change where something beside it or the rules did: what the catalog
// knows of it may rest on a file that is gone. It costs reading 512 KiB at most.
func (im *importer) recogniseAgain(i int32, known catalog.InstallerInfo) catalog.InstallerInfo {
	f := &im.tree.files[i]
	if im.prior.Revision == Revision && !im.changed[im.tree.folders[f.folder].path] {
		return known
	}
	fh, err := im.root.Open(im.tree.path(int(i)))
	if err != nil {
		return known
	}
	defer fh.Close()
	if info, ok := source.Recognise(f.name, fh, f.size); ok {
		return info
	}
	return known
}

// besideProgram is the folder of a setup program as package installer sees it.
type besideProgram struct {
	im     *importer
	folder int32
}

func (b besideProgram) Names() (names []string) {
	f := b.im.tree.folders[b.folder]
	for i := f.first; i < f.last; i++ {
		if !b.im.tree.files[i].problem {
			names = append(names, b.im.tree.files[i].name)
		}
	}
	return names
}

func (b besideProgram) Open(name string) (io.ReadCloser, error) {
	return b.im.root.Open(joinPath(b.im.tree.folders[b.folder].path, name))
}
