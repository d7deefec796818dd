package smb

import (
	"encoding/binary"
	"errors"
	"reflect"
	"unicode/utf16"
	"unsafe"

	smb2 "github.com/cloudsoda/go-smb2"
)

// This file reaches into go-smb2 for what it does not export: opening with a chosen share mode, renaming without replacing,
// control codes, asking for encryption, and telling what was negotiated. The alternative is a fork, which would have to
// follow every correction of a security-relevant protocol by hand. The structures below mirror the library's, field by
// field; TestReach reads the library's source and fails when an update changes one of them.
//
// An empty assembly file, reach.s, lets these functions stand without bodies.

//go:linkname shareCreateFile github.com/cloudsoda/go-smb2.(*Share).createFile
func shareCreateFile(s *smb2.Share, name string, req *createRequest, follow bool) (*smb2.File, error)

//go:linkname fileIoctl github.com/cloudsoda/go-smb2.(*File).ioctl
func fileIoctl(f *smb2.File, req *ioctlRequest) ([]byte, error)

//go:linkname fileSetInfo github.com/cloudsoda/go-smb2.(*File).setInfo
func fileSetInfo(f *smb2.File, req *setInfoRequest) error

type packetHeader struct {
	CreditCharge          uint16
	ChannelSequence       uint16
	Status                uint32
	Command               uint16
	CreditRequestResponse uint16
	Flags                 uint32
	MessageId             uint64
	AsyncId               uint64
	TreeId                uint32
	SessionId             uint64
}

type encoder interface {
	Size() int
	Encode(b []byte)
}

type createRequest struct {
	packetHeader
	SecurityFlags        uint8
	RequestedOplockLevel uint8
	ImpersonationLevel   uint32
	SmbCreateFlags       uint64
	DesiredAccess        uint32
	FileAttributes       uint32
	ShareAccess          uint32
	CreateDisposition    uint32
	CreateOptions        uint32
	Name                 string
	Mapping              int
	Contexts             []encoder
}

type ioctlRequest struct {
	packetHeader
	CtlCode           uint32
	FileId            unsafe.Pointer
	OutputOffset      uint32
	OutputCount       uint32
	MaxInputResponse  uint32
	MaxOutputResponse uint32
	Flags             uint32
	Input             encoder
}

type setInfoRequest struct {
	packetHeader
	InfoType              uint8
	FileInfoClass         uint8
	AdditionalInformation uint32
	FileId                unsafe.Pointer
	Input                 encoder
}

// Values of [MS-SMB2] and [MS-FSCC].
const (
	accessReadData       = 0x1
	accessReadAttributes = 0x80
	accessWriteAttrs     = 0x100
	accessDelete         = 0x10000
	accessGenericRead    = 0x80000000
	accessGenericWrite   = 0x40000000

	shareRead   = 1
	shareWrite  = 2
	shareDelete = 4
	shareAll    = shareRead | shareWrite | shareDelete

	dispositionOpen   = 1
	dispositionCreate = 2

	optionDirectory    = 0x1
	optionSynchronous  = 0x20
	optionFile         = 0x40
	optionReparsePoint = 0x200000

	attributeReadOnly  = 0x1
	attributeDirectory = 0x10
	attributeNormal    = 0x80
	attributeReparse   = 0x400

	ctlGetReparsePoint = 0x900A8
	ctlResumeKey       = 0x140078
	ctlCopyChunk       = 0x1440F2
	ioctlIsFsctl       = 1

	infoBasic       = 4
	infoDisposition = 13
	infoRename      = 10

	flagGuest   = 0x1
	flagNull    = 0x2
	flagEncrypt = 0x4

	shareFlagEncrypt = 0x8000
)

// openFile opens or makes what name says, with the library's separators.
func openFile(s *smb2.Share, name string, access, share, disposition, options uint32) (*smb2.File, error) {
	return shareCreateFile(s, name, &createRequest{
		ImpersonationLevel: 2,
		DesiredAccess:      access,
		FileAttributes:     attributeNormal,
		ShareAccess:        share,
		CreateDisposition:  disposition,
		CreateOptions:      options,
	}, false)
}

