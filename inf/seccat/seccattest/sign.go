package seccattest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	_ "crypto/md5" // for signatures as they were once
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	_ "crypto/sha512" // for signatures
	"crypto/x509"
	"encoding/binary"
	"math/big"
	"slices"
	"sync"
	"time"
)

// Identity is a made-up person or authority with a key pair and a certificate. Its key follows from its name.
type Identity struct {
	Name      string      // common name
	Issuer    *Identity   // nil if it certifies itself
	Authority bool        // it may issue certificates
	PathLen   int         // of an authority: how many others may stand below it, 0 for any number, -1 for none
	KeyUsage  byte        // the first eight bits of key usage; 0 leaves the extension out
	Usages    []string    // extended key usages, object identifiers; nil leaves the extension out
	ECDSA     bool        // its key is of P-256 instead of RSA with 1024 bits
	Serial    int         // 0 for 4711
	From, To  time.Time   // validity; zero for 2024-01-01 to 2050-01-01
	Digest    crypto.Hash // of its certificate's signature; 0 for SHA-256
	PSS       bool        // its certificate is signed so
	Critical  string      // an extension without meaning that is critical, an object identifier
}

// Root is the issuer of the signers that have no other one.
func Root() *Identity { return &Identity{Name: "Test Root", Authority: true} }

// Stamp is a time stamp to be made.
type Stamp struct {
	By      *Identity
	Time    time.Time
	RFC3161 bool        // else a countersignature of PKCS #9
	Digest  crypto.Hash // 0 for SHA-256
	Bare    bool        // the signature is of the digest without its algorithm, as it was usual once; for RSA
	Other   bool        // the stamp is for another signature
}

// by is who signs, nil if nobody does.
func (c Catalog) by() *Identity {
	switch {
	case c.By != nil:
		return c.By
	case c.Signer != "":
		return &Identity{Name: c.Signer, Issuer: Root(), Usages: c.Usages}
	}
	return nil
}

// chain is the identity and its issuers, without the root.
func (i *Identity) chain() []*Identity {
	var out []*Identity
	for ; i != nil && i.Issuer != nil; i = i.Issuer {
		out = append(out, i)
	}
	return out
}

// digests are the hashes with their own object identifier and those of their signatures.
var digests = map[crypto.Hash]struct{ id, rsa, ecdsa string }{
	crypto.MD5:    {"1.2.840.113549.2.5", "1.2.840.113549.1.1.4", ""},
	crypto.SHA1:   {oidSHA1, "1.2.840.113549.1.1.5", "1.2.840.10045.4.1"},
	crypto.SHA256: {oidSHA256, "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"},
	crypto.SHA384: {"2.16.840.1.101.3.4.2.2", "1.2.840.113549.1.1.12", "1.2.840.10045.4.3.3"},
	crypto.SHA512: {"2.16.840.1.101.3.4.2.3", "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.4"},
}

func hashOr(h crypto.Hash) crypto.Hash {
	if h == 0 {
		return crypto.SHA256
	}
	return h
}

func sum(h crypto.Hash, b []byte) []byte {
	x := h.New()
	x.Write(b)
	return x.Sum(nil)
}

