package lint_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/drivercat/drivercat/inf/lint"
)

// byteCase is a file and all its findings: code, severity and byte offsets; without offsets where "-" stands for them.
type byteCase struct {
	src  string
	want []string
}

func testBytes(t *testing.T, cases map[string]byteCase) {
	t.Parallel()
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ds := lint.Check("acme.inf", []byte(tt.src))
			var got []string
			for i, d := range ds {
				at := fmt.Sprintf("%d-%d", d.Range.Start.Offset, d.Range.End.Offset)
				if i < len(tt.want) && strings.HasSuffix(tt.want[i], " -") {
					at = "-"
				}
				got = append(got, fmt.Sprint(d.Code, " ", d.Severity, " ", at))
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("findings (-want +got)\n%s\n%v", d, ds)
			}
		})
	}
}

func utf16le(s string) string { return encode16(s, binary.LittleEndian) }

func utf16be(s string) string { return encode16(s, binary.BigEndian) }

func encode16(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func repeat(s string, n int) string { return strings.Repeat(s, n) }
