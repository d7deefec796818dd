// Command drivercat turns piles of vendor drivers into driver packages that an administrator can trust.
package main

import (
	"os"

	"github.com/drivercat/drivercat/cmd/drivercat/internal/cli"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version string

func main() { os.Exit(cli.Run(version)) }
