package catalog

import "sync/atomic"

// Meter counts what a long operation has done. The operation writes, anyone may read; the zero value is ready.
type Meter struct {
	FilesTotal, BytesTotal atomic.Int64 // grow while the operation looks around
	FilesDone, BytesDone   atomic.Int64
	phase                  atomic.Value
}

// SetPhase names what is going on, in one or two words: "reading", "storing".
func (m *Meter) SetPhase(s string) { m.phase.Store(s) }

// Phase returns what SetPhase was last given.
func (m *Meter) Phase() string {
	s, _ := m.phase.Load().(string)
	return s
}
