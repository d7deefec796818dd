package blocklist

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
)

// Read takes a policy from a file as it is downloaded: the XML itself, or the zip archive that Microsoft publishes, of
// which the enforced policy counts, not the one for audits or servers.
func Read(file []byte) (xml []byte, err error) {
	if !bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		return file, nil
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPolicy, err)
	}
	var found *zip.File
	for _, f := range z.File {
		name := strings.ToLower(path.Base(f.Name))
		switch {
		case !strings.HasSuffix(name, ".xml"), strings.Contains(name, "audit"), strings.Contains(name, "server") && found != nil:
		case found == nil, strings.Contains(name, "enforced") && !strings.Contains(strings.ToLower(path.Base(found.Name)), "enforced"),
			strings.Contains(strings.ToLower(found.Name), "server"):
			found = f
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w: the archive holds no policy in XML", ErrNotPolicy)
	}
	r, err := found.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPolicy, err)
	}
	defer r.Close()
	xml, err = io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPolicy, err)
	}
	return xml, nil
}
