package smb_test

import (
	"encoding/hex"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/drivercat/drivercat/packager/tree/smb"
)

// greeting is what a Samba server answers up to the end of a login: to the negotiation and to both parts of the login.
var greeting = []string{
	"fe534d42400001000000000000000100010000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000410001001103020074657374737276000000000000000000070000000000800000008000000080000e66d3e3f379dd01000000000000000080004a00d0000000604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa32a3028a0261b246e6f745f646566696e65645f696e5f5246433431373840706c656173655f69676e6f72650000000000000100260000000000010020000100fbf08e44c4e166b9c75ff5db4a14e3c991c4d8943dace7c86876836b58bcac4d0000020004000000000001000200",
	"fe534d4240000100160000c001000100010000000000000001000000000000000000000000000000e4458b9f0000000000000000000000000000000000000000090000004800a500a181a230819fa0030a0101a10c060a2b06010401823702020aa281890481864e544c4d53535000020000000e000e003800000015828ae24ce3a7b547cb4a4d00000000000000004000400046000000060100000000000f540045005300540053005200560002000e00540045005300540053005200560001000e005400450053005400530052005600040000000300040076006d000700080082abd3e3f379dd0100000000",
	"fe534d4240000100000000000100fe01090000000000000002000000000000000000000000000000e4458b9f00000000797ad37ce32b9ea2fb2ed9b6eb3cc1fb0900000048001d00a11b3019a0030a0100a31204100100000017bc2490688dd66200000000",
}

// script is a server that answers each message with the next frame of a script, whatever it was asked, and then hangs up.
type script struct {
	net.Conn
	mu    sync.Mutex
	ready *sync.Cond
	rest  []byte // of the script
	give  []byte // what may be read now
	half  bool
	ended bool
}

func (s *script) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.half = !s.half; s.half {
		return len(p), nil // the length, the message comes next
	}
	n := len(s.rest)
	if n >= 4 {
		n = min(n, 4+int(s.rest[1])<<16+int(s.rest[2])<<8+int(s.rest[3]))
	}
	s.give = append(s.give, s.rest[:n]...)
	s.rest = s.rest[n:]
	s.ready.Broadcast()
	// A client that still waits after an answer would wait for its limit of 20 s.
	time.AfterFunc(50*time.Millisecond, s.hangUp)
	return len(p), nil
}

func (s *script) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.give) == 0 {
		if s.ended || len(s.rest) == 0 {
			return 0, io.EOF
		}
		s.ready.Wait()
	}
	n := copy(p, s.give)
	s.give = s.give[n:]
	return n, nil
}

func (s *script) hangUp() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.ready.Broadcast()
}

func (s *script) Close() error {
	s.hangUp()
	return s.Conn.Close()
}

// FuzzServer: whatever a server answers while a share is opened, it is an error and not a crash, and it ends.
func FuzzServer(f *testing.F) {
	var all []byte
	for _, g := range greeting {
		b, err := hex.DecodeString(g)
		must(f, err)
		all = append(all, 0, 0, byte(len(b)>>8), byte(len(b)))
		all = append(all, b...)
		f.Add(all)
	}
	f.Add(append(append([]byte{}, all...), 0, 0, 0, 4, 0xfd, 'S', 'M', 'B'))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Add([]byte{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(f, err)
	f.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	f.Fuzz(func(t *testing.T, answers []byte) {
		if len(answers) > 64<<10 {
			t.Skip()
		}
		// A frame may claim to have 16 MiB; reading waits for them, and the script hangs up.
		wrap := func(c net.Conn) net.Conn {
			s := &script{Conn: c, rest: answers}
			s.ready = sync.NewCond(&s.mu)
			return s
		}
		tr, err := smb.Open(t.Context(), smb.Config{
			Server: "s", Share: "x", Address: l.Addr().String(), Wrap: wrap, Credentials: smb.Credentials{User: "u", Password: "p"},
		})
		if err == nil {
			_ = tr.Close()
			t.Fatal("a script cannot sign, and the share was opened all the same")
		}
	})
}
