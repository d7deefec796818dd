package seccat

import "errors"

// message is a PKCS #7 message of signed data (RFC 2315, section 9.1): a catalog, or a time stamp.
type message struct {
	kind         string // what is signed, an object identifier
	content      []byte // the element of that kind
	certificates []Certificate
	signers      []Signer
}

const oidSignedData = "1.2.840.113549.1.7.2"

// errNotSigned: the message is of another type.
var errNotSigned = errors.New("the PKCS #7 message is not of the type signed data")

func readMessage(src []byte) (message, error) {
	var m message
	outer, _, err := expect(src, tagSequence)
	if err != nil {
		return m, err
	}
	id, rest, err := expect(outer.body, tagOID)
	if err != nil {
		return m, err
	}
	if oid(id.body) != oidSignedData {
		return m, errNotSigned
	}
	explicit, _, err := expect(rest, tagContext0)
	if err != nil {
		return m, err
	}
	signed, _, err := expect(explicit.body, tagSequence)
	if err != nil {
		return m, err
	}
	_, rest, err = expect(signed.body, tagInteger) // version
	if err != nil {
		return m, err
	}
	_, rest, err = expect(rest, tagSet) // digest algorithms
	if err != nil {
		return m, err
	}
	content, rest, err := expect(rest, tagSequence)
	if err != nil {
		return m, err
	}
	id, body, err := expect(content.body, tagOID)
	if err != nil {
		return m, err
	}
	m.kind = oid(id.body)
	if explicit, _, err = expect(body, tagContext0); err != nil {
		return m, err
	}
	m.content = explicit.body
	var infos []byte
	err = each(rest, func(e element) error {
		switch e.tag {
		case tagContext0:
			if m.certificates == nil {
				m.certificates, err = certificates(e.body)
				return err
			}
		case tagSet:
			infos = e.body
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	m.signers, err = signers(infos, m.certificates)
	return m, err
}
