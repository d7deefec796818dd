package seccat

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What Parse can find instead of a catalog.
var (
	// ErrPlaceholder: the file is no DER at all. Packages that were not signed yet carry a line of text in place of a catalog.
	ErrPlaceholder = errors.New("seccat: no catalog but a placeholder")
	// ErrTruncated: the file ends before the catalog does.
	ErrTruncated = errors.New("seccat: the catalog is cut off")
	// ErrNotCatalog: DER, but no signed certificate trust list that names catalog members.
	ErrNotCatalog = errors.New("seccat: not a security catalog")
)

// Catalog is a security catalog. It points into the bytes it was read from.
type Catalog struct {
	Version    int // 1 or 2
	ListID     []byte
	Time       time.Time // when it was made; zero if that cannot be read
	Members    []Member
	Attributes []Attribute // about the whole package: OS, HWID1, ...

	Signers      []Signer // empty for a catalog that nobody signed yet
	Certificates []Certificate

	// RawCTL is the signed content with its header; signatures cover its contents without the header.
	RawCTL []byte

	byDigest map[string]int
	byTag    map[string]int
}

// Kind says how a member's digest is made.
type Kind uint8

// The kinds of members.
const (
	UnknownKind Kind = iota // the member does not say: entries that repeat a digest with another algorithm
	PEImage                 // Authenticode digest of a PE image
	Cabinet                 // Authenticode digest of a cabinet
	FlatFile                // digest of all bytes
)

// Member is one file that the catalog lists.
type Member struct {
	// Digest is the file's digest. A member without one of its own is known by its tag, which then is the digest; nil if
	// that is none either.
	Digest    []byte
	Algorithm crypto.Hash // of Digest: MD5, SHA1, SHA256, ...; 0 if unknown
	Kind      Kind
	// Tag is the name by which the list knows the member: the digest's bytes in catalogs of version 2, the digest in hex or
	// a label of any text in those of version 1, as UTF-16.
	Tag        []byte
	Label      string // the tag as text if it is no digest
	File       string // the file's name, usually in lower case and without a folder; "" if not told
	OSAttr     string // the versions of Windows that the file was signed for, "2:5.1,2:6.1"; "" if not told
	Attributes []Attribute
	GUID       string // of the code that knows this kind of file, with braces, upper case

	linked Kind // what the digest says of its own kind; the GUID knows better
}

// Attribute is one name and value of a member or of the catalog.
type Attribute struct {
	Name  string
	Flags uint32
	Value string // as text; see Raw where 0x20000 is set in Flags, which marks base64 text
	Raw   []byte
}

// The object identifiers in a catalog.
const (
	oidCTL           = "1.3.6.1.4.1.311.10.1"
	oidCatalogList   = "1.3.6.1.4.1.311.12.1.1"
	oidMemberV1      = "1.3.6.1.4.1.311.12.1.2"
	oidMemberV2      = "1.3.6.1.4.1.311.12.1.3"
	oidNameValue     = "1.3.6.1.4.1.311.12.2.1"
	oidMemberInfo    = "1.3.6.1.4.1.311.12.2.2"
	oidMemberInfo2   = "1.3.6.1.4.1.311.12.2.3"
	oidIndirectData  = "1.3.6.1.4.1.311.2.1.4"
	oidPEImage       = "1.3.6.1.4.1.311.2.1.15"
	oidLink          = "1.3.6.1.4.1.311.2.1.25"
	guidPEImage      = "{C689AAB8-8E78-11D0-8C47-00C04FC295EE}"
	guidCabinet      = "{C689AABA-8E78-11D0-8C47-00C04FC295EE}"
	guidFlatFile     = "{DE351A42-8E59-11D0-8C47-00C04FC295EE}"
	textToCallPlace  = 512 // bytes looked at to tell text from broken DER
	sizeSHA1, sizeMD = 20, 16
)

