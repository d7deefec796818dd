package repair

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// What keeps a file from being replaced.
var (
	ErrLink    = errors.New("is a link, or no plain file")
	ErrChanged = errors.New("was changed meanwhile")
	// ErrWrite: what was read back is not what was written.
	ErrWrite = errors.New("what was written cannot be read back")
)

// mostNames bounds the names that are tried for the new file: others belong to repairs that run at the same time, or were
// killed.
const mostNames = 100

// File replaces the bytes of a file, whose SHA-256 must be was, below root. name has forward slashes; links are refused. On
// an error, or when the context ends first, the file is as it was.
func File(ctx context.Context, root *os.Root, name string, was [sha256.Size]byte, now []byte) error {
	if err := replace(ctx, root, name, was, now); err != nil {
		return fmt.Errorf("repair: replace %s: %w", name, err)
	}
	return nil
}

func replace(ctx context.Context, root *os.Root, name string, was [sha256.Size]byte, now []byte) (err error) {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return ErrLink
	}
	if err := compare(root, name, info.Size(), was, ErrChanged); err != nil {
		return err
	}
	f, temporary, err := create(root, name)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = root.Remove(temporary)
		}
	}()
	_, err = f.Write(now)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := keepMode(root, temporary, info.Mode().Perm()); err != nil {
		return err
	}
	if err := compare(root, temporary, int64(len(now)), sha256.Sum256(now), ErrWrite); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := compare(root, name, info.Size(), was, ErrChanged); err != nil {
		return err
	}
	if err := root.Rename(temporary, name); err != nil {
		return err
	}
	syncFolder(root, path.Dir(name))
	return nil
}

// create makes a new file beside name.
func create(root *os.Root, name string) (f *os.File, temporary string, err error) {
	for n := range mostNames {
		temporary = fmt.Sprintf("%s.drivercat-%d", name, n)
		if f, err = root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666); !errors.Is(err, fs.ErrExist) {
			return f, temporary, err
		}
	}
	return nil, "", err
}

// compare reads a file and demands its length and digest.
func compare(root *os.Root, name string, length int64, digest [sha256.Size]byte, otherwise error) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if n, err := io.Copy(h, f); err != nil {
		return err
	} else if n != length || [sha256.Size]byte(h.Sum(nil)) != digest {
		return otherwise
	}
	return nil
}

// keepMode sets the permissions. Network shares refuse that, and have their own.
func keepMode(root *os.Root, name string, mode fs.FileMode) error {
	err := root.Chmod(name, mode)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// syncFolder makes the rename durable where the system can do that.
func syncFolder(root *os.Root, name string) {
	f, err := root.Open(name)
	if err != nil {
		return
	}
	_ = f.Sync()
	_ = f.Close()
}
