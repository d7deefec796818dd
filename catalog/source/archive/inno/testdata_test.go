package inno

import (
	"embed"
	"encoding/binary"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

//go:embed testdata
var testdata embed.FS

// compiled is an installer of testdata among its files.
func compiled(name string) archive.Input {
	b, err := fs.ReadFile(testdata, name)
	if err != nil {
		return archive.Input{}
	}
	in := archivetest.Bytes(path.Base(name), b)
	in.Beside = func(want string) (archive.Input, error) {
		if _, err := fs.Stat(testdata, "testdata/"+want); err != nil {
			return archive.Input{}, err
		}
		return compiled("testdata/" + want), nil
	}
	return in
}

// compiledLines and compiledCalls are files that testdata/files.py makes.
func compiledLines() string {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "line %d\r\n", i)
	}
	return b.String()
}

func compiledCalls() string {
	b := make([]byte, 100)
	copy(b, "MZ")
	b[0x3C] = 64
	copy(b[64:], "PE\x00\x00\x4C\x01")
	for i := range 16000 {
		op := byte(0xE8)
		if i%3 == 0 {
			op++
		}
		b = append(b, op)
		b = binary.LittleEndian.AppendUint32(b, uint32(i%40*1777-(len(b)+4)))
	}
	return string(b)
}
