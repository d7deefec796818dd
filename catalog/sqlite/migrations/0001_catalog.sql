-- The catalog's first schema. Hashes are blobs, times are nanoseconds since 1970 (0: none), architectures a set of bits:
-- x86 1, amd64 2, arm64 4, ia64 8, arm 16. An n counts from 0 and keeps the order in which a list was given.

CREATE TABLE model (
	id   INTEGER PRIMARY KEY,
	make TEXT NOT NULL, -- '' until it is known
	name TEXT NOT NULL COLLATE NOCASE UNIQUE
) STRICT;

-- People write a source's ID down, so it is never given to another source.
CREATE TABLE source (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	model    INTEGER NOT NULL REFERENCES model (id),
	target   TEXT NOT NULL, -- 'win10-x64'
	location TEXT NOT NULL,
	adopted  INTEGER NOT NULL CHECK (adopted IN (0, 1)),
	origin   TEXT NOT NULL DEFAULT '',
	imported INTEGER NOT NULL DEFAULT 0,
	revision INTEGER NOT NULL DEFAULT 0,
	files    INTEGER NOT NULL DEFAULT 0, -- this and the counters below are derived when a transaction commits
	bytes    INTEGER NOT NULL DEFAULT 0,
	nice     INTEGER NOT NULL DEFAULT 0,
	bad      INTEGER NOT NULL DEFAULT 0,
	broken   INTEGER NOT NULL DEFAULT 0,
	problems INTEGER NOT NULL DEFAULT 0,
	UNIQUE (model, target, location, adopted)
) STRICT;
CREATE INDEX source_location ON source (location);

