package smbtest

import "os/exec"

// Samba does not run on Windows: Start skips before any of these is called.
func (s *Server) prepare(*exec.Cmd) {}

func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
func pause(*exec.Cmd)    {}
func wake(*exec.Cmd)     {}
