package seccattest

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Catalog is a catalog to be made. The zero value is one of version 1 without members and signer.
type Catalog struct {
	Version    int // 1 (also for 0) or 2
	Members    []Member
	Attributes [][2]string // names and values
	Signer     string      // common name of the signer, whom "Test Root" certified; "" leaves the catalog unsigned
	Usages     []string    // extended key usages of its certificate, object identifiers
	MD5        bool        // the signature's digest algorithm is MD5 instead of SHA-256

	By        *Identity   // signs instead of Signer
	Digest    crypto.Hash // of the signature; 0 for SHA-256
	PSS       bool        // an RSA signature is made so
	With      []*Identity // whose certificates the catalog holds; nil for the signers' and those of their issuers, without roots
	Stamp     *Stamp      // a time stamp on the signature
	Signed    time.Time   // when the signer says that it signed; zero to leave that out
	Content   string      // the type of content that the signer says it signed, an object identifier; "" for the right one
	Unsigning bool        // the signature is made of the content alone, without signed attributes
}

// Member is one file of a catalog.
type Member struct {
	File, OSAttr string
	Digest       []byte // of 20, 32, 48 or 64 bytes
	Tag          string // instead of the digest
	PE           bool
	Cabinet      bool
	TagOnly      bool // no digest besides the tag, as the SHA-1 members of version 2 are
}

// List returns the members that list files by name: of PE images (recognised by their first bytes) the digest is not
// Authenticode's; give those a Member of their own.
func List(files map[string][]byte) []Member {
	var out []Member
	for _, name := range slices.Sorted(maps.Keys(files)) {
		d := sha1.Sum(files[name])
		out = append(out, Member{File: strings.ToLower(name), OSAttr: "2:6.1,2:10.0", Digest: d[:]})
	}
	return out
}

// The parts of DER.
func der(tag byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := []byte{tag}
	switch {
	case n < 0x80:
		out = append(out, byte(n))
	case n <= math.MaxUint16:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func seq(parts ...[]byte) []byte { return der(0x30, parts...) }
func set(parts ...[]byte) []byte { return der(0x31, parts...) }
func octets(b []byte) []byte     { return der(0x04, b) }
func integer(n int) []byte       { return der(0x02, bigEndian(n)) }
func null() []byte               { return der(0x05) }

func bigEndian(n int) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(n))
	for len(b) > 1 && b[0] == 0 && b[1] < 0x80 {
		b = b[1:]
	}
	return b
}

func oid(s string) []byte {
	var nums []int
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			panic("seccattest: " + s + " is no object identifier")
		}
		nums = append(nums, n)
	}
	var b []byte
	for _, n := range append([]int{nums[0]*40 + nums[1]}, nums[2:]...) {
		group := []byte{byte(n & 0x7f)}
		for n >>= 7; n > 0; n >>= 7 {
			group = append([]byte{byte(n&0x7f) | 0x80}, group...)
		}
		b = append(b, group...)
	}
	return der(0x06, b)
}

func utf16Bytes(s string, order binary.AppendByteOrder, nul bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	if nul {
		b = append(b, 0, 0)
	}
	return b
}

func nameValue(name, value string) []byte {
	return seq(der(0x1e, utf16Bytes(name, binary.BigEndian, false)), integer(0x10010001), octets(utf16Bytes(value, binary.LittleEndian, true)))
}

// The object identifiers that are written.
const (
	oidSignedData   = "1.2.840.113549.1.7.2"
	oidCTL          = "1.3.6.1.4.1.311.10.1"
	oidCatalogList  = "1.3.6.1.4.1.311.12.1.1"
	oidMember       = "1.3.6.1.4.1.311.12.1." // 2 or 3
	oidNameValue    = "1.3.6.1.4.1.311.12.2.1"
	oidMemberInfo   = "1.3.6.1.4.1.311.12.2.2"
	oidMemberInfo2  = "1.3.6.1.4.1.311.12.2.3"
	oidIndirectData = "1.3.6.1.4.1.311.2.1.4"
	oidPE           = "1.3.6.1.4.1.311.2.1.15"
	oidFlat         = "1.3.6.1.4.1.311.2.1.25"
	oidSHA1         = "1.3.14.3.2.26"
	oidSHA256       = "2.16.840.1.101.3.4.2.1"
)

