package layout

import (
	"os"
	"path/filepath"
)

func readlink(p string) (string, error) {
	to, err := os.Readlink(p)
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(p), to)
	}
	return to, nil
}
