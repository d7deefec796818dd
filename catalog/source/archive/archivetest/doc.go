// Package archivetest is the suite that every reader of an archive format must pass. It holds test code only.
package archivetest
