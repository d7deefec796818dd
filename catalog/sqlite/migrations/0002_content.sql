-- What proves a driver, by which digests its files are known elsewhere, and what an administrator says of it.

ALTER TABLE driver ADD COLUMN signature TEXT NOT NULL DEFAULT ''; -- JSON, '' if unknown

ALTER TABLE driver_file ADD COLUMN sha1 BLOB CHECK (length(sha1) = 20); -- NULL if unknown
ALTER TABLE driver_file ADD COLUMN image TEXT NOT NULL DEFAULT '';      -- JSON of a PE image, '' for other files

-- Kept by the driver's content, so that it outlives the driver's record.
CREATE TABLE driver_setting (
	driver_hash BLOB PRIMARY KEY CHECK (length(driver_hash) = 32),
	setting     TEXT NOT NULL, -- JSON
	changed     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Lists that apply to the whole catalog, such as Microsoft's list of blocked drivers.
CREATE TABLE document (
	name    TEXT PRIMARY KEY,
	body    BLOB NOT NULL,
	changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
