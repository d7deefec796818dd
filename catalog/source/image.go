package source

import (
	"encoding/binary"
	"encoding/hex"
	"io"

	"github.com/drivercat/drivercat/catalog"
	"github.com/drivercat/drivercat/inf/seccat"
)

// ReadImage tells what a PE image says of itself; its digests are left to the caller. It is nil for other files. At most
// 512 KiB are read, wherever they lie.
func ReadImage(r io.ReaderAt, size int64) *catalog.Image {
	p := readProgram(&window{r: r, size: size, left: maxLook})
	if p == nil || p.format != "PE" {
		return nil
	}
	img := &catalog.Image{}
	for _, res := range p.listResources() {
		if res.typ == typeVersion {
			v := readVersion(p.w, res)
			img.OriginalName, img.InternalName = v.get("OriginalFilename").value, v.get("InternalName").value
			img.Product, img.Description, img.Version = v.get("ProductName").value, v.get("FileDescription").value, v.fixed
			break
		}
	}
	img.Signers = signers(r, size, p)
	return img
}

// maxSignature is how much of a PE image's own signature is read. Real ones have 5 to 30 KB.
const maxSignature = 1 << 20

// signers reads the certificates of a PE image's own signature.
func signers(r io.ReaderAt, size int64, p *program) (out []catalog.ImageSigner) {
	const header = 8 // WIN_CERTIFICATE: length, revision, type
	at, n := int64(p.signature), int64(p.signatureSize)
	if at == 0 || n <= header || n > maxSignature || at+n > size {
		return nil
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, at); err != nil && err != io.EOF {
		return nil
	}
	if length := int64(binary.LittleEndian.Uint32(b)); length > header && length <= n {
		b = b[:length]
	}
	certs, err := seccat.EmbeddedSigners(b[header:])
	if err != nil {
		return nil
	}
	for _, c := range certs {
		out = append(out, catalog.ImageSigner{Name: c.Subject.CommonName, TBS: hex.EncodeToString(c.TBSDigest()), Leaf: c.Leaf})
	}
	return out
}
