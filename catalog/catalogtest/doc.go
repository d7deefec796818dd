// Package catalogtest is the suite that every catalog.Store must pass. It goes through the contract only, so that an
// embedded store and one for teams are held to the same answers, down to the order of lists.
//
// It is for tests: nothing that is shipped may import it. Out of scope are speed, and what a store does when its process
// is killed or its disk is full; each store tests those itself.
package catalogtest
