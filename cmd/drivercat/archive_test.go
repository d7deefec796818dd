package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// makeZip is the script command "zip FILE.zip FOLDER": an archive of what lies in the folder. With "-sfx" in front the
// archive stands behind a program, with "-damaged" its directory is damaged.
func makeZip(ts *testscript.TestScript, neg bool, args []string) {
	program, damaged := false, false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		program, damaged = program || args[0] == "-sfx", damaged || args[0] == "-damaged"
		args = args[1:]
	}
	if neg || len(args) != 2 {
		ts.Fatalf("usage: zip [-sfx] [-damaged] FILE.zip FOLDER")
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	if program { // the smallest program there is: a DOS header
		_, err = f.WriteString("MZ" + strings.Repeat("\x00", 62))
		ts.Check(err)
	}
	w := zip.NewWriter(f)
	if program {
		w.SetOffset(64)
	}
	dir := ts.MkAbs(args[1])
	ts.Check(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		e, err := w.CreateHeader(&zip.FileHeader{Name: filepath.ToSlash(rel), Method: zip.Deflate, Modified: time.Date(2020, 1, 2, 3, 4, 6, 0, time.UTC)})
		if err != nil {
			return err
		}
		_, err = e.Write(b)
		return err
	}))
	ts.Check(w.Close())
	if damaged {
		b, err := os.ReadFile(f.Name())
		ts.Check(err)
		ts.Check(os.WriteFile(f.Name(), bytes.ReplaceAll(b, []byte("PK\x01\x02"), []byte("PK\x09\x09")), 0o600))
	}
}
