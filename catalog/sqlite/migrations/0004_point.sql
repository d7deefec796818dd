-- Distribution points and groups of them, what was sent where and what is held where.

CREATE TABLE point (
	id         INTEGER PRIMARY KEY,
	name       TEXT NOT NULL COLLATE NOCASE UNIQUE,
	share      TEXT NOT NULL,
	nal        TEXT NOT NULL,
	site       TEXT NOT NULL,
	ad_site    TEXT NOT NULL,
	address    TEXT NOT NULL,
	types      TEXT NOT NULL, -- JSON list
	protected  INTEGER NOT NULL CHECK (protected IN (0, 1)),
	pxe        INTEGER NOT NULL CHECK (pxe IN (0, 1)),
	pull       INTEGER NOT NULL CHECK (pull IN (0, 1)),
	cloud      INTEGER NOT NULL CHECK (cloud IN (0, 1)),
	boundaries TEXT NOT NULL, -- JSON list
	added      INTEGER NOT NULL
) STRICT;

CREATE TABLE point_group (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL COLLATE NOCASE UNIQUE
) STRICT;

CREATE TABLE point_group_member (
	point_group INTEGER NOT NULL REFERENCES point_group (id) ON DELETE CASCADE,
	point       INTEGER NOT NULL REFERENCES point (id) ON DELETE CASCADE,
	added       INTEGER NOT NULL,
	PRIMARY KEY (point_group, point)
) STRICT, WITHOUT ROWID;
CREATE INDEX point_group_member_point ON point_group_member (point);

-- To a point or to a group. A package's folder need not be recorded any more: what a point got, it has.
CREATE TABLE sending (
	id          INTEGER PRIMARY KEY,
	folder      TEXT NOT NULL COLLATE NOCASE,
	point       INTEGER REFERENCES point (id) ON DELETE CASCADE,
	point_group INTEGER REFERENCES point_group (id) ON DELETE CASCADE,
	version     INTEGER NOT NULL CHECK (version > 0),
	sent        INTEGER NOT NULL,
	CHECK ((point IS NULL) <> (point_group IS NULL))
) STRICT;
CREATE UNIQUE INDEX sending_once ON sending (folder, coalesce(point, 0), coalesce(point_group, 0), version, sent);
CREATE INDEX sending_point ON sending (point);
CREATE INDEX sending_group ON sending (point_group);

CREATE TABLE holding (
	folder  TEXT NOT NULL COLLATE NOCASE,
	point   INTEGER NOT NULL REFERENCES point (id) ON DELETE CASCADE,
	version INTEGER NOT NULL CHECK (version > 0),
	known   INTEGER NOT NULL,
	PRIMARY KEY (folder, point)
) STRICT, WITHOUT ROWID;
CREATE INDEX holding_point ON holding (point);
