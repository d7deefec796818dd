package inf

import "iter"

// FileList is what one field of a CopyFiles directive copies: a file list section, or a single file (@file). Install
// sections that name one list share it.
// learn.microsoft.com/windows-hardware/drivers/install/inf-copyfiles-directive
type FileList struct {
	Name           string   // the list section; "" for a single file
	Section        *Section // nil for a single file
	Destination    Destination
	HasDestination bool // false if [DestinationDirs] has neither an entry for the list nor a default
	Files          []CopiedFile
	Line           *Line // the directive that names it first
	Field          Field
}

// CopiedFile is one file that an installation copies.
type CopiedFile struct {
	SourceFile
	Target string // the file's name at its destination
	Flags  CopyFlags
}

// Renamed reports whether the file gets another name at its destination.
func (f *CopiedFile) Renamed() bool { return !equalFold(f.Name, f.Target) }

// CopyFlags are the flags of a file list's entry (COPYFLG_xxx); text that is no number counts as 0.
type CopyFlags uint32

// The copy flags.
const (
	CopyWarnIfSkip      CopyFlags = 0x00000001
	CopyNoSkip          CopyFlags = 0x00000002
	CopyNoVersionCheck  CopyFlags = 0x00000004
	CopyForceFileInUse  CopyFlags = 0x00000008
	CopyNoOverwrite     CopyFlags = 0x00000010
	CopyNoVersionDialog CopyFlags = 0x00000020
	CopyOverwriteOlder  CopyFlags = 0x00000040
	CopyProtectedDriver CopyFlags = 0x00000100
	CopyReplaceOnly     CopyFlags = 0x00000400
	CopyNoDecompress    CopyFlags = 0x00000800
	CopyReplaceBootFile CopyFlags = 0x00001000
	CopyNoPrune         CopyFlags = 0x00002000
	CopyInUseTryRename  CopyFlags = 0x00004000
)

var copyFlagNames = [...]struct {
	flag CopyFlags
	name string
}{
	{CopyWarnIfSkip, "WARN_IF_SKIP"},
	{CopyNoSkip, "NOSKIP"},
	{CopyNoVersionCheck, "NOVERSIONCHECK"},
	{CopyForceFileInUse, "FORCE_FILE_IN_USE"},
	{CopyNoOverwrite, "NO_OVERWRITE"},
	{CopyNoVersionDialog, "NO_VERSION_DIALOG"},
	{CopyOverwriteOlder, "OVERWRITE_OLDER_ONLY"},
	{CopyProtectedDriver, "PROTECTED_WINDOWS_DRIVER_FILE"},
	{CopyReplaceOnly, "REPLACEONLY"},
	{CopyNoDecompress, "NODECOMP"},
	{CopyReplaceBootFile, "REPLACE_BOOT_FILE"},
	{CopyNoPrune, "NOPRUNE"},
	{CopyInUseTryRename, "IN_USE_TRY_RENAME"},
}

// Names lists the flags that are set, in the order of their bits, by their names without COPYFLG_.
func (f CopyFlags) Names() []string {
	var out []string
	for _, n := range copyFlagNames {
		if f&n.flag != 0 {
			out = append(out, n.name)
		}
	}
	return out
}

// Files yields the files that the install section copies, in the order of the text. A file that two lists copy comes
// twice.
func (in *Install) Files() iter.Seq2[*FileList, *CopiedFile] {
	return func(yield func(*FileList, *CopiedFile) bool) {
		for _, l := range in.Lists {
			for i := range l.Files {
				if !yield(l, &l.Files[i]) {
					return
				}
			}
		}
	}
}

// list reads what a field of a CopyFiles directive names, each list section once. It returns nil for a section that does
// not exist: Windows' file queue passes it over.
func (r *installReader) list(l *Line, fd Field) *FileList {
	refs := r.d.copyField(l, fd, nil)
	if len(refs) == 0 {
		return nil
	}
	ref := refs[0]
	if known := r.lists[ref.list]; known != nil && ref.list != nil {
		return known
	}
	out := &FileList{Section: ref.list, Line: l, Field: fd}
	if ref.list == nil {
		out.Destination, out.HasDestination = r.d.Destination("")
		out.Files = []CopiedFile{{SourceFile: r.d.source(ref, r.arch), Target: ref.name}}
		r.work.spent++
		r.destination(out)
		return out
	}
	out.Name = ref.list.Name
	out.Destination, out.HasDestination = r.d.Destination(out.Name)
	out.Files = make([]CopiedFile, 0, len(ref.list.Lines))
	for f := range r.d.files(refs, map[*Section]bool{}) {
		flags, _ := parseFlags(r.d.field(f.line, 3))
		target := r.d.field(f.line, 0)
		if target == "" {
			target = f.name
		}
		out.Files = append(out.Files, CopiedFile{SourceFile: r.d.source(f, r.arch), Target: target, Flags: CopyFlags(flags)})
	}
	r.work.spent += len(ref.list.Lines)
	if r.lists == nil {
		r.lists = map[*Section]*FileList{}
	}
	r.lists[ref.list] = out
	r.destination(out)
	return out
}
