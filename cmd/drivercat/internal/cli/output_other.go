//go:build !windows

package cli

const windows = false
