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
	look := installer.Program{Name: baseOf(p.path), Info: p.info, Beside: programFolder{im, &im.tree.folders[im.tree.files[p.file].folder]}}
	if content := p.content(im); content != "" {
		look.Inside = im.folderOf(content)
		look.Inner = im.innerOf(p, content)
	}
	if open := im.open.Opened(p.path); open != nil {
		look.Header = open.Header()
	}
	a := installer.Advise(look)
	p.info, p.beside = a.Info, a.Read
	return p
}

// innerOf finds the setup program in a self-extractor that it starts. Each lies deeper than the one around it, so this ends.
func (im *importer) innerOf(p program, content string) *installer.Inner {
	starts := installer.Starts(p.info)
	if starts == "" {
		return nil
	}
	i := im.tree.find(content, starts)
	info, ok := im.setups[i]
	if i < 0 || !ok || !under(im.tree.path(int(i)), content) || i == p.file {
		return nil
	}
	path := im.tree.path(int(i))
	q := im.advise(program{path: path, folder: parentOf(path), file: i, info: info})
	return &installer.Inner{Name: baseOf(path), Info: q.info}
}

// recogniseAgain looks at a setup program that did not change where something beside it or the rules did: what the catalog
// knows of it may rest on a file that is gone. It costs reading 512 KiB at most.
func (im *importer) recogniseAgain(i int32, known catalog.InstallerInfo) catalog.InstallerInfo {
	f := &im.tree.files[i]
	if im.prior.Revision == Revision && !im.changed[im.tree.folders[f.folder].path] && !im.changed[im.tree.content[i]] {
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

// folderOf finds the folder of an archive or of what was unpacked by its path; one without files of its own has none.
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