// Parse reads a catalog. src is kept and must not change. The error is one of ErrPlaceholder, ErrTruncated and
// ErrNotCatalog, with words about what is wrong.
func Parse(src []byte) (*Catalog, error) {
	src = trimPadding(src)
	if len(src) == 0 {
		return nil, fmt.Errorf("%w: the file is empty", ErrPlaceholder)
	}
	if src[0] != tagSequence || isText(src) {
		return nil, ErrPlaceholder
	}
	c := &Catalog{}
	if err := c.message(src); err != nil {
		switch {
		case errors.Is(err, ErrNotCatalog):
			return nil, err
		case errors.Is(err, errCut):
			return nil, fmt.Errorf("%w: %w", ErrTruncated, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrNotCatalog, err)
	}
	c.index()
	return c, nil
}

// trimPadding takes zeros off the end of a placeholder of nothing else, such as a file that a copy left empty.
func trimPadding(src []byte) []byte {
	if len(bytes.TrimLeft(src[:min(len(src), textToCallPlace)], "\x00")) == 0 {
		return bytes.TrimLeft(src, "\x00")
	}
	return src
}

// isText reports whether the file begins like text: "0" is the first byte of a DER sequence too.
func isText(src []byte) bool {
	for _, b := range src[:min(len(src), textToCallPlace)] {
		if (b < ' ' || b > '~') && b != '\t' && b != '\r' && b != '\n' {
			return false
		}
	}
	return true
}

func notCatalog(what string) error { return fmt.Errorf("%w: %s", ErrNotCatalog, what) }

// message reads the PKCS #7 message around the list.
func (c *Catalog) message(src []byte) error {
	m, err := readMessage(src)
	switch {
	case errors.Is(err, errNotSigned):
		return notCatalog("the PKCS #7 message is not of the type signed data")
	case err != nil:
		return err
	case m.kind != oidCTL:
		return notCatalog("the signed content is no certificate trust list")
	}
	c.Certificates, c.Signers = m.certificates, m.signers
	return c.list(m.content)
}

// list reads the certificate trust list.
func (c *Catalog) list(b []byte) error {
	ctl, _, err := expect(b, tagSequence)
	if err != nil {
		return err
	}
	c.RawCTL = ctl.raw
	rest := ctl.body
	e, rest, err := next(rest)
	if err == nil && e.tag == tagInteger { // a version, absent in practice
		e, rest, err = next(rest)
	}
	if err != nil {
		return err
	}
	usage, _, err := expect(e.body, tagOID)
	if err != nil || e.tag != tagSequence || oid(usage.body) != oidCatalogList {
		return notCatalog("the certificate trust list is not for catalogs")
	}
	for {
		if e, rest, err = next(rest); err != nil {
			return err
		}
		switch {
		case e.tag == tagOctets:
			c.ListID = e.body
		case e.tag == tagUTCTime || e.tag == tagTime:
			if c.Time.IsZero() {
				c.Time = moment(e)
			}
		case e.tag == tagInteger: // a sequence number
		case e.tag == tagSequence:
			if err := c.algorithm(e); err != nil {
				return err
			}
			return c.entries(rest)
		default:
			return errForm
		}
	}
}

// algorithm tells the version of the list.
func (c *Catalog) algorithm(e element) error {
	id, _, err := expect(e.body, tagOID)
	if err != nil {
		return err
	}
	switch oid(id.body) {
	case oidMemberV1:
		c.Version = 1
	case oidMemberV2:
		c.Version = 2
	default:
		return notCatalog("its members are of an unknown kind, " + oid(id.body))
	}
	return nil
}

// entries reads members and catalog attributes.
func (c *Catalog) entries(b []byte) error {
	return each(b, func(e element) error {
		switch e.tag {
		case tagSequence:
			return each(e.body, func(m element) error {
				member, err := c.member(m)
				c.Members = append(c.Members, member)
				return err
			})
		case tagContext0:
			return c.extensions(e.body)
		}
		return nil
	})
}

// extensions reads the catalog's attributes: each is an extension whose value is a name and value.
func (c *Catalog) extensions(b []byte) error {
	seq, _, err := expect(b, tagSequence)
	if err != nil {
		return err
	}
	return each(seq.body, func(e element) error {
		id, rest, err := expect(e.body, tagOID)
		if err != nil || oid(id.body) != oidNameValue {
			return err
		}
		return each(rest, func(v element) error {
			if v.tag != tagOctets {
				return nil
			}
			a, err := nameValue(v.body)
			if err == nil {
				c.Attributes = append(c.Attributes, a)
			}
			return err
		})
	})
}

func nameValue(b []byte) (Attribute, error) {
	var a Attribute
	seq, _, err := expect(b, tagSequence)
	if err != nil {
		return a, err
	}
	return a, each(seq.body, func(e element) error {
		switch e.tag {
		case tagInteger:
			for _, x := range e.body {
				a.Flags = a.Flags<<8 | uint32(x)
			}
		case tagOctets:
			a.Raw, a.Value = e.body, utf16Text(e.body, false)
		default:
			a.Name = text(e)
		}
		return nil
	})
}

// member reads one member: its tag and its attributes, which come in any order.
func (c *Catalog) member(e element) (Member, error) {
	var m Member
	if e.tag != tagSequence {
		return m, errForm
	}
	tag, rest, err := expect(e.body, tagOctets)
	if err != nil {
		return m, err
	}
	m.Tag = tag.body
	err = each(rest, func(set element) error {
		return each(set.body, func(a element) error {
			id, values, err := expect(a.body, tagOID)
			if err != nil {
				return err
			}
			name := oid(id.body)
			return each(values, func(v element) error {
				return each(v.body, func(v element) error { return m.attribute(name, v) })
			})
		})
	})
	if err != nil {
		return m, err
	}
	if m.Kind == UnknownKind {
		m.Kind = m.linked
	}
	digest, label := c.tagDigest(tag.body)
	m.Label = label
	if m.Digest == nil && digest != nil {
		m.Digest, m.Algorithm = digest, hashBySize(len(digest))
	}
	for _, a := range m.Attributes {
		switch {
		case m.File == "" && strings.EqualFold(a.Name, "File"):
			m.File = a.Value
		case m.OSAttr == "" && strings.EqualFold(a.Name, "OSAttr"):
			m.OSAttr = a.Value
		}
	}
	return m, nil
}

// attribute reads one value of a member's attribute.
func (m *Member) attribute(name string, v element) error {
	switch name {
	case oidNameValue:
		a, err := nameValue(v.raw)
		if err != nil {
			return err
		}
		m.Attributes = append(m.Attributes, a)
	case oidIndirectData:
		return m.indirect(v)
	case oidMemberInfo:
		return each(v.body, func(e element) error {
			if e.tag == tagBMP {
				m.GUID = strings.ToUpper(text(e))
				m.Kind = map[string]Kind{guidPEImage: PEImage, guidCabinet: Cabinet, guidFlatFile: FlatFile}[m.GUID]
			}
			return nil
		})
	case oidMemberInfo2:
		m.Kind = map[byte]Kind{0x80: PEImage, 0x81: Cabinet, 0x82: FlatFile}[v.tag]
	}
	return nil
}

// indirect reads SpcIndirectData: what kind of file it is, and its digest.
func (m *Member) indirect(v element) error {
	typed, rest, err := expect(v.body, tagSequence)
	if err != nil {
		return err
	}
	if id, _, err := expect(typed.body, tagOID); err == nil {
		switch oid(id.body) {
		case oidPEImage:
			m.linked = PEImage
		case oidLink:
			m.linked = FlatFile
		}
	}
	info, _, err := expect(rest, tagSequence)
	if err != nil {
		return err
	}
	alg, rest, err := expect(info.body, tagSequence)
	if err != nil {
		return err
	}
	id, _, err := expect(alg.body, tagOID)
	if err != nil {
		return err
	}
	digest, _, err := expect(rest, tagOctets)
	if err != nil {
		return err
	}
	m.Digest, m.Algorithm = digest.body, hashByOID(oid(id.body))
	return nil
}

// tagDigest reads a tag as a digest, or as a label.
func (c *Catalog) tagDigest(tag []byte) (digest []byte, label string) {
	if c.Version == 2 {
		if hashBySize(len(tag)) != 0 {
			return tag, ""
		}
		return nil, string(tag)
	}
	label = utf16Text(tag, false)
	if digest, err := hex.DecodeString(label); err == nil && hashBySize(len(digest)) != 0 {
		return digest, ""
	}
	return nil, label
}

func hashBySize(n int) crypto.Hash {
	switch n {
	case sizeMD:
		return crypto.MD5
	case sizeSHA1:
		return crypto.SHA1
	}
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		if h.Size() == n {
			return h
		}
	}
	return 0
}

