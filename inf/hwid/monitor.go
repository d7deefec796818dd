package hwid

import (
	"bytes"
	"fmt"
	"strings"
)

// Monitor is a display.
type Monitor struct {
	Maker   string // three letters
	Product uint16
}

// IDs implements Identity.
func (m Monitor) IDs(Version) Lists {
	return Lists{Hardware: []string{fmt.Sprintf(`MONITOR\%s%04X`, strings.ToUpper(m.Maker), m.Product)}, Compatible: []string{"*PNP09FF"}}
}

// EDID reads the monitor from its EDID block (VESA E-EDID, bytes 8 to 11). It is false for bytes that are none.
func EDID(block []byte) (Monitor, bool) {
	if len(block) < 12 || !bytes.HasPrefix(block, []byte("\x00\xFF\xFF\xFF\xFF\xFF\xFF\x00")) {
		return Monitor{}, false
	}
	packed := uint16(block[8])<<8 | uint16(block[9]) // three letters of five bits, 1 for A
	maker := make([]byte, 3)
	for i := range maker {
		n := byte(packed>>(10-5*i)) & 0x1F
		if n < 1 || n > 26 {
			return Monitor{}, false
		}
		maker[i] = 'A' + n - 1
	}
	return Monitor{Maker: string(maker), Product: uint16(block[10]) | uint16(block[11])<<8}, true
}
