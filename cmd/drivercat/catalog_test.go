package main

import (
	"crypto/sha256"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/drivercat/drivercat/inf/seccat/seccattest"
)

// makeCatalog makes a security catalog that lists files as they are: "catalog FILE.cat FILE...".
func makeCatalog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: catalog FILE.cat FILE...")
	}
	c := seccattest.Catalog{Version: 2, Signer: "drivercat tests"}
	for _, name := range args[1:] {
		d := sha256.Sum256([]byte(ts.ReadFile(name)))
		c.Members = append(c.Members, seccattest.Member{File: filepath.Base(name), Digest: d[:]})
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), c.Build(), 0o600))
}