func hashByOID(id string) crypto.Hash {
	switch id {
	case "1.2.840.113549.2.5":
		return crypto.MD5
	case "1.3.14.3.2.26":
		return crypto.SHA1
	case "2.16.840.1.101.3.4.2.1":
		return crypto.SHA256
	case "2.16.840.1.101.3.4.2.2":
		return crypto.SHA384
	case "2.16.840.1.101.3.4.2.3":
		return crypto.SHA512
	}
	return 0
}

// index makes the tables for Lookup. The first member of a digest counts.
func (c *Catalog) index() {
	c.byDigest, c.byTag = make(map[string]int, len(c.Members)), map[string]int{}
	put := func(m map[string]int, key []byte, i int) {
		if _, ok := m[string(key)]; !ok && len(key) > 0 {
			m[string(key)] = i
		}
	}
	for i, m := range c.Members {
		put(c.byDigest, m.Digest, i)
		if d, _ := c.tagDigest(m.Tag); d != nil && !bytes.Equal(d, m.Digest) {
			put(c.byTag, d, i)
		}
	}
}

// Lookup finds the member with a digest: among the digests first, then among the tags. It returns nil if there is none.
func (c *Catalog) Lookup(digest []byte) *Member {
	for _, table := range []map[string]int{c.byDigest, c.byTag} {
		if i, ok := table[string(digest)]; ok {
			return &c.Members[i]
		}
	}
	return nil
}

