-- What was appended to a sealed copy later: timestamps and validation data (part 3 of its file). At most once a copy; the
-- entry in the book, and what travels to the warehouse, is the sealed file.
CREATE TABLE augmentation (
  act    INTEGER PRIMARY KEY REFERENCES act,
  length INTEGER NOT NULL CHECK (length > 0),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  level  TEXT NOT NULL,
  at     INTEGER NOT NULL
) STRICT;

-- Every request to a timestamp authority, so that a restart does not fill its budget again.
CREATE TABLE timestamp_request (
  id        INTEGER PRIMARY KEY,
  authority TEXT NOT NULL,
  at        INTEGER NOT NULL
) STRICT;
CREATE INDEX timestamp_request_authority ON timestamp_request (authority, at);

CREATE TRIGGER augmentation_no_update BEFORE UPDATE ON augmentation BEGIN SELECT RAISE(ABORT, 'augmentation is append-only'); END;
CREATE TRIGGER augmentation_no_delete BEFORE DELETE ON augmentation BEGIN SELECT RAISE(ABORT, 'augmentation is append-only'); END;
CREATE TRIGGER timestamp_request_no_update BEFORE UPDATE ON timestamp_request BEGIN SELECT RAISE(ABORT, 'timestamp_request is append-only'); END;
CREATE TRIGGER timestamp_request_no_delete BEFORE DELETE ON timestamp_request BEGIN SELECT RAISE(ABORT, 'timestamp_request is append-only'); END;

-- Only what the agency has sealed is augmented.
CREATE TRIGGER augmentation_needs_entry BEFORE INSERT ON augmentation
WHEN NOT EXISTS (SELECT 1 FROM entry WHERE act = NEW.act AND kind = 1)
BEGIN SELECT RAISE(ABORT, 'only a sealed copy is augmented'); END;
