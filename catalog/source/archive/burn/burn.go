package burn

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/cab"
	"github.com/drivercat/drivercat/catalog/source/program"
)

// The section .wixburn: magic, version, the bundle's GUID, sizes of the program and of its first signature, the kind of
// containers and their sizes.
const (
	sectionMagic  = 0x00F14300
	sectionKnown  = 2 // version of the section, from WiX 3.6 on
	cabinets      = 1 // kind of containers
	sectionHead   = 48
	maxContainers = 64
)

// Bundle is an open bundle. It implements archive.Reader.
type Bundle struct {
	version    string // of the engine, "" before WiX 4
	containers []*container
	entries    []archive.Entry
	info       Info
}

// container is one cabinet.
type container struct {
	id    string
	r     archive.Reader // nil if it cannot be read
	err   error          // why not
	first int            // number of its first entry among those of the bundle
	count int
}

// Open opens a bundle. Errors wrap those of package archive.
func Open(in archive.Input, l archive.Limits) (archive.Reader, error) {
	b, err := open(in, l.OrDefault())
	if err != nil {
		return nil, err
	}
	return b, nil
}

func open(in archive.Input, l archive.Limits) (*Bundle, error) {
	places, err := locate(in)
	if err != nil {
		return nil, err
	}
	ux, err := cab.Open(in.Section(places[0].offset, places[0].size), l)
	if err != nil {
		return nil, fmt.Errorf("the container of the bundle's user interface: %w", inside(err))
	}
	m, at, err := readManifest(ux, l)
	if err != nil {
		ux.Close()
		return nil, err
	}
	b := &Bundle{version: m.EngineVersion, info: m.info()}
	b.containers = append(b.containers, &container{id: "ux", r: ux})
	b.openContainers(in, m, places, l)
	if err := b.list(m, at, l); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// inside says of what should be a cabinet, and is none, that it is damaged.
func inside(err error) error {
	if errors.Is(err, archive.ErrFormat) {
		return fmt.Errorf("%w: no cabinet where one should be", archive.ErrCorrupt)
	}
	return err
}

// place is where a container lies in the bundle.
type place struct{ offset, size int64 }

// locate finds the section .wixburn and what it tells.
func locate(in archive.Input) ([]place, error) {
	b, err := section(in)
	if err != nil {
		return nil, err
	}
	u := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	if len(b) < sectionHead || u(0) != sectionMagic {
		return nil, fmt.Errorf("%w: the section .wixburn does not tell of a bundle", archive.ErrCorrupt)
	}
	if v := u(4); v != sectionKnown {
		return nil, fmt.Errorf("%w: a bundle of version %d", archive.ErrUnsupported, v)
	}
	if k := u(40); k != cabinets {
		return nil, fmt.Errorf("%w: a bundle with containers of kind %d", archive.ErrUnsupported, k)
	}
	n := u(44)
	if n == 0 || n > maxContainers || int64(len(b)) < sectionHead+4*int64(n) {
		return nil, fmt.Errorf("%w: a bundle of %d containers", archive.ErrCorrupt, n)
	}
	list := make([]place, n)
	list[0] = place{int64(u(24)), int64(u(sectionHead))}
	// A bundle is signed twice: the program with its first container, and the whole. The others follow the first signature.
	next := list[0].offset + list[0].size
	if signature := u(32); signature != 0 {
		next = int64(signature) + int64(u(36))
	}
	for i := 1; i < len(list); i++ {
		list[i] = place{next, int64(u(sectionHead + 4*i))}
		next += list[i].size
	}
	if p := list[0]; p.offset+p.size > in.Size {
		return nil, fmt.Errorf("%w: the bundle ends before its first container, at %d of %d bytes", archive.ErrCorrupt, in.Size, p.offset+p.size)
	}
	return list, nil
}

// section reads the start of the section .wixburn of a program.
func section(in archive.Input) ([]byte, error) {
	p := program.Read(in, in.Size)
	if p == nil {
		return nil, archive.ErrFormat
	}
	for i := range p.Sections {
		h := &p.Sections[i]
		if program.SectionName(h) != ".wixburn" {
			continue
		}
		s := make([]byte, min(h.SizeOfRawData, sectionHead+4*maxContainers))
		if n, err := in.ReadAt(s, int64(h.PointerToRawData)); n < len(s) {
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			return nil, fmt.Errorf("%w: the bundle ends in its program", archive.ErrCorrupt)
		}
		return s, nil
	}
	return nil, archive.ErrFormat
}

// openContainers opens the containers that the manifest tells besides the first. What is wrong with one is kept for its files.
func (b *Bundle) openContainers(in archive.Input, m *manifest, places []place, l archive.Limits) {
	told := map[int]bool{0: true}
	for _, c := range m.Containers {
		if len(b.containers) == maxContainers {
			return
		}
		k := &container{id: c.ID}
		b.containers = append(b.containers, k)
		if c.Attached != "yes" {
			k.r, k.err = beside(in, c, l)
			continue
		}
		i := int(c.AttachedIndex)
		if i <= 0 || i >= len(places) || told[i] {
			k.err = fmt.Errorf("%w: the manifest of the bundle tells a container %d of %d", archive.ErrCorrupt, i, len(places))
			continue
		}
		told[i] = true
		k.r, k.err = attached(in, places[i], l)
	}
	// What the manifest does not tell is listed all the same.
	for i, p := range places {
		if told[i] {
			continue
		}
		k := &container{id: fmt.Sprintf("container%d", i)}
		k.r, k.err = attached(in, p, l)
		b.containers = append(b.containers, k)
	}
}

func attached(in archive.Input, p place, l archive.Limits) (archive.Reader, error) {
	if p.offset+p.size > in.Size {
		return nil, fmt.Errorf("%w: the bundle ends before its container, at %d of %d bytes", archive.ErrCorrupt, in.Size, p.offset+p.size)
	}
	r, err := cab.Open(in.Section(p.offset, p.size), l)
	if err != nil {
		return nil, inside(err)
	}
	return r, nil
}

// beside opens a container that is a file beside the bundle.
func beside(in archive.Input, c containerElement, l archive.Limits) (archive.Reader, error) {
	name := c.FilePath[strings.LastIndexAny(c.FilePath, `\/`)+1:]
	f, err := in.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %s, which belongs beside the bundle", archive.ErrMissingPart, name)
	}
	r, err := cab.Open(f, l)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, inside(err))
	}
	return r, nil
}