// statOf is what the server said about a file when it was opened.
func statOf(f *smb2.File) *smb2.FileStat {
	return (*smb2.FileStat)(reflect.ValueOf(f).Elem().FieldByName("fileStat").UnsafePointer())
}

// control sends a control code. An error may come with output.
func control(f *smb2.File, code, maxOutput uint32, input []byte) ([]byte, error) {
	req := &ioctlRequest{CtlCode: code, MaxOutputResponse: maxOutput, Flags: ioctlIsFsctl}
	if input != nil {
		req.Input = raw(input)
	}
	return fileIoctl(f, req)
}

// renameTo moves an open file or folder; the target is a whole path below the share.
func renameTo(f *smb2.File, target string, replace bool) error {
	name := utf16.Encode([]rune(target))
	b := make(raw, 20, 20+2*len(name))
	if replace {
		b[0] = 1
	}
	binary.LittleEndian.PutUint32(b[16:], uint32(2*len(name)))
	for _, u := range name {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return fileSetInfo(f, &setInfoRequest{FileInfoClass: infoRename, Input: b})
}

// setBasic sets an open file's modification time, in units of 100 nanoseconds since 1601, and its attributes. What is 0 stays.
func setBasic(f *smb2.File, mtime int64, attributes uint32) error {
	b := make(raw, 40)
	binary.LittleEndian.PutUint64(b[16:], uint64(mtime))
	binary.LittleEndian.PutUint32(b[32:], attributes)
	return fileSetInfo(f, &setInfoRequest{FileInfoClass: infoBasic, Input: b})
}

// removeOnClose marks an open file or empty folder for removal.
func removeOnClose(f *smb2.File) error {
	return fileSetInfo(f, &setInfoRequest{FileInfoClass: infoDisposition, Input: raw{1}})
}

// raw is an encoder of bytes that are encoded already.
type raw []byte

func (r raw) Size() int       { return len(r) }
func (r raw) Encode(b []byte) { copy(b, r) }

var errReach = errors.New("this build cannot look into its SMB library; please report it")

// inside are the fields of a session that are looked at or set.
type inside struct {
	flags     *uint16 // of the session
	dialect   uint16
	cipher    uint16 // 3.1.1 only
	signing   bool   // every message is signed and checked
	encrypter bool   // keys for encryption were derived
}

// look finds them by name. It is an error, not a panic, if the library has changed.
func look(s *smb2.Session) (in inside, err error) {
	session := reflect.ValueOf(s).Elem().FieldByName("s")
	if session.Kind() != reflect.Pointer || session.IsNil() {
		return in, errReach
	}
	flags := session.Elem().FieldByName("sessionFlags")
	enc := session.Elem().FieldByName("encrypter")
	conn := session.Elem().FieldByName("conn")
	if !flags.IsValid() || flags.Kind() != reflect.Uint16 || enc.Kind() != reflect.Interface || conn.Kind() != reflect.Pointer || conn.IsNil() {
		return in, errReach
	}
	dialect, cipher, signing := conn.Elem().FieldByName("dialect"), conn.Elem().FieldByName("cipherId"), conn.Elem().FieldByName("requireSigning")
	if dialect.Kind() != reflect.Uint16 || cipher.Kind() != reflect.Uint16 || signing.Kind() != reflect.Bool {
		return in, errReach
	}
	return inside{
		flags:   (*uint16)(unsafe.Pointer(flags.UnsafeAddr())),
		dialect: uint16(dialect.Uint()), cipher: uint16(cipher.Uint()), signing: signing.Bool(), encrypter: !enc.IsNil(),
	}, nil
}

// shareEncrypts reports whether the server wants everything about this share encrypted.
func shareEncrypts(s *smb2.Share) bool {
	tc := reflect.ValueOf(s).Elem().FieldByName("treeConn")
	if tc.Kind() != reflect.Pointer || tc.IsNil() {
		return false
	}
	f := tc.Elem().FieldByName("shareFlags")
	return f.Kind() == reflect.Uint32 && f.Uint()&shareFlagEncrypt != 0
}
