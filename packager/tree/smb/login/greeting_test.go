package login

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func greetingOf(dialect uint16, mode byte, at time.Time) []byte {
	b := make([]byte, greetingBytes+17)
	b[3] = byte(len(b) - 4)
	copy(b[4:], "\xfeSMB")
	b[68] = 65
	b[70] = mode
	binary.LittleEndian.PutUint16(b[72:], dialect)
	binary.LittleEndian.PutUint64(b[108:], uint64(at.UnixNano()/100)+116444736000000000)
	return b
}

func TestWatch(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	refusal := greetingOf(0x311, 1, now)
	refusal[12] = 0xbb
	for name, tt := range map[string]struct {
		sent   []byte
		want   *Greeting
		silent bool
	}{
		"SMB 3.1.1, signing demanded, 90 s ahead": {greetingOf(0x311, 3, now.Add(90*time.Second)), &Greeting{Dialect: 0x311, MustSign: true, Ahead: 90 * time.Second}, false},
		"SMB 2.0.2, signing possible, behind":     {greetingOf(0x202, 1, now.Add(-time.Hour)), &Greeting{Dialect: 0x202, Ahead: -time.Hour}, false},
		"SMB 1":                                   {[]byte("\x00\x00\x00\x23\xffSMBr"), &Greeting{OldOnly: true}, false},
		"something else":                          {[]byte("HTTP/1.1 400 Bad Request\r\n"), nil, false},
		"a refusal":                               {refusal, nil, false},
		"nothing":                                 {nil, nil, true},
		"half of it":                              {greetingOf(0x311, 1, now)[:60], nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &Watch{Now: func() time.Time { return now }}
			server, client := net.Pipe()
			go func() {
				for _, b := range tt.sent { // in the smallest pieces
					if _, err := server.Write([]byte{b}); err != nil {
						return
					}
				}
				server.Close()
			}()
			got, err := io.ReadAll(w.Conn(client))
			if err != nil || !cmp.Equal(got, tt.sent, cmp.Transformer("text", func(b []byte) string { return string(b) })) {
				t.Errorf("the connection gave %q, %v", got, err)
			}
			if diff := cmp.Diff(tt.want, w.Greeting()); diff != "" || w.Silent() != tt.silent {
				t.Errorf("silent %v, %s", w.Silent(), diff)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for dialect, want := range map[uint16]string{0x202: "2.0.2", 0x210: "2.1", 0x300: "3.0", 0x302: "3.0.2", 0x311: "3.1.1"} {
		if got := (&Greeting{Dialect: dialect}).Version(); got != want {
			t.Errorf("%x: %s, want %s", dialect, got, want)
		}
	}
}

func FuzzParseGreeting(f *testing.F) {
	f.Add(greetingOf(0x311, 3, time.Unix(1e9, 0)))
	f.Add([]byte("\x00\x00\x00\x23\xffSMBr"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if g, whole := parseGreeting(b, time.Unix(1e9, 0)); g != nil && !whole {
			t.Error("a greeting that is not whole")
		}
	})
}
