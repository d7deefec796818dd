// Package explodetest writes imploded data for the tests of readers. It holds test code only.
package explodetest
