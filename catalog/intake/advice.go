package intake

import (
	"io"
	"io/fs"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/catalog/installer"
	"github.com/drivercat/drivercat/catalog/source"
)

// advise completes what is known of a setup program by the files beside it and at the top of what is in it.
func (im *importer) advise(p program) program {
	look := installer.Program{Name: baseOf(p.path), Info: p.info, Beside: im.folderOf(p.folder)}
	if content := p.content(im); content != "" {
		look.Inside = im.folderOf(content)
	}
	if open := im.open.Archive(p.path); open != nil {
		look.Header = open.Header()
	}
	a := installer.Advise(look)
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
	fh, err := im.openFile(i)
	if err != nil {
		return known
	}
	defer fh.Close()
	if info, ok := source.Recognise(f.name, fh, fh.Size); ok {
		return info
	}
	return known
}

// programFolder is a folder of the source as package installer sees it.
type programFolder struct {
	im     *importer
	folder *folder
}

// folderOf finds a folder by its path; one without files of its own has none.
func (im *importer) folderOf(path string) installer.Folder {
	for i := range im.tree.folders {
		if im.tree.folders[i].path == path {
			return programFolder{im, &im.tree.folders[i]}
		}
	}
	return programFolder{im, &folder{}}
}

func (p programFolder) Names() (names []string) {
	for i := p.folder.first; i < p.folder.last; i++ {
		if f := &p.im.tree.files[i]; !f.problem {
			names = append(names, f.name)
		}
	}
	return names
}

func (p programFolder) Open(name string) (io.ReadCloser, error) {
	i := p.im.tree.find(p.folder.path, name)
	if i < 0 {
		return nil, fs.ErrNotExist
	}
	f, err := p.im.openFile(i)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, 0, f.Size), f}, nil
}
