// Package lint shows what is wrong with INF files.
//
// [Check] gathers the findings of all layers of package inf about one file; [Render] prints a finding for people, with
// the line it is about and carets under the place, aligned under tabs and wide characters too.
//
// Limits: of a line at most 160 columns are shown, around the place. Out of scope in this version: findings that need
// the files beside an INF.
package lint
