// Package distribute knows distribution points: which types of ConfigMgr 2007 go together on one point, which points a
// client is told of and in which order, what each point should hold after what was sent, what an update sends to each point
// and stores there, and what an export of ConfigMgr says of points. It decides and explains; it sends nothing and talks to no site.
//
// Most of it is pure. Skipped follows the links of a local folder, as layout.CheckShare does; FindDrift looks into points
// through a function that it is handed, eight points at once; HeldOn reads manifests on a tree.
//
// Limits: an export of 64 MiB and 100,000 rows, names of 255 characters. A site of the current branch has 250 points and
// 2,000 that pull; nothing here depends on it.
//
// Out of scope: boundary groups and the fallback between them, which decide in the current branch and are known to the site
// alone; bandwidth; compression on the way to other sites.
package distribute