CREATE TABLE source_folder (
	source      INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
	path        TEXT NOT NULL,
	fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16),
	PRIMARY KEY (source, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_file (
	source  INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
	path    TEXT NOT NULL,
	size    INTEGER NOT NULL,
	mtime   INTEGER NOT NULL,
	sha256  BLOB, -- NULL if the file could not be read
	state   TEXT NOT NULL,
	why     TEXT NOT NULL,
	detail  TEXT NOT NULL,
	problem INTEGER NOT NULL CHECK (problem IN (0, 1)),
	PRIMARY KEY (source, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_installer (
	source INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
	path   TEXT NOT NULL,
	info   TEXT NOT NULL, -- JSON
	PRIMARY KEY (source, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_installer_redundant (
	source INTEGER NOT NULL,
	path   TEXT NOT NULL,
	n      INTEGER NOT NULL,
	inf    TEXT NOT NULL, -- path of a driver's INF that makes the installer redundant
	PRIMARY KEY (source, path, n),
	FOREIGN KEY (source, path) REFERENCES source_installer (source, path) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE inf (
	id         INTEGER PRIMARY KEY,
	sha256     BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
	revision   INTEGER NOT NULL,
	kind       TEXT NOT NULL,
	encoding   TEXT NOT NULL,
	class      TEXT NOT NULL,
	class_guid TEXT NOT NULL,
	provider   TEXT NOT NULL,
	date       TEXT NOT NULL,
	version    TEXT NOT NULL,
	id_rows    INTEGER NOT NULL, -- rows of hardware_id
	ids        INTEGER NOT NULL  -- distinct ones
) STRICT;

CREATE TABLE inf_models (
	inf          INTEGER NOT NULL REFERENCES inf (id) ON DELETE CASCADE,
	n            INTEGER NOT NULL,
	manufacturer TEXT NOT NULL,
	man_line     INTEGER NOT NULL,
	name         TEXT NOT NULL,
	decoration   TEXT NOT NULL,
	listed       INTEGER NOT NULL,
	defined      INTEGER NOT NULL,
	entries      INTEGER NOT NULL,
	line         INTEGER NOT NULL,
	PRIMARY KEY (inf, n)
) STRICT, WITHOUT ROWID;

-- The rows of an INF are inf << 24 and those after it, ordered by section, entry and position. Such a key is appended to
-- a table faster than the four columns it stands for, and the index on id repeats it in less space. It cannot be a
-- foreign key, so a trigger keeps the two tables together.
CREATE TABLE hardware_id (
	row         INTEGER PRIMARY KEY, -- inf << 24 | n
	section     INTEGER NOT NULL,    -- inf_models.n: the decoration it stands under
	entry       INTEGER NOT NULL,
	position    INTEGER NOT NULL,    -- 0 is the hardware ID, 1 and on are compatible IDs
	id          TEXT NOT NULL,       -- upper case
	description TEXT                 -- NULL if it is that of the row before
) STRICT;
CREATE INDEX hardware_id_id ON hardware_id (id);
CREATE TRIGGER inf_deleted AFTER DELETE ON inf BEGIN
	DELETE FROM hardware_id WHERE row >= OLD.id << 24 AND row < (OLD.id + 1) << 24;
END;

CREATE TABLE driver (
	id        INTEGER PRIMARY KEY,
	hash      BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
	revision  INTEGER NOT NULL,
	spelling  BLOB NOT NULL, -- orders records of one content, so that the same one is kept whatever is imported first
	name      TEXT NOT NULL,
	verdict   TEXT NOT NULL,
	inf       INTEGER REFERENCES inf (id), -- NULL for a setup program
	complete  INTEGER NOT NULL,
	unsigned  INTEGER NOT NULL,
	installer TEXT NOT NULL, -- JSON, '' for an INF driver
	files     INTEGER NOT NULL,
	bytes     INTEGER NOT NULL,
	class     TEXT NOT NULL, -- this and the columns below repeat the INF, since drivers are listed in their order
	provider  TEXT NOT NULL,
	date      TEXT NOT NULL,
	version   TEXT NOT NULL
) STRICT;
CREATE INDEX driver_inf ON driver (inf);
CREATE INDEX driver_list ON driver (class COLLATE NOCASE, class, provider COLLATE NOCASE, provider, name COLLATE NOCASE, name, hash);

CREATE TABLE driver_reason (
	driver    INTEGER NOT NULL REFERENCES driver (id) ON DELETE CASCADE,
	n         INTEGER NOT NULL,
	code      TEXT NOT NULL,
	level     TEXT NOT NULL,
	text      TEXT NOT NULL,
	path      TEXT NOT NULL,
	line      INTEGER NOT NULL,
	col       INTEGER NOT NULL,
	offset    INTEGER NOT NULL,
	signature TEXT NOT NULL,
	PRIMARY KEY (driver, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE driver_file (
	driver INTEGER NOT NULL REFERENCES driver (id) ON DELETE CASCADE,
	n      INTEGER NOT NULL,
	path   TEXT NOT NULL,
	size   INTEGER NOT NULL,
	sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
	role   TEXT NOT NULL,
	arches INTEGER NOT NULL,
	PRIMARY KEY (driver, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE driver_missing (
	driver    INTEGER NOT NULL REFERENCES driver (id) ON DELETE CASCADE,
	n         INTEGER NOT NULL,
	path      TEXT NOT NULL,
	arches    INTEGER NOT NULL,
	sections  TEXT NOT NULL, -- JSON list of inf_models.n, '' if none
	role      TEXT NOT NULL,
	at_path   TEXT NOT NULL,
	line      INTEGER NOT NULL,
	col       INTEGER NOT NULL,
	offset    INTEGER NOT NULL,
	signature TEXT NOT NULL,
	PRIMARY KEY (driver, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_driver (
	source INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
	path   TEXT NOT NULL,
	driver INTEGER NOT NULL REFERENCES driver (id),
	PRIMARY KEY (source, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_driver_driver ON source_driver (driver, source);

CREATE TABLE package (
	id        INTEGER PRIMARY KEY,
	model     INTEGER NOT NULL REFERENCES model (id),
	target    TEXT NOT NULL,
	kind      TEXT NOT NULL,
	folder    TEXT NOT NULL COLLATE NOCASE UNIQUE, -- shares ignore case
	version   INTEGER NOT NULL,
	manifest  BLOB NOT NULL CHECK (length(manifest) = 32),
	files     INTEGER NOT NULL,
	bytes     INTEGER NOT NULL,
	published INTEGER NOT NULL
) STRICT;
CREATE INDEX package_model ON package (model);

CREATE TABLE package_driver (
	package INTEGER NOT NULL REFERENCES package (id) ON DELETE CASCADE,
	n       INTEGER NOT NULL,
	driver  INTEGER NOT NULL REFERENCES driver (id),
	PRIMARY KEY (package, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX package_driver_driver ON package_driver (driver);
