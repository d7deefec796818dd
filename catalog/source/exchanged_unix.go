//go:build unix

package source

import (
	"errors"

	"golang.org/x/sys/unix"
)

// isExchanged reports whether an error says that something else stands where a folder was listed.
func isExchanged(err error) bool {
	return errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ESTALE)
}
