//go:build !linux

package source

func openReader(root string) (folderReader, error) { return openRootReader(root) }
