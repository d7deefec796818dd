//go:build !linux

package smb_test

import "testing"

func disks(*testing.T) map[string]string { return map[string]string{"limit": ""} }
