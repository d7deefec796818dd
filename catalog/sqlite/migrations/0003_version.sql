-- The last versions of packages, and the chunk signatures of the contents in them.

CREATE TABLE version (
	id        INTEGER PRIMARY KEY,
	folder    TEXT NOT NULL COLLATE NOCASE, -- of the package; a version may be kept before its package is
	version   INTEGER NOT NULL,
	manifest  BLOB NOT NULL CHECK (length(manifest) = 32),
	body      BLOB NOT NULL, -- the manifest's bytes, Zstandard
	published INTEGER NOT NULL,
	UNIQUE (folder, version)
) STRICT;

CREATE TABLE version_driver (
	version INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
	n       INTEGER NOT NULL,
	driver  INTEGER NOT NULL REFERENCES driver (id),
	PRIMARY KEY (version, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_driver_driver ON version_driver (driver);

CREATE TABLE content (
	id        INTEGER PRIMARY KEY,
	sha256    BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
	signature BLOB -- NULL until it is made
) STRICT;

CREATE TABLE version_content (
	version INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
	content INTEGER NOT NULL REFERENCES content (id),
	PRIMARY KEY (version, content)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_content_content ON version_content (content);
