package intake

import (
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf"
	"github.com/drivercat/drivercat/inf/seccat"
)

// The codes of signatures that are not verified, and of the reasons they give a driver.
const (
	whySigUnsigned     = "unsigned"               // no catalog, or nobody signed it
	whySigDamaged      = "catalog-damaged"        // a catalog that cannot be read
	whySigInvalid      = "signature-invalid"      // its signature is not one of its content
	whySigINF          = "inf-not-listed"         // the INF is not the one that was signed
	whySigLines        = "inf-lines-converted"    // it is, but for its line ends
	whySigFiles        = "files-changed"          // files are not those that were signed under their names
	whySigFilesMore    = "files-not-listed"       // files that were not signed with the others
	whySigUnknownRoot  = "signature-unknown-root" // whether Windows trusts the signer cannot be told
	whySigDistrusted   = "signature-distrusted"   // a certificate was not valid, or not made for it
	whySigUnsupported  = "signature-unsupported"  // it cannot be verified
	whySigFilesUnknown = "files-not-compared"     // files that cannot be compared with the catalog
	whySigWithoutStamp = "signature-not-stamped"  // Windows takes it until a certificate expires; or the stamp is wrong
)

// signedContent is a driver whose signatures are asked for: what its catalogs must list.
type signedContent struct {
	inf      signedFile
	files    []signedFile   // what the INF's models sections need
	catalogs []askedCatalog // one for each architecture with models
}

// signedFile is a file that a catalog must list.
type signedFile struct {
	path   string     // relative to the INF's folder
	arches []inf.Arch // that need it; of no account for the INF
	sums   seccat.Sums
	// text reads the file, to look whether only its line ends differ, or whether it is listed as cabinets are. It is not asked
	// of images and large files.
	text func() ([]byte, error)
	// packed is set if the file lies compressed or in a cabinet that was not opened: the digests are not the file's own.
	packed bool
	// container is the compressed file or the cabinet that the file was taken out of; some catalogs list that.
	container *signedFile
	// sha1 reads the file for its SHA-1, which only old catalogs ask for.
	sha1 func() (catalog.SHA1, error)
}

// find looks for the file in a catalog, by its SHA-1 last.
func (f *signedFile) find(c *seccat.Catalog) bool {
	if c.Find(f.sums) != nil {
		return true
	}
	if f.sums.SHA1 == [20]byte{} && f.sha1 != nil && c.Lists(crypto.SHA1) {
		if sum, err := f.sha1(); err == nil {
			f.sums.SHA1 = sum
			return c.Find(f.sums) != nil
		}
	}
	return f.container != nil && f.container.find(c)
}

// askedCatalog is the catalog of an architecture.
type askedCatalog struct {
	arch    inf.Arch
	path    string
	cat     *seccat.Catalog // nil if there is none to ask
	proof   seccat.Verification
	fault   string // why there is none to ask
	damaged bool   // it is there, and damaged
}

// newSignedContent puts together what the catalogs of a driver are asked about. packed are the files that lie compressed and
// the cabinets, each with what is known of the files in it: those are what was signed.
func newSignedContent(d *catalog.Driver, packed map[string][]signedFile, read func(path string) ([]byte, error), sum func(path string) (catalog.SHA1, error)) *signedContent {
	c := &signedContent{}
	for _, f := range d.Files {
		sf := newSignedFile(f, func() ([]byte, error) { return read(f.Path) }, func() (catalog.SHA1, error) { return sum(f.Path) })
		inner, isPacked := packed[f.Path]
		switch {
		case f.Role == catalog.RoleINF && f.Path == d.Name:
			c.inf = sf
		case f.Role != catalog.RoleFile:
		case len(inner) > 0:
			for _, i := range inner {
				i.container = &sf
				c.files = append(c.files, i)
			}
		default:
			sf.packed = isPacked
			c.files = append(c.files, sf)
		}
	}
	return c
}

