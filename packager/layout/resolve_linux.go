package layout

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// mounted returns the server address behind a local path, if a network share is mounted there: a mount of
// //server/SMSPXEIMAGE$ is that share under another name.
func mounted(p string) []string {
	real, err := filepath.EvalSymlinks(p)
	if err != nil {
		return nil
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	defer f.Close()
	var at, source string
	for s := bufio.NewScanner(f); s.Scan(); {
		if point, from, ok := parseMount(s.Text()); ok && len(point) >= len(at) && within(point, real) {
			at, source = point, from
		}
	}
	if !strings.HasPrefix(source, "//") && !strings.Contains(source, ":/") {
		return nil
	}
	return []string{source + "/" + strings.TrimPrefix(real, at)}
}

func within(dir, p string) bool {
	return dir == "/" || p == dir || strings.HasPrefix(p, dir+"/")
}

// parseMount reads a line of /proc/self/mountinfo: the mount point, and the source followed by the part of it that is mounted.
// The format is that of man 5 proc_pid_mountinfo.
func parseMount(line string) (point, source string, ok bool) {
	head, tail, found := strings.Cut(line, " - ")
	h, t := strings.Fields(head), strings.Fields(tail)
	if !found || len(h) < 5 || len(t) < 2 {
		return "", "", false
	}
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	source = unescape.Replace(t[1])
	if root := unescape.Replace(h[3]); root != "/" {
		source += root
	}
	return unescape.Replace(h[4]), source, true
}