// Certificate makes the identity's certificate.
func (i *Identity) Certificate() []byte {
	issuer, h := i, hashOr(i.Digest)
	if i.Issuer != nil {
		issuer = i.Issuer
	}
	from, to := i.From, i.To
	if from.IsZero() {
		from = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if to.IsZero() {
		to = time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	algorithm := seq(oid(digests[h].rsa), null())
	switch {
	case issuer.ECDSA:
		algorithm = seq(oid(digests[h].ecdsa))
	case i.PSS:
		algorithm = pss(h)
	}
	body := seq(der(0xa0, integer(2)), integer(i.serial()), algorithm, name(issuer.Name),
		seq(moment(from), moment(to)), name(i.Name), i.publicKey(), i.extensions())
	return seq(body, algorithm, der(0x03, append([]byte{0}, issuer.sign(h, body, i.PSS)...)))
}

func (i *Identity) serial() int {
	if i.Serial == 0 {
		return 4711
	}
	return i.Serial
}

func moment(t time.Time) []byte { return der(0x18, []byte(t.UTC().Format("20060102150405Z"))) }

func (i *Identity) extensions() []byte {
	var out []byte
	critical := der(0x01, []byte{0xff})
	if i.Authority {
		limit := []byte(nil)
		if i.PathLen != 0 {
			limit = integer(max(i.PathLen, 0))
		}
		out = append(out, seq(oid("2.5.29.19"), critical, octets(seq(der(0x01, []byte{0xff}), limit)))...)
	}
	if i.KeyUsage != 0 {
		out = append(out, seq(oid("2.5.29.15"), octets(der(0x03, []byte{0, i.KeyUsage})))...)
	}
	if i.Usages != nil {
		var usages []byte
		for _, u := range i.Usages {
			usages = append(usages, oid(u)...)
		}
		out = append(out, seq(oid("2.5.29.37"), octets(seq(usages)))...)
	}
	if i.Critical != "" {
		out = append(out, seq(oid(i.Critical), critical, octets(null()))...)
	}
	if out == nil {
		return nil
	}
	return der(0xa3, seq(out))
}

func name(s string) []byte {
	return seq(set(seq(oid("2.5.4.6"), der(0x13, []byte("US")))), set(seq(oid("2.5.4.10"), der(0x13, []byte("Test")))), set(seq(oid("2.5.4.3"), der(0x0c, []byte(s)))))
}

// pss is the algorithm of RSASSA-PSS with a salt as long as the digest.
func pss(h crypto.Hash) []byte {
	alg := seq(oid(digests[h].id), null())
	return seq(oid("1.2.840.113549.1.1.10"), seq(
		der(0xa0, alg), der(0xa1, seq(oid("1.2.840.113549.1.1.8"), alg)), der(0xa2, integer(h.Size())),
	))
}

// sign signs a message.
func (i *Identity) sign(h crypto.Hash, msg []byte, pss bool) []byte {
	var out []byte
	var err error
	switch key := i.key().(type) {
	case *ecdsa.PrivateKey:
		out, err = key.Sign(nil, sum(h, msg), h) // without randomness, RFC 6979
	case *rsa.PrivateKey:
		if pss {
			out, err = rsa.SignPSS(rand.Reader, key, h, sum(h, msg), &rsa.PSSOptions{SaltLength: h.Size()})
		} else {
			out, err = rsa.SignPKCS1v15(nil, key, h, sum(h, msg))
		}
	}
	if err != nil {
		panic(err)
	}
	return out
}

// bare signs the digest without its algorithm.
func (i *Identity) bare(h crypto.Hash, msg []byte) []byte {
	out, err := rsa.SignPKCS1v15(nil, i.key().(*rsa.PrivateKey), 0, sum(h, msg))
	if err != nil {
		panic(err)
	}
	return out
}

// signer makes a SignerInfo over a content, with a time stamp.
func (c Catalog) signer(by *Identity, kind string, content []byte) []byte {
	h := hashOr(c.Digest)
	if c.MD5 {
		h = crypto.MD5
	}
	says := c.Content
	if says == "" {
		says = kind
	}
	info := signerInfo{by: by, digest: h, pss: c.PSS, kind: says, content: withoutHeader(content), at: c.Signed, unsigning: c.Unsigning}
	signature := info.signature()
	if c.Stamp != nil {
		stamped := signature
		if c.Stamp.Other {
			stamped = []byte("another signature")
		}
		info.unsigned = c.Stamp.attribute(stamped)
	}
	return info.build(signature)
}

// withoutHeader is the content of an element: signatures cover it without tag and length.
func withoutHeader(b []byte) []byte {
	if b[1] < 0x80 {
		return b[2:]
	}
	return b[2+b[1]&0x7f:]
}

// signerInfo is a SignerInfo to be made.
type signerInfo struct {
	by        *Identity
	digest    crypto.Hash
	pss, bare bool
	kind      string
	content   []byte
	at        time.Time
	unsigning bool
	unsigned  []byte
}

// attributes are the signed ones, in the order of DER.
func (s signerInfo) attributes() []byte {
	all := [][]byte{
		seq(oid("1.2.840.113549.1.9.3"), set(oid(s.kind))),
		seq(oid("1.2.840.113549.1.9.4"), set(octets(sum(s.digest, s.content)))),
	}
	if !s.at.IsZero() {
		all = append(all, seq(oid("1.2.840.113549.1.9.5"), set(der(0x17, []byte(s.at.UTC().Format("060102150405Z"))))))
	}
	slices.SortFunc(all, bytes.Compare)
	return bytes.Join(all, nil)
}

func (s signerInfo) signature() []byte {
	msg := set(s.attributes())
	switch {
	case s.unsigning:
		msg = s.content
	case s.bare:
		return s.by.bare(s.digest, msg)
	}
	return s.by.sign(s.digest, msg, s.pss)
}

func (s signerInfo) build(signature []byte) []byte {
	issuer := s.by
	if s.by.Issuer != nil {
		issuer = s.by.Issuer
	}
	algorithm := seq(oid("1.2.840.113549.1.1.1"), null())
	switch {
	case s.by.ECDSA:
		algorithm = seq(oid("1.2.840.10045.2.1"))
	case s.pss:
		algorithm = pss(s.digest)
	}
	attributes := der(0xa0, s.attributes())
	if s.unsigning {
		attributes = nil
	}
	return seq(integer(1), seq(name(issuer.Name), integer(s.by.serial())), seq(oid(digests[s.digest].id), null()),
		attributes, algorithm, octets(signature), s.unsigned)
}

// attribute is the unsigned attribute with the stamp on a signature.
func (t *Stamp) attribute(signature []byte) []byte {
	h := hashOr(t.Digest)
	const data, tst = "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.4"
	if !t.RFC3161 {
		info := signerInfo{by: t.By, digest: h, kind: data, content: signature, at: t.Time, bare: t.Bare}
		return der(0xa1, seq(oid("1.2.840.113549.1.9.6"), set(info.build(info.signature()))))
	}
	text := seq(integer(1), oid("1.2.3.4"), seq(seq(oid(digests[h].id), null()), octets(sum(h, signature))), integer(1),
		der(0x18, []byte(t.Time.UTC().Format("20060102150405.000Z"))))
	info := signerInfo{by: t.By, digest: h, kind: tst, content: text}
	var certificates []byte
	for _, x := range t.By.chain() {
		certificates = append(certificates, x.Certificate()...)
	}
	token := signedData(tst, octets(text), der(0xa0, certificates), set(info.build(info.signature())))
	return der(0xa1, seq(oid("1.3.6.1.4.1.311.3.3.1"), set(token)))
}

func (i *Identity) publicKey() []byte {
	b, err := x509.MarshalPKIXPublicKey(i.key().Public())
	if err != nil {
		panic(err)
	}
	return b
}

// keys are the keys made so far, by the names of their holders.
var keys sync.Map

// key makes the identity's key out of its name.
func (i *Identity) key() crypto.Signer {
	type kind struct {
		name  string
		ecdsa bool
	}
	k, ok := keys.Load(kind{i.Name, i.ECDSA})
	if !ok {
		if i.ECDSA {
			d := sha256.Sum256([]byte(i.Name))
			d[0] = 0 // below the order of the curve
			key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d[:])
			if err != nil {
				panic(err)
			}
			k = key
		} else {
			k = rsaKey(i.Name)
		}
		k, _ = keys.LoadOrStore(kind{i.Name, i.ECDSA}, k)
	}
	return k.(crypto.Signer)
}

// rsaKey makes a key of 1024 bits whose primes follow from a seed: no secret at all.
func rsaKey(seed string) *rsa.PrivateKey {
	const bits, e = 512, 65537
	exponent, one := big.NewInt(e), big.NewInt(1)
	for n := uint32(0); ; n++ {
		var primes []*big.Int
		for k := range 2 {
			p := new(big.Int).SetBytes(stream(seed, n, k, bits/8))
			p.SetBit(p, bits-1, 1).SetBit(p, bits-2, 1).SetBit(p, 0, 1)
			for !p.ProbablyPrime(10) {
				p.Add(p, big.NewInt(2))
			}
			primes = append(primes, p)
		}
		phi := new(big.Int).Mul(new(big.Int).Sub(primes[0], one), new(big.Int).Sub(primes[1], one))
		d := new(big.Int).ModInverse(exponent, phi)
		if d == nil {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(primes[0], primes[1]), E: e}, D: d, Primes: primes}
		key.Precompute()
		return key
	}
}

// stream makes bytes out of a seed.
func stream(seed string, n uint32, k, size int) []byte {
	var out []byte
	for block := byte(0); len(out) < size; block++ {
		d := sha1.Sum(append(binary.BigEndian.AppendUint32([]byte(seed), n), byte(k), block))
		out = append(out, d[:]...)
	}
	return out[:size]
}