// newSignedFile is a file by its digests.
func newSignedFile(f catalog.DriverFile, text func() ([]byte, error), sha1 func() (catalog.SHA1, error)) signedFile {
	sf := signedFile{path: f.Path, arches: f.Arches, text: text, sha1: sha1}
	sf.sums = seccat.Sums{SHA1: f.SHA1, SHA256: f.SHA256, Size: f.Size}
	if f.Image != nil {
		sf.sums.IsPE, sf.sums.PESHA1, sf.sums.PESHA256 = true, f.Image.SHA1, f.Image.SHA256
	}
	return sf
}

// signatures says for each catalog what it proves. Architectures of which it proves the same share one record.
func (c *signedContent) signatures() []catalog.Signature {
	var out []catalog.Signature
	for _, a := range c.catalogs {
		s := c.ask(a)
		same := slices.IndexFunc(out, func(o catalog.Signature) bool {
			return o.State == s.State && o.Code == s.Code && o.Catalog == s.Catalog && o.Text == s.Text && slices.Equal(o.Differ, s.Differ) && slices.Equal(o.Unknown, s.Unknown)
		})
		if same >= 0 {
			out[same].Arches = append(out[same].Arches, a.arch)
			continue
		}
		out = append(out, s)
	}
	return out
}

// ask says what one catalog proves.
func (c *signedContent) ask(a askedCatalog) catalog.Signature {
	s := catalog.Signature{Arches: []inf.Arch{a.arch}, Catalog: a.path}
	set := func(state catalog.SignatureState, code, format string, args ...any) {
		s.State, s.Code, s.Text = state, code, fmt.Sprintf(format, args...)
	}
	switch {
	case a.damaged:
		set(catalog.SignatureBroken, whySigDamaged, "%s", a.fault)
		return s
	case a.cat == nil:
		set(catalog.SignatureUnsigned, whySigUnsigned, "%s", a.fault)
		return s
	}
	p := a.proof
	s.Trust, s.Signer, s.Kind, s.Chain, s.Legacy = p.State, p.Signer, p.Kind, p.Chain, p.Legacy
	s.Signed, s.Expires, s.Systems = p.Signed, p.Expires, a.cat.Systems()
	if p.Digest != 0 {
		s.Digest = p.Digest.String()
	}
	if p.Stamp != nil && p.Expires.IsZero() {
		s.Stamped = p.Stamp.By
	}
	converted, exchanged := c.compare(&s, a)
	infDiffers := slices.Contains(s.Differ, c.inf.path)
	switch {
	case p.State == seccat.Unsigned:
		set(catalog.SignatureUnsigned, whySigUnsigned, "nobody signed its catalog %s", a.path)
	case p.State == seccat.Invalid:
		set(catalog.SignatureBroken, whySigInvalid, "the signature of %s is wrong: %s", a.path, p.Reason)
		s.Tampered = true
	case len(s.Differ) > 0 && converted == len(s.Differ):
		set(catalog.SignatureBroken, whySigLines, "the line ends of %s were converted after it was signed: %s lists it with the others; \"drivercat repair\" restores them", some(s.Differ), a.path)
	case infDiffers && listsName(a.cat, c.inf.path):
		set(catalog.SignatureBroken, whySigINF, "%s is not the INF that %s lists under this name", c.inf.path, a.path)
	case infDiffers:
		set(catalog.SignatureBroken, whySigINF, "%s does not list %s", a.path, c.inf.path)
	case exchanged:
		set(catalog.SignatureBroken, whySigFiles, "not what %s lists under these names: %s", a.path, some(s.Differ))
		s.Tampered = true
	case len(s.Differ) > 0:
		set(catalog.SignatureBroken, whySigFilesMore, "%s does not list %s", a.path, some(s.Differ))
	case p.State == seccat.UnknownRoot:
		set(catalog.SignatureListed, whySigUnknownRoot, "%s is signed by %s and intact; %s", a.path, p.Signer, p.Reason)
	case p.State == seccat.Distrusted:
		set(catalog.SignatureListed, whySigDistrusted, "%s is signed by %s and intact, but %s", a.path, p.Signer, p.Reason)
	case p.State == seccat.Unsupported:
		set(catalog.SignatureListed, whySigUnsupported, "the signature of %s cannot be verified: %s", a.path, p.Reason)
	case p.Stamp != nil && !p.Expires.IsZero() && p.Stamp.State != seccat.Unsupported:
		set(catalog.SignatureListed, whySigWithoutStamp, "%s is signed by %s and intact, but its time stamp is no proof: %s; Windows may refuse it, and takes it until %s at most", a.path, p.Signer, p.Stamp.Reason, p.Expires.Format("2006-01-02"))
	case len(s.Unknown) > 0:
		set(catalog.SignatureListed, whySigFilesUnknown, "not compared with %s: %s", a.path, some(s.Unknown))
	default:
		s.State = catalog.SignatureVerified
	}
	return s
}

