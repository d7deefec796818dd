package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/drivercat/drivercat/catalog"
)

// idBits is the width of a row's number within its INF, in hardware_id.row.
const idBits = 24

// driverWriter stores INFs and drivers within one transaction.
type driverWriter struct {
	ctx context.Context
	c   *conn

	infs    map[catalog.Hash]int64 // those known to be stored with the revision they were put with
	known   map[catalog.Hash]driverState
	touched map[int64]struct{} // drivers that may have lost their last use
	orphans map[int64]struct{} // INFs that may have
	judged  map[int64]struct{} // drivers whose verdict changed

	models, ids, reasons, files, missing *bulk

	distinct map[string]struct{} // of one INF's IDs, kept for its memory
	buf      []byte
}

// driverState is what decides whether a driver that is put again must be written.
type driverState struct {
	id, inf  int64
	revision int
	name     string
	verdict  string
	spelling []byte
}

func newDriverWriter(ctx context.Context, c *conn) driverWriter {
	return driverWriter{
		ctx: ctx, c: c,
		infs: make(map[catalog.Hash]int64), known: make(map[catalog.Hash]driverState),
		touched: make(map[int64]struct{}), orphans: make(map[int64]struct{}), judged: make(map[int64]struct{}),
		models:   newBulk(c, "inf_models", []string{"inf", "n", "manufacturer", "man_line", "name", "decoration", "listed", "defined", "entries", "line"}, ""),
		ids:      newBulk(c, "hardware_id", []string{"row", "section", "entry", "position", "id", "description"}, ""),
		reasons:  newBulk(c, "driver_reason", []string{"driver", "n", "code", "level", "text", "path", "line", "col", "offset", "signature"}, ""),
		files:    newBulk(c, "driver_file", []string{"driver", "n", "path", "size", "sha256", "role", "arches", "sha1", "image"}, ""),
		missing:  newBulk(c, "driver_missing", []string{"driver", "n", "path", "arches", "sections", "role", "at_path", "line", "col", "offset", "signature"}, ""),
		distinct: make(map[string]struct{}),
	}
}

