package archive_test

import (
	"strings"
	"testing"

	"github.com/drivercat/drivercat/catalog/source/archive"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, want string }{
		{"a.sys", "a.sys"},
		{`x64\a.sys`, "x64/a.sys"},
		{"./x64//./a.sys", "x64/a.sys"},
		{"x64/", "x64"},
		{"$INSTDIR/a.sys", "$INSTDIR/a.sys"},
		{"", ""}, {".", ""}, {"./", ""},
		{"..", ""}, {"../a", ""}, {"a/../../b", ""}, {"a/../b", ""}, {`..\a`, ""}, {`a\..\b`, ""},
		{"/etc/passwd", ""}, {`\\server\share\a`, ""}, {`\a`, ""}, {"C:/a", ""}, {"c:a", ""}, {`C:\a`, ""},
		{"a.sys:stream", ""}, {"a:$DATA/b", ""},
		{"CON", ""}, {"x/nul.txt", ""}, {"COM1.inf", ""}, {"aux /a", ""},
		{"a.", ""}, {"a ", ""}, {"dir./a", ""}, {"...", ""}, {".. /a", ""},
		{"a\x00b", ""}, {"a\nb", ""}, {"caf\xe9", ""}, {"a|b", ""}, {"a?", ""},
		{strings.Repeat("a", 255), strings.Repeat("a", 255)}, {strings.Repeat("a", 256), ""},
		{strings.Repeat("abcdefg/", 4097), ""},
	} {
		got, err := archive.Clean(tt.name)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("Clean(%.40q) = %.40q, %v; want %.40q", tt.name, got, err, tt.want)
		}
	}
}