// compare asks a catalog for every file. It returns how many of those that differ do so in their line ends only, and whether
// the catalog lists one of the rest under its name, so that somebody exchanged it.
func (c *signedContent) compare(s *catalog.Signature, a askedCatalog) (converted int, exchanged bool) {
	one := func(f *signedFile) {
		if f.find(a.cat) {
			return
		}
		var text []byte
		if f.text != nil && !f.packed && !f.sums.IsPE && f.sums.Size <= maxINF {
			text, _ = f.text() // what cannot be read again cannot be compared more closely
		}
		m, told := a.cat.FindCabinet(baseOf(f.path), text)
		switch {
		case m != nil:
		case f.packed, !told && !a.cat.Comparable(baseOf(f.path)):
			s.Unknown = append(s.Unknown, f.path)
		default:
			s.Differ = append(s.Differ, f.path)
			if _, ok := a.cat.RestoreLines(text); ok {
				converted++
			} else if listsName(a.cat, f.path) {
				exchanged = true
			}
		}
	}
	one(&c.inf)
	for i := range c.files {
		f := &c.files[i]
		if slices.Contains(f.arches, a.arch) && f.path != c.inf.path {
			one(f)
		}
	}
	return converted, exchanged
}

// listsName reports whether a catalog lists a file of a name, whatever its content.
func listsName(c *seccat.Catalog, path string) bool {
	path = baseOf(path)
	return slices.ContainsFunc(c.Members, func(m seccat.Member) bool { return strings.EqualFold(m.Name(), path) })
}

// signatureReasons are what a driver's signatures say for its verdict; level is that of those which Windows refuses.
func signatureReasons(d *catalog.Driver, catalogs []catalogFile, level catalog.Level) []catalog.Reason {
	var out []catalog.Reason
	for _, s := range d.Signatures {
		r := catalog.Reason{Code: s.Code, Level: catalog.Warns, Text: s.Text}
		for _, c := range catalogs {
			if c.arch == s.Arches[0] {
				r.Place = c.place
			}
		}
		switch {
		case s.State == catalog.SignatureBroken:
			if r.Level, r.Text = level, fmt.Sprintf("%s; %s (%s)", s.Text, unsignedMeans(s.Arches), archNames(s.Arches)); s.Tampered {
				r.Text = fmt.Sprintf("%s; it was changed after it was signed (%s)", s.Text, archNames(s.Arches))
			}
			out = append(out, r)
		case s.Code == whySigFilesUnknown:
			r.Level = catalog.Notes
			out = append(out, r)
		case s.State == catalog.SignatureListed:
			out = append(out, r)
		}
		if s.State != catalog.SignatureUnsigned && s.Code != whySigWithoutStamp && !s.Expires.IsZero() {
			r.Code, r.Level = whySigWithoutStamp, catalog.Warns
			r.Text = fmt.Sprintf("the signature of %s has no time stamp: Windows takes it until a certificate expires on %s", s.Catalog, s.Expires.Format("2006-01-02"))
			out = append(out, r)
		}
	}
	return out
}

// maxCatalog bounds a security catalog that is read, in bytes; the largest of some 9,000 public ones has 3 MB.
const maxCatalog = 64 << 20

// maxProven bounds the catalogs that are kept for the next INF that names them, in bytes of their files. Several INF files
// often share one.
const maxProven = 4 << 20

