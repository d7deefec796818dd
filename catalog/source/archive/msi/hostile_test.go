package msi

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/drivercat/drivercat/catalog/source/archive"
	"github.com/drivercat/drivercat/catalog/source/archive/archivetest"
)

// readAll opens and reads everything, as far as it goes.
func readAll(in archive.Input, l archive.Limits) (files int, err error) {
	r, err := Open(in, l)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	err = nil
	if x := r.Extract(context.Background(), func(int) bool { return true }, func(_ int, src io.Reader) error {
		files++
		if _, e := io.Copy(io.Discard, src); e != nil && err == nil {
			err = e
		}
		return nil
	}); x != nil && err == nil {
		err = x
	}
	return files, err
}

// graceful reports whether an error is one that the contract allows.
func graceful(err error) bool {
	for _, e := range []error{archive.ErrFormat, archive.ErrCorrupt, archive.ErrUnsupported, archive.ErrMissingPart, archive.ErrLimit} {
		if errors.Is(err, e) {
			return true
		}
	}
	return err == nil
}

func driverBytes() []byte {
	b, _ := driverPackage().build()
	return b
}

// A package that is cut short, at every kind of place, tells so or gives what is there.
func TestCutShort(t *testing.T) {
	t.Parallel()
	p := driverPackage()
	p.scatter = true
	p.streams = map[string][]byte{"Binary.Setup": make([]byte, 9000)}
	whole, _ := p.build()
	for n := 0; n < len(whole); n += 64 {
		if _, err := readAll(archivetest.Bytes("cut.msi", whole[:n]), archive.Limits{}); !graceful(err) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// One word of a package after the other is exchanged for one that claims a lot, or points elsewhere.
func TestWrongNumbers(t *testing.T) {
	t.Parallel()
	whole := driverBytes()
	rnd := rand.New(rand.NewPCG(1, 2))
	for at := 0; at+4 <= len(whole); at += 4 {
		for _, v := range []uint32{0, 0xFFFFFFFF, rnd.Uint32()} {
			b := bytes.Clone(whole)
			binary.LittleEndian.PutUint32(b[at:], v)
			if _, err := readAll(archivetest.Bytes("wrong.msi", b), archive.Limits{}); !graceful(err) {
				t.Fatalf("%#x at %#x: %v", v, at, err)
			}
		}
	}
}

// hostileFile claims what is not so. want is an error of Open or of a file, or nil for any that the contract knows.
type hostileFile struct {
	file []byte
	want error
}

func hostile() map[string]hostileFile {
	all := hostileTables()
	put := binary.LittleEndian.PutUint32
	patched := func(change func(b []byte)) []byte {
		b := driverBytes()
		change(b)
		return b
	}
	for name, f := range map[string]hostileFile{
		"every sector is followed by itself": {patched(func(b []byte) {
			at := int(binary.LittleEndian.Uint32(b[76:])+1) * 512
			for i := range 128 {
				put(b[at+4*i:], uint32(i))
			}
		}), archive.ErrCorrupt},
		"the FAT's sectors name each other in a ring": {patched(func(b []byte) {
			put(b[68:], 0)
			put(b[72:], 1<<30)
			put(b[512+508:], 0)
		}), nil},
		"the directory is a ring": {patched(func(b []byte) {
			for i := range 3 {
				e := directoryEntry(b, i)
				put(e[68:], 1)
				put(e[72:], 2)
				put(e[76:], 0)
			}
		}), archive.ErrCorrupt},
		"no directory": {patched(func(b []byte) { put(b[48:], 0xFFFFFFFE) }), archive.ErrCorrupt},
		"a stream of 4 GiB": {patched(func(b []byte) {
			for i := range 12 {
				put(directoryEntry(b, i)[120:], 0xFFFFFFFF)
			}
		}), archive.ErrCorrupt},
		"20,000 streams that share their sectors": {sharedSectors(20_000), archive.ErrCorrupt},
		"a pool that claims more text than there is": {databaseSpec{storages: []node{
			{units: encodeName("_StringPool", true), data: le([]uint16{1252, 0, 0, 1, 0xFFFF, 0xFFFF})},
			{units: encodeName("_StringData", true), data: []byte("x")}}}.bytes(), archive.ErrCorrupt},
		"a pool that ends inside a long string": {databaseSpec{storages: []node{
			{units: encodeName("_StringPool", true), data: le([]uint16{1252, 0, 0, 1})}}}.bytes(), nil},
		"column number 30,000":             {columnsOf("File", 30_000), archive.ErrCorrupt},
		"the same in a table of no use":    {columnsOf("Dialog", 30_000), nil},
		"a table without its first column": {columnsOf("File", 2), archive.ErrCorrupt},
	} {
		all[name] = f
	}
	return all
}

// hostileTables are databases whose tables are large, or become so.
func hostileTables() map[string]hostileFile {
	var tables []tableSpec
	for i := range 5000 {
		tables = append(tables, tableSpec{name: fmt.Sprint("T", i), columns: "A s"})
	}
	database := func(tables ...tableSpec) []byte { return databaseSpec{tables: tables}.bytes() }
	many := func(n int, row func(i int) []any) (rows [][]any) {
		for i := range n {
			rows = append(rows, row(i))
		}
		return rows
	}
	long := strings.Repeat("n", 60_000)
	return map[string]hostileFile{
		"5,000 tables": {database(tables...), archive.ErrLimit},
		"40,000 media": {database(tableSpec{"Media", mediaColumns, many(40_000, func(i int) []any { return []any{1, i, nil, "x.cab", nil, nil} })}), archive.ErrLimit},
		"names that share 60,000 characters": {database(tableSpec{"File", fileColumns, many(30_000, func(i int) []any {
			return []any{fmt.Sprint(i), "C", long, 1, nil, nil, 0, i}
		})}), archive.ErrLimit},
		"folders in a chain of 30,000": {database(
			tableSpec{"Directory", directoryColumns, many(30_000, func(i int) []any { return []any{fmt.Sprint(i + 1), fmt.Sprint(i), "folder"} })},
			tableSpec{"Component", componentColumns, many(30_000, func(i int) []any { return []any{fmt.Sprint("c", i), nil, fmt.Sprint(i), 0, nil, nil} })},
			tableSpec{"File", fileColumns, many(30_000, func(i int) []any { return []any{fmt.Sprint("f", i), fmt.Sprint("c", i), "name", 1, nil, nil, 0, i} })}), nil},
	}
}

// sharedSectors is a database of streams that all claim the sectors of one.
func sharedSectors(n int) []byte {
	const size = 4 << 20
	var list []node
	for i := range n {
		list = append(list, node{name: fmt.Sprint("s", i)})
	}
	b := compoundSpec{root: node{name: "Root Entry", class: ClassDatabase, children: append(list, node{name: "big", data: make([]byte, size)})}}.bytes()
	start := binary.LittleEndian.Uint32(directoryEntry(b, n+1)[116:])
	for i := 1; i <= n; i++ {
		binary.LittleEndian.PutUint32(directoryEntry(b, i)[116:], start)
		binary.LittleEndian.PutUint32(directoryEntry(b, i)[120:], size)
	}
	return b
}

func directoryEntry(b []byte, i int) []byte {
	at := int(binary.LittleEndian.Uint32(b[48:])+1) * 512
	return b[at+i*entryLen:][:entryLen]
}

// columnsOf is a database with one table that has one column of a given number.
func columnsOf(table string, number int) []byte {
	spec := databaseSpec{}
	s := &stringTable{spec: &spec, ids: map[string]int{}}
	var data []byte
	for _, c := range [][2]any{{"s", table}, {"2", number}, {"s", "C"}, {"2", 0x0502}} {
		data = append(data, s.cell(c[0].(string), c[1])...)
	}
	spec.storages = append(s.nodes(), node{units: encodeName("_Columns", true), data: data})
	return spec.bytes()
}

// None of them takes long, or memory that it claims. Not parallel: memory is counted for the whole process.
func TestHostile(t *testing.T) {
	for name, tt := range hostile() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := readAll(archivetest.Bytes("hostile.msi", tt.file), archive.Limits{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if tt.want != nil && !errors.Is(err, tt.want) || !graceful(err) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 512<<20 {
				t.Errorf("%d MB were allocated for a file of %d KB", n>>20, len(tt.file)>>10)
			}
			if took > time.Minute {
				t.Errorf("it took %v, usually less than a second", took)
			}
		})
	}
}

// A file of a size that no memory holds is refused without a look at its sectors.
func TestClaimedTerabytes(t *testing.T) {
	t.Parallel()
	b := driverBytes()
	in := archivetest.Bytes("huge.msi", b)
	in.Size = 1 << 44
	if _, err := Open(in, archive.Limits{}); !errors.Is(err, archive.ErrLimit) {
		t.Errorf("16 TiB: %v", err)
	}
	in.Size = 1 << 31 // more than there is
	if _, err := readAll(in, archive.Limits{}); !graceful(err) {
		t.Errorf("a size that is wrong: %v", err)
	}
}

func TestEntriesAreLimited(t *testing.T) {
	t.Parallel()
	for n := 1; n < 5; n++ {
		if _, err := Open(archivetest.Bytes("few.msi", driverBytes()), archive.Limits{Entries: n}); !errors.Is(err, archive.ErrLimit) {
			t.Errorf("five files where %d are allowed: %v", n, err)
		}
	}
	if _, err := Open(archivetest.Bytes("few.msi", driverBytes()), archive.Limits{Entries: 5}); err != nil {
		t.Errorf("five files where five are allowed: %v", err)
	}
}

func TestOtherFormats(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"nothing": nil, "text": []byte(strings.Repeat("text ", 400)), "the magic alone": []byte(compoundMagic),
		"a program":                 append([]byte("MZ"), make([]byte, 1000)...),
		"a document":                compoundSpec{root: node{name: "Root Entry", class: strings.Repeat("x", 16), children: []node{{name: "WordDocument", data: make([]byte, 5000)}}}}.bytes(),
		"sectors of a size unknown": append([]byte(compoundMagic), make([]byte, 1000)...),
	} {
		if _, err := Open(archivetest.Bytes("other.msi", b), archive.Limits{}); !errors.Is(err, archive.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	const most = 24 << 10 // minimising large ones takes all the time there is
	for _, tt := range testArchives() {
		if tt.in.Size > most {
			continue
		}
		b := make([]byte, tt.in.Size)
		if _, err := tt.in.ReadAt(b, 0); err != nil && err != io.EOF {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, tt := range hostile() {
		if len(tt.file) < most {
			f.Add(tt.file)
		}
	}
	archivetest.Fuzz(f, Open, "fuzz.msi")
}
