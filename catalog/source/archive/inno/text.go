package inno

import (
	"slices"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// text turns strings of the tables into Go's.
type text struct {
	unicode bool
	page    encoding.Encoding // of strings that are not Unicode
}

// textOf chooses the code page of an installer that is not Unicode. It has none of its own: the installer shows its
// strings in that of the system. The languages that it speaks tell where it was made for; English comes along everywhere.
func textOf(t *tables) text {
	if t.ver.unicode {
		return text{unicode: true}
	}
	page := 1252
	english := slices.ContainsFunc(t.languages, func(l language) bool { return l.codePage == 0 || l.codePage == 1252 })
	if len(t.languages) > 0 && !english {
		page = t.languages[0].codePage
	}
	return text{page: codePage(page)}
}

func (x text) decode(b []byte) string {
	if x.unicode {
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
		}
		return string(utf16.Decode(u))
	}
	s, err := x.page.NewDecoder().Bytes(b)
	if err != nil {
		return string(b)
	}
	return string(s)
}

// codePage is the decoder of a Windows code page, that of Western Europe for those that are no system's.
func codePage(n int) encoding.Encoding {
	pages := map[int]encoding.Encoding{
		874: charmap.Windows874, 932: japanese.ShiftJIS, 936: simplifiedchinese.GBK, 949: korean.EUCKR, 950: traditionalchinese.Big5,
		1250: charmap.Windows1250, 1251: charmap.Windows1251, 1253: charmap.Windows1253, 1254: charmap.Windows1254,
		1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258,
	}
	if e := pages[n]; e != nil {
		return e
	}
	return charmap.Windows1252
}

// languageCodePage is the code page of the Windows of a language (LANGID), which versions before 4.2.2 do not store.
func languageCodePage(id uint32) int {
	switch id {
	case 0x0404, 0x0C04, 0x1404:
		return 950
	case 0x0804, 0x1004:
		return 936
	case 0x0C1A, 0x1C1A:
		return 1251
	}
	switch id & 0x3FF {
	case 0x11:
		return 932
	case 0x12:
		return 949
	case 0x02, 0x19, 0x22, 0x23, 0x2F:
		return 1251
	case 0x05, 0x0E, 0x15, 0x18, 0x1A, 0x1B, 0x1C, 0x24:
		return 1250
	case 0x08:
		return 1253
	case 0x1F:
		return 1254
	case 0x0D:
		return 1255
	case 0x01, 0x20, 0x29:
		return 1256
	case 0x25, 0x26, 0x27:
		return 1257
	case 0x1E:
		return 874
	case 0x2A:
		return 1258
	}
	return 1252
}