// list names the files of all containers.
func (b *Bundle) list(m *manifest, manifestAt int, l archive.Limits) error {
	block := 0
	for n, c := range b.containers {
		c.first = len(b.entries)
		names := m.names(n, c.id)
		if c.r == nil {
			// Nobody but the manifest tells what should be there.
			for _, p := range m.inContainer(c.id) {
				b.entries = append(b.entries, archive.Entry{Name: slashes(p.FilePath), Size: p.size(), Block: block})
			}
		} else {
			last := 0
			for i, e := range c.r.Entries() {
				last = e.Block
				switch name, ok := names[e.Name]; {
				case n == 0 && i == manifestAt:
					e.Name = "ux/manifest.xml"
				case ok:
					e.Name = name
				default:
					e.Name = c.id + "/" + e.Name
				}
				e.Block += block
				b.entries = append(b.entries, e)
			}
			block += last
		}
		block++
		c.count = len(b.entries) - c.first
		if len(b.entries) > l.Entries {
			return fmt.Errorf("%w: the bundle has more than %d files", archive.ErrLimit, l.Entries)
		}
	}
	return nil
}

func slashes(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// Kind implements archive.Reader.
func (b *Bundle) Kind() string {
	if b.version != "" {
		return "wix-burn " + b.version
	}
	return "wix-burn"
}

// Entries implements archive.Reader.
func (b *Bundle) Entries() []archive.Entry { return b.entries }

// Info tells what the manifest says.
func (b *Bundle) Info() Info { return b.info }

// Close implements archive.Reader.
func (b *Bundle) Close() error {
	var errs error
	for _, c := range b.containers {
		if c.r != nil {
			errs = errors.Join(errs, c.r.Close())
		}
	}
	return errs
}

// Extract implements archive.Reader.
func (b *Bundle) Extract(ctx context.Context, want func(i int) bool, fn func(i int, r io.Reader) error) error {
	for _, c := range b.containers {
		if c.r != nil {
			err := c.r.Extract(ctx, func(i int) bool { return want(c.first + i) }, func(i int, r io.Reader) error { return fn(c.first+i, r) })
			if err != nil {
				return err
			}
			continue
		}
		for i := range c.count {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !want(c.first + i) {
				continue
			}
			if err := fn(c.first+i, failing{c.err}); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// failing is a file that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// readManifest reads the manifest, which is the file "0" of the first container, and tells which entry it is.
func readManifest(ux archive.Reader, l archive.Limits) (*manifest, int, error) {
	entries := ux.Entries()
	at := -1
	for i, e := range entries {
		if e.Name == "0" {
			at = i
			break
		}
	}
	if at < 0 {
		return nil, 0, fmt.Errorf("%w: the bundle has no manifest", archive.ErrCorrupt)
	}
	most := min(maxManifest, l.Memory/8)
	var b bytes.Buffer
	err := ux.Extract(context.Background(), func(i int) bool { return i == at }, func(_ int, r io.Reader) error {
		n, err := io.Copy(&b, io.LimitReader(r, most+1))
		if n > most {
			err = fmt.Errorf("%w: a manifest of more than %d bytes", archive.ErrLimit, most)
		}
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the manifest of the bundle: %w", err)
	}
	m, err := parseManifest(b.Bytes())
	return m, at, err
}
