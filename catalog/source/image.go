package source

import (
	"io"

	"github.com/drivercat/drivercat/catalog"
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
	return img
}