func (w *driverWriter) flush() error {
	for _, b := range []*bulk{w.models, w.ids, w.reasons, w.files, w.missing} {
		if err := b.flush(w.ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *driverWriter) putINF(i *catalog.INF, revision int) error {
	if _, ok := w.infs[i.SHA256]; ok {
		return nil
	}
	var id int64
	var stored int
	known, err := w.c.one(w.ctx, "SELECT id, revision FROM inf WHERE sha256 = ?", []any{i.SHA256}, func(r row) {
		id, stored = r.int(0), int(r.int(1))
	})
	if err != nil {
		return err
	}
	if known && stored == revision {
		w.infs[i.SHA256] = id
		return nil
	}
	if len(i.IDs) >= 1<<idBits {
		return fmt.Errorf("the INF has %d hardware IDs, the catalog takes at most %d", len(i.IDs), 1<<idBits-1)
	}
	values := []any{revision, i.Kind, i.Encoding, i.Class, i.ClassGUID, i.Provider, i.Date, i.Version, len(i.IDs), w.countDistinct(i.IDs), i.SHA256}
	if known {
		err = w.replaceINF(id, i, values)
	} else {
		id, err = w.c.insert(`INSERT INTO inf (revision, kind, encoding, class, class_guid, provider, date, version, id_rows, ids, sha256)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, values...)
		w.orphans[id] = struct{}{}
	}
	if err != nil {
		return err
	}
	w.infs[i.SHA256] = id
	return errors.Join(w.putModels(id, i.Models), w.putIDs(id, i.IDs))
}

// replaceINF makes room for what a newer revision of the rules reads in the same bytes.
func (w *driverWriter) replaceINF(id int64, i *catalog.INF, values []any) error {
	return errors.Join(
		w.flush(),
		w.c.exec("DELETE FROM inf_models WHERE inf = ?", id),
		w.c.exec("DELETE FROM hardware_id WHERE row >= ?1 << 24 AND row < (?1 + 1) << 24", id),
		w.c.exec(`UPDATE inf SET revision = ?, kind = ?, encoding = ?, class = ?, class_guid = ?, provider = ?, date = ?, version = ?,
			id_rows = ?, ids = ? WHERE sha256 = ?`, values...),
		w.c.exec("UPDATE driver SET class = ?, provider = ?, date = ?, version = ? WHERE inf = ?", i.Class, i.Provider, i.Date, i.Version, id))
}

func (w *driverWriter) countDistinct(ids []catalog.HardwareID) int {
	clear(w.distinct)
	for i := range ids {
		if i == 0 || ids[i].ID != ids[i-1].ID {
			w.distinct[ids[i].ID] = struct{}{}
		}
	}
	return len(w.distinct)
}

func (w *driverWriter) putModels(inf int64, models []catalog.ModelsSection) error {
	for n, m := range models {
		b := w.models
		b.int(inf)
		b.int(int64(n))
		b.text(m.Manufacturer)
		b.int(int64(m.ManLine))
		b.text(m.Name)
		b.text(m.Decoration)
		b.bool(m.Listed)
		b.bool(m.Defined)
		b.int(int64(m.Entries))
		b.int(int64(m.Line))
		if err := b.end(w.ctx); err != nil {
			return err
		}
	}
	return nil
}

func compareIDs(a, b catalog.HardwareID) int {
	return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Position, b.Position))
}

func (w *driverWriter) putIDs(inf int64, ids []catalog.HardwareID) error {
	if !slices.IsSortedFunc(ids, compareIDs) {
		ids = slices.Clone(ids)
		slices.SortStableFunc(ids, compareIDs)
	}
	b := w.ids
	for n := range ids {
		h := &ids[n]
		b.int(inf<<idBits + int64(n))
		b.int(int64(h.Section))
		b.int(int64(h.Entry))
		b.int(int64(h.Position))
		b.text(h.ID)
		if n > 0 && h.Description == ids[n-1].Description {
			b.null()
		} else {
			b.text(h.Description)
		}
		if err := b.end(w.ctx); err != nil {
			return err
		}
	}
	return nil
}

// id returns the key of a stored driver.
func (w *driverWriter) id(hash catalog.Hash) (int64, error) {
	s, found, err := w.state(hash)
	if err == nil && !found {
		err = fmt.Errorf("driver %s: %w", hash.Short(), catalog.ErrNotFound)
	}
	return s.id, err
}

func (w *driverWriter) state(hash catalog.Hash) (s driverState, found bool, err error) {
	if s, ok := w.known[hash]; ok {
		return s, true, nil
	}
	found, err = w.c.one(w.ctx, "SELECT id, inf, revision, name, verdict, spelling FROM driver WHERE hash = ?", []any{hash}, func(r row) {
		s = driverState{id: r.int(0), inf: r.int(1), revision: int(r.int(2)), name: r.text(3), verdict: r.text(4)}
		s.spelling, _ = r[5].([]byte)
	})
	if found {
		w.known[hash] = s
	}
	return s, found, err
}

// put stores a driver. Of several records with the same content and revision the one with the lesser name, then the
// lesser spelling, is kept: so the catalog does not depend on the order of imports.
func (w *driverWriter) put(d *catalog.Driver, revision int) error {
	old, known, err := w.state(d.Hash)
	if err != nil {
		return err
	}
	if known && old.revision == revision && d.Name > old.name {
		return nil
	}
	s := driverState{id: old.id, revision: revision, name: d.Name, verdict: string(d.Verdict)}
	w.buf, s.spelling = spelling(w.buf, d)
	if known && old.revision == revision && d.Name == old.name && bytes.Compare(s.spelling, old.spelling) >= 0 {
		return nil
	}
	if s.inf, err = w.infID(d); err != nil {
		return err
	}
	values, err := driverValues(d, s)
	if err != nil {
		return err
	}
	if known {
		if old.inf != 0 && old.inf != s.inf {
			w.orphans[old.inf] = struct{}{}
		}
		if old.verdict != s.verdict {
			w.judged[s.id] = struct{}{}
		}
		err = errors.Join(w.flush(), w.c.exec("DELETE FROM driver_reason WHERE driver = ?", s.id), w.c.exec("DELETE FROM driver_file WHERE driver = ?", s.id),
			w.c.exec("DELETE FROM driver_missing WHERE driver = ?", s.id),
			w.c.exec(`UPDATE driver SET revision = ?, spelling = ?, name = ?, verdict = ?, inf = ?, complete = ?, unsigned = ?, installer = ?,
				files = ?, bytes = ?, class = ?, provider = ?, date = ?, version = ?, signature = ? WHERE hash = ?`, values...))
	} else {
		s.id, err = w.c.insert(`INSERT INTO driver (revision, spelling, name, verdict, inf, complete, unsigned, installer,
			files, bytes, class, provider, date, version, signature, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, values...)
		w.touched[s.id] = struct{}{}
	}
	if err != nil {
		return err
	}
	w.known[d.Hash] = s
	return errors.Join(w.putReasons(s.id, d.Reasons), w.putFiles(s.id, d.Files), w.putMissing(s.id, d.Missing))
}

func driverValues(d *catalog.Driver, s driverState) ([]any, error) {
	var inf any
	var class, provider, date, version, installer string
	signature, err := signatureText(d)
	if err != nil {
		return nil, err
	}
	if d.INF != nil {
		inf, class, provider, date, version = s.inf, d.INF.Class, d.INF.Provider, d.INF.Date, d.INF.Version
	}
	if d.Installer != nil {
		b, err := json.Marshal(d.Installer)
		if err != nil {
			return nil, err
		}
		installer = string(b)
		if d.INF == nil {
			provider, version = d.Installer.Company, d.Installer.Version
		}
	}
	return []any{s.revision, s.spelling, s.name, s.verdict, inf, archBits(d.Complete), archBits(d.Unsigned), installer,
		len(d.Files), d.Bytes(), class, provider, date, version, signature, d.Hash}, nil
}

// storedSignatures is how a driver's signatures are stored: in one column, with what lists of drivers show in front.
type storedSignatures struct {
	Worst catalog.SignatureState `json:"worst"`
	All   []catalog.Signature    `json:"all"`
}

// signatureText is the JSON of a driver's signatures, "" if nothing is known of them.
func signatureText(d *catalog.Driver) (string, error) {
	if d.Signatures == nil {
		return "", nil
	}
	b, err := json.Marshal(storedSignatures{Worst: d.SignatureWorst(), All: d.Signatures})
	return string(b), err
}

// signaturesOf reads what signatureText wrote.
func signaturesOf(text string) ([]catalog.Signature, error) {
	if text == "" {
		return nil, nil
	}
	var s storedSignatures
	err := json.Unmarshal([]byte(text), &s)
	return s.All, err
}

// infID returns the key of a driver's INF, 0 if it has none.
func (w *driverWriter) infID(d *catalog.Driver) (int64, error) {
	if d.INF == nil {
		return 0, nil
	}
	if id, ok := w.infs[d.INF.SHA256]; ok {
		return id, nil
	}
	id, err := w.c.int(w.ctx, "SELECT id FROM inf WHERE sha256 = ?", d.INF.SHA256)
	if err == nil && id == 0 {
		err = fmt.Errorf("its INF %s was not put before it: %w", d.INF.SHA256.Short(), catalog.ErrNotFound)
	}
	return id, err
}

func (w *driverWriter) putReasons(driver int64, reasons []catalog.Reason) error {
	for n, r := range reasons {
		b := w.reasons
		b.int(driver)
		b.int(int64(n))
		b.text(r.Code)
		b.text(string(r.Level))
		b.text(r.Text)
		b.place(r.Place)
		if err := b.end(w.ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *driverWriter) putFiles(driver int64, files []catalog.DriverFile) error {
	for n, f := range files {
		b := w.files
		b.int(driver)
		b.int(int64(n))
		b.text(f.Path)
		b.int(f.Size)
		b.blob(f.SHA256[:])
		b.text(string(f.Role))
		b.int(archBits(f.Arches))
		if f.SHA1.IsZero() {
			b.null()
		} else {
			b.blob(f.SHA1[:])
		}
		image, err := imageText(f.Image)
		if err != nil {
			return err
		}
		b.text(image)
		if err := b.end(w.ctx); err != nil {
			return err
		}
	}
	return nil
}

// imageText is how an image is stored.
func imageText(i *catalog.Image) (string, error) {
	if i == nil {
		return "", nil
	}
	b, err := json.Marshal(i)
	return string(b), err
}

func (w *driverWriter) putMissing(driver int64, missing []catalog.MissingFile) error {
	for n, m := range missing {
		b := w.missing
		b.int(driver)
		b.int(int64(n))
		b.text(m.Path)
		b.int(archBits(m.Arches))
		b.text(numbers(m.Sections))
		b.text(string(m.Role))
		b.place(m.Place)
		if err := b.end(w.ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bulk) place(p catalog.Place) {
	b.text(p.Path)
	b.int(int64(p.Line))
	b.int(int64(p.Column))
	b.int(p.Offset)
	b.text(p.Signature)
}
