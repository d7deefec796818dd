package replicate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"sync"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/packager/tree"
)

const (
	recordFormat = 1
	// recordBytes is how much is staged between two records.
	recordBytes = 8 << 20
	// progressBytes is how much of one file is written between two records of it.
	progressBytes = 32 << 20
	// maxRecord bounds what is read of one part of a record.
	maxRecord = 64 << 20
)

// entry says that the first bytes of a staged file are those of a content.
type entry struct {
	Path   string       `json:"path"` // in the package
	SHA256 catalog.Hash `json:"sha256"`
	Bytes  int64        `json:"bytes"`
	// Copied says that the target copied some of them and that nobody has read them back yet.
	Copied bool `json:"copied,omitempty"`
}

// part is one file of a record. A tree cannot add to a file without reading it first, so each part is a new one.
type part struct {
	Format int     `json:"format"`
	Staged []entry `json:"staged"`
}

// parsePart reads a part of a record. One that a crash damaged says nothing.
func parsePart(b []byte) ([]entry, error) {
	var p part
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return nil, fmt.Errorf("replicate: record: %w", err)
	}
	if p.Format != recordFormat {
		return nil, fmt.Errorf("replicate: record: its format is %d", p.Format)
	}
	for _, e := range p.Staged {
		if !fs.ValidPath(e.Path) || e.Bytes < 0 {
			return nil, fmt.Errorf("replicate: record: %q, %d bytes", e.Path, e.Bytes)
		}
	}
	return p.Staged, nil
}

// record tells the next run which staged files are right. Writing it is best effort: without it bytes are sent again, which is
// never wrong.
type record struct {
	t    tree.Tree
	dir  string
	sync bool // make files durable before saying that they are right: nobody reads them again

	mu      sync.Mutex
	next    int
	pending []entry
	names   []string // of the pending, in the tree
	bytes   int64
}

// openRecord reads what earlier runs recorded, by path.
func openRecord(t tree.Tree, dir string, sync bool) (*record, map[string]entry, error) {
	r := &record{t: t, dir: dir, sync: sync, next: 1}
	known := map[string]entry{}
	entries, err := t.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries { // ordered: later ones count
		n, err := strconv.Atoi(e.Name())
		if err != nil || !e.Type().IsRegular() {
			continue
		}
		r.next = max(r.next, n+1)
		b, err := readAll(t, path.Join(dir, e.Name()))
		if err != nil {
			return nil, nil, err
		}
		staged, err := parsePart(b)
		if err != nil {
			continue
		}
		for _, s := range staged {
			known[s.Path] = s
		}
	}
	return r, known, nil
}

func readAll(t tree.Tree, name string) ([]byte, error) {
	i, err := t.Lstat(name)
	if err != nil {
		return nil, err
	}
	if i.Size() > maxRecord {
		return nil, nil
	}
	return fs.ReadFile(treeFS{t}, name)
}

// add records a file, or its beginning, of that name in the tree; "" for one that is gone. It is written down now and then, or
// at once.
func (r *record) add(e entry, name string, size int64, atOnce bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending = append(r.pending, e)
	if name != "" {
		r.names = append(r.names, name)
	}
	if r.bytes += size; atOnce || r.bytes >= recordBytes {
		_ = r.write()
	}
}

// flush writes down what is pending.
func (r *record) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.write()
}

func (r *record) write() error {
	if len(r.pending) == 0 {
		return nil
	}
	p := part{recordFormat, r.pending}
	names := r.names
	r.pending, r.names, r.bytes = nil, nil, 0
	if r.sync && len(names) > 0 {
		if err := r.t.Sync(names...); err != nil {
			return err
		}
	}
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s/%06d", r.dir, r.next)
	r.next++
	// Not with the context: what is staged when it ends is what the record is for.
	_, err = tree.Write(context.Background(), r.t, name, bytes.NewReader(b), tree.Options{})
	if err != nil {
		return err
	}
	return r.t.Sync(name)
}

// treeFS lets the helpers of io/fs read from a tree.
type treeFS struct{ t tree.Tree }

func (f treeFS) Open(name string) (fs.File, error) { return f.t.Open(name) }

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
