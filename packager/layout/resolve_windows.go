package layout

import (
	"strings"

	"golang.org/x/sys/windows"
)

// mounted returns the final path of an existing file or folder, which names the server behind a mapped drive and the folder
// behind a junction or a subst drive.
func mounted(p string) []string {
	name, err := windows.UTF16PtrFromString(p)
	if err != nil {
		return nil
	}
	h, err := windows.CreateFile(name, 0, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil,
		windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS, 0)
	if err != nil {
		return nil
	}
	defer windows.CloseHandle(h)
	buf := make([]uint16, 1<<15)
	n, err := windows.GetFinalPathNameByHandle(h, &buf[0], uint32(len(buf)), 0)
	if err != nil || n == 0 || int(n) > len(buf) {
		return nil
	}
	return []string{strings.TrimPrefix(windows.UTF16ToString(buf[:n]), `\\?\`)}
}
