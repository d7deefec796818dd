package smb

// accessAddFile and accessAddFolder are the rights to make files and folders in a folder.
const (
	accessAddFile   = 0x2
	accessAddFolder = 0x4
)

// CanWrite asks the server whether files and folders may be made in the tree's root, without making any: it opens the root
// with those rights and closes it again. nil means that they may. Rights on what lies below can differ.
func (t *Tree) CanWrite() error {
	err := t.again(false, func(l *link) error {
		f, err := openFile(l.share, t.remote("."), accessAddFile|accessAddFolder|accessReadAttributes, shareAll, dispositionOpen, optionDirectory)
		if err != nil {
			return err
		}
		return f.Close()
	}, nil)
	return t.fail("ask for the right to write to", ".", err)
}
