package smb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"

	smb2 "github.com/cloudsoda/go-smb2"

	"github.com/drivercat/drivercat/packager/tree"
)

// What Open reports besides fs.ErrNotExist (no such share or folder) and fs.ErrPermission. Test with errors.Is.
var (
	ErrUnreachable = tree.ErrUnreachable
	ErrLogon       = fmt.Errorf("login refused: %w", fs.ErrPermission)
	ErrInsecure    = errors.New("the server cannot do what is asked for safety")
)

var (
	errBroken = error(gone("the connection broke"))
	errSilent = error(gone("the server does not answer"))
	errLost   = errors.New("the connection broke before the answer came")
	errClosed = fmt.Errorf("the tree is closed: %w", fs.ErrClosed)
)

// gone is an error that means tree.ErrUnreachable and says more than that.
type gone string

func (g gone) Error() string        { return string(g) }
func (g gone) Is(target error) bool { return target == tree.ErrUnreachable }

// Status codes of [MS-ERREF] that mean something here.
const (
	statusPending             = 0x00000103
	statusStoppedOnSymlink    = 0x8000002D
	statusNoMoreFiles         = 0x80000006
	statusInvalidDevice       = 0xC0000010
	statusInvalidParameter    = 0xC000000D
	statusEndOfFile           = 0xC0000011
	statusNoMemory            = 0xC0000017
	statusObjectNameInvalid   = 0xC0000033
	statusObjectPathSyntaxBad = 0xC000003B
	statusSharingViolation    = 0xC0000043
	statusQuotaExceeded       = 0xC0000044
	statusFileLockConflict    = 0xC0000054
	statusDeletePending       = 0xC0000056
	statusLogonFailure        = 0xC000006D
	statusDiskFull            = 0xC000007F
	statusInsuffResources     = 0xC000009A
	statusWriteProtected      = 0xC00000A2
	statusIOTimeout           = 0xC00000B5
	statusFileIsADirectory    = 0xC00000BA
	statusNotSupported        = 0xC00000BB
	statusNetNameDeleted      = 0xC00000C9
	statusBadNetworkName      = 0xC00000CC
	statusNotAccepted         = 0xC00000D0
	statusDirectoryNotEmpty   = 0xC0000101
	statusNotADirectory       = 0xC0000103
	statusFileClosed          = 0xC0000128
	statusUserSessionDeleted  = 0xC0000203
	statusInsuffServer        = 0xC0000205
	statusDisconnected        = 0xC000020C
	statusReset               = 0xC000020D
	statusPathNotCovered      = 0xC0000257
	statusSessionExpired      = 0xC000035C
)

// status is the server's code in an error, or 0.
func status(err error) uint32 {
	var re *smb2.ResponseError
	if errors.As(err, &re) {
		return re.Code
	}
	return 0
}

func isTransport(err error) bool {
	var te *smb2.TransportError
	var ne net.Error
	return errors.As(err, &te) || errors.As(err, &ne) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrUnexpectedEOF)
}

// breaks reports whether an error means that the connection, or its session, is of no more use.
func breaks(err error) bool {
	if err == nil || errors.Is(err, errBroken) {
		return false
	}
	switch status(err) {
	case statusNetNameDeleted, statusUserSessionDeleted, statusSessionExpired, statusDisconnected, statusReset:
		return true
	}
	return isTransport(err)
}

// transient reports whether a call may succeed if it is repeated a little later: these and no others are repeated.
func transient(err error) bool {
	switch status(err) {
	case statusInsuffServer, statusInsuffResources, statusNoMemory, statusIOTimeout:
		return true
	}
	return errors.Is(err, errBroken) || errors.Is(err, ErrUnreachable) || errors.Is(err, smb2.ErrRequestNotAccepted) || errors.Is(err, errSilent)
}

// busy reports whether somebody else is in the way for the moment: a virus scanner, an indexer, a file that is about to go.
func busy(err error) bool {
	switch status(err) {
	case statusSharingViolation, statusDeletePending, statusFileLockConflict:
		return true
	}
	return false
}

// fail names the operation and the file, and puts the server's codes into words and the errors of io/fs.
func (t *Tree) fail(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", op, name, explain(err))
}

// said is a server's answer in plain words. It still is the error of io/fs that callers test for.
type said struct {
	text string
	is   error // may be nil
	err  error
}

func (e *said) Error() string   { return e.text }
func (e *said) Unwrap() []error { return []error{e.is, e.err} }

func explain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	var text string
	var is error
	switch code := status(err); code {
	case statusSharingViolation, statusFileLockConflict:
		text = "it is open in another program"
	case statusDeletePending:
		text, is = "it was deleted, but another program still has it open", fs.ErrPermission
	case statusDiskFull, statusQuotaExceeded:
		text = "the server's disk or the quota is full"
		is = ErrFull
	case statusStoppedOnSymlink:
		text = "it leads through a symbolic link on the server, which is not followed: it may lead out of the tree"
	case statusObjectNameInvalid, statusObjectPathSyntaxBad:
		text, is = "the server does not take this name", fs.ErrInvalid
	case statusFileIsADirectory:
		text = "it is a folder"
	case statusNotADirectory:
		text, is = "a folder is needed and this is a file, or lies below one", fs.ErrNotExist
	case statusDirectoryNotEmpty:
		text = "the folder is not empty"
	case statusWriteProtected:
		text, is = "the share is write-protected", fs.ErrPermission
	case statusPathNotCovered:
		text = "this folder of the share is a DFS link, which is not followed: name the server that holds it"
	default:
		return err
	}
	return &said{text: text, is: is, err: err}
}

// ErrFull is what writing reports when the server has no room left.
var ErrFull = errors.New("no space left")