// Find finds the member that lists a file of these digests: of a PE image its Authenticode digest or, as some catalogs
// have it, that of its bytes. It returns nil if no member does.
func (c *Catalog) Find(s Sums) *Member {
	for _, d := range s.all() {
		if m := c.Lookup(d); m != nil {
			return m
		}
	}
	return nil
}

// Name is the member's file name without a folder: as the catalog tells it, or its label; "" if there is neither.
func (m *Member) Name() string {
	name := m.File
	if name == "" {
		name = m.Label
	}
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// Comparable reports whether Find tells the truth about a file of this name, which has no folder. It is false if the catalog
// lists the name, and only with digests that Sums does not hold: of cabinets, or of other algorithms.
func (c *Catalog) Comparable(name string) bool {
	found := false
	for i := range c.Members {
		m := &c.Members[i]
		if !strings.EqualFold(m.Name(), name) {
			continue
		}
		if found = true; m.Kind != Cabinet && (m.Algorithm == crypto.SHA1 || m.Algorithm == crypto.SHA256) {
			return true
		}
	}
	return !found
}

// Lists reports whether a member may be found by a digest of an algorithm.
func (c *Catalog) Lists(h crypto.Hash) bool {
	for tag := range c.byTag {
		if len(tag) == h.Size() {
			return true
		}
	}
	return slices.ContainsFunc(c.Members, func(m Member) bool { return m.Algorithm == h })
}

// Signed reports whether somebody signed the catalog, validly or not.
func (c *Catalog) Signed() bool { return len(c.Signers) > 0 }

// Attribute returns the value of one of the catalog's attributes, ignoring case; "" if it has none of that name.
func (c *Catalog) Attribute(name string) string {
	for _, a := range c.Attributes {
		if strings.EqualFold(a.Name, name) {
			return a.Value
		}
	}
	return ""
}