// Build makes the catalog.
func (c Catalog) Build() []byte { return c.message(oidCTL, c.list()) }

// BuildData makes a PKCS #7 message of the same form whose content is no certificate trust list.
func (c Catalog) BuildData() []byte { return c.message("1.2.840.113549.1.7.1", octets([]byte("text"))) }

func (c Catalog) message(kind string, content []byte) []byte {
	by, holders, infos := c.by(), c.With, set()
	var certificates []byte
	if by != nil {
		infos = set(c.signer(by, kind, content))
		if holders == nil {
			holders = by.chain()
			if c.Stamp != nil && !c.Stamp.RFC3161 {
				holders = append(holders, c.Stamp.By.chain()...)
			}
		}
		for _, h := range holders {
			certificates = append(certificates, h.Certificate()...)
		}
		certificates = der(0xa0, certificates)
	}
	return signedData(kind, content, certificates, infos)
}

func signedData(kind string, content, certificates, signers []byte) []byte {
	return seq(oid(oidSignedData), der(0xa0, seq(
		integer(1), set(), seq(oid(kind), der(0xa0, content)), certificates, signers,
	)))
}

func (c Catalog) list() []byte {
	version := max(c.Version, 1)
	var members, extensions []byte
	for _, m := range c.Members {
		members = append(members, m.build(version)...)
	}
	for _, a := range c.Attributes {
		extensions = append(extensions, seq(oid(oidNameValue), octets(nameValue(a[0], a[1])))...)
	}
	if extensions != nil {
		extensions = der(0xa0, seq(extensions))
	}
	return seq(seq(oid(oidCatalogList)), octets(make([]byte, 16)), der(0x17, []byte("240102030405Z")),
		seq(oid(oidMember+strconv.Itoa(version+1)), null()), seq(members), extensions)
}

func (m Member) build(version int) []byte {
	tag := m.Digest
	if version == 1 {
		label := m.Tag
		if label == "" {
			label = strings.ToUpper(hex.EncodeToString(m.Digest))
		}
		tag = utf16Bytes(label, binary.LittleEndian, true)
	} else if m.Tag != "" {
		tag = []byte(m.Tag)
	}
	var attributes []byte
	for _, a := range [][2]string{{"File", m.File}, {"OSAttr", m.OSAttr}} {
		if a[1] != "" {
			attributes = append(attributes, seq(oid(oidNameValue), set(nameValue(a[0], a[1])))...)
		}
	}
	guid, context, kind := "{DE351A42-8E59-11D0-8C47-00C04FC295EE}", byte(0x82), oidFlat
	switch {
	case m.PE:
		guid, context, kind = "{C689AAB8-8E78-11D0-8C47-00C04FC295EE}", 0x80, oidPE
	case m.Cabinet:
		guid, context = "{C689AABA-8E78-11D0-8C47-00C04FC295EE}", 0x81
	}
	if version == 1 {
		attributes = append(attributes, seq(oid(oidMemberInfo), set(seq(der(0x1e, utf16Bytes(guid, binary.BigEndian, false)), integer(0x200))))...)
	} else {
		attributes = append(attributes, seq(oid(oidMemberInfo2), set(der(context)))...)
	}
	if !m.TagOnly {
		algorithm := oidSHA1
		switch len(m.Digest) {
		case sha256.Size:
			algorithm = oidSHA256
		case sha512.Size384:
			algorithm = digests[crypto.SHA384].id
		case sha512.Size:
			algorithm = digests[crypto.SHA512].id
		}
		attributes = append(attributes, seq(oid(oidIndirectData), set(seq(
			seq(oid(kind), seq()), seq(seq(oid(algorithm), null()), octets(m.Digest)),
		)))...)
	}
	return seq(octets(tag), set(attributes))
}