// provenCatalog is a security catalog of the source that was read and verified.
type provenCatalog struct {
	once  sync.Once
	cat   *seccat.Catalog // nil if it is none
	proof seccat.Verification
	err   error // why it is none: reading failed, or one of seccat's
}

// prove reads and verifies a catalog that was hashed before. It is safe for concurrent use.
func (im *importer) prove(i int32) *provenCatalog {
	im.mu.Lock()
	p := im.proven[i]
	if p == nil {
		p = new(provenCatalog)
		size := im.tree.files[i].size
		if im.provenSize += size; im.proven == nil || im.provenSize > maxProven {
			im.proven, im.provenSize = map[int32]*provenCatalog{}, size
		}
		im.proven[i] = p
	}
	im.mu.Unlock()
	p.once.Do(func() { p.read(im, i) })
	return p
}

func (p *provenCatalog) read(im *importer, i int32) {
	im.mu.Lock()
	src, kept := im.catalogs[i]
	im.mu.Unlock()
	if kept {
		p.verify(im, src)
		return
	}
	fh, err := im.openFile(i)
	if err != nil {
		p.err = err
		return
	}
	defer fh.Close()
	if fh.Size > maxCatalog {
		p.err = fmt.Errorf("%w: it has more than %d MiB", seccat.ErrNotCatalog, maxCatalog>>20)
		return
	}
	src = make([]byte, max(fh.Size, 0))
	if _, p.err = io.ReadFull(io.NewSectionReader(fh, 0, fh.Size), src); p.err == nil {
		p.verify(im, src)
	}
}

func (p *provenCatalog) verify(im *importer, src []byte) {
	if p.cat, p.err = seccat.Parse(src); p.err == nil {
		p.proof = p.cat.Verify(im.o.Roots)
	}
}

// The catalogs of archives that are kept in memory until the INF files are judged, in bytes: one and all. Those beyond are
// unpacked once more, with all that is compressed together with them.
const (
	maxKeptCatalog  = 1 << 20
	maxKeptCatalogs = 32 << 20
)

// keepCatalog keeps a catalog of an archive, if there is room.
func (im *importer) keepCatalog(i int32, src []byte) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.catalogSize+len(src) > maxKeptCatalogs {
		return
	}
	if im.catalogs == nil {
		im.catalogs = map[int32][]byte{}
	}
	im.catalogs[i], im.catalogSize = src, im.catalogSize+len(src)
}

// asked opens the catalogs of a driver, and says of each why there is none to ask.
func (im *importer) asked(j *judged) []askedCatalog {
	var out []askedCatalog
	for k := range j.catalogs {
		c := &j.catalogs[k]
		a := askedCatalog{arch: c.arch, fault: c.fault}
		switch {
		case c.file < 0:
			c.unsigned = true
		case im.tree.files[c.file].problem:
			c.unsigned, a.fault = true, "its catalog cannot be read"
		default:
			a.path = relativeTo(im.tree.path(int(c.file)), j.folder)
			p := c.proven
			a.cat, a.proof = p.cat, p.proof
			switch {
			case p.err == nil:
				if c.unsigned = p.proof.State == seccat.Unsigned; c.unsigned {
					a.fault = fmt.Sprintf("nobody signed its catalog %s", a.path)
				}
			case errors.Is(p.err, seccat.ErrPlaceholder):
				c.unsigned, a.fault = true, fmt.Sprintf("%s is no security catalog but a placeholder", a.path)
			case errors.Is(p.err, seccat.ErrTruncated):
				a.damaged, a.fault = true, fmt.Sprintf("its catalog %s is cut off", a.path)
			case errors.Is(p.err, seccat.ErrNotCatalog):
				a.damaged, a.fault = true, fmt.Sprintf("its catalog %s is something else: %s", a.path, strings.TrimPrefix(p.err.Error(), seccat.ErrNotCatalog.Error()+": "))
			default:
				c.unsigned, a.fault = true, "its catalog cannot be read"
			}
		}
		c.fault = a.fault
		out = append(out, a)
	}
	return out
}
