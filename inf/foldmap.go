package inf

import "iter"

// foldMap is a map whose keys are compared as names are, ignoring case, without a copy of each in upper case. The zero
// value is empty and ready; reading a nil map is fine.
type foldMap[V any] struct {
	table   nameTable
	entries []foldEntry[V]
}

type foldEntry[V any] struct {
	key   string
	value V
}

// newFoldMap returns a map with room for n keys.
func newFoldMap[V any](n int) *foldMap[V] {
	m := &foldMap[V]{entries: make([]foldEntry[V], 0, n)}
	m.table.grow(n)
	return m
}

func (m *foldMap[V]) key(i int) string { return m.entries[i].key }

func (m *foldMap[V]) get(key string) (v V, ok bool) {
	if m == nil {
		return v, false
	}
	i, _ := m.table.find(key, m.key)
	if i < 0 {
		return v, false
	}
	return m.entries[i].value, true
}

// add enters a value unless there is one under the key already, and reports whether it did.
func (m *foldMap[V]) add(key string, v V) bool {
	i, h := m.table.find(key, m.key)
	if i >= 0 {
		return false
	}
	m.entries = append(m.entries, foldEntry[V]{key, v})
	m.table.add(len(m.entries)-1, h)
	return true
}

// values yields the values in the order they were entered.
func (m *foldMap[V]) values() iter.Seq[V] {
	return func(yield func(V) bool) {
		if m == nil {
			return
		}
		for i := range m.entries {
			if !yield(m.entries[i].value) {
				return
			}
		}
	}
}
