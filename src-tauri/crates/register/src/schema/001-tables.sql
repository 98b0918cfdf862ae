-- The store, first schema. Times are Unix milliseconds (UTC); days are yyyymmdd in Vietnam time (+07:00); hashes are SHA-256.
-- Every step of an act is a row of its own table with the act's id; nothing here is updated to take a step.

-- Counts committed transactions: a store put back from an old copy is behind its rollback guard.
CREATE TABLE generation (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  value INTEGER NOT NULL
) STRICT;
INSERT INTO generation VALUES (1, 0);

CREATE TABLE book (
  id           INTEGER PRIMARY KEY,
  office       TEXT NOT NULL,
  symbol       TEXT NOT NULL,
  year         INTEGER NOT NULL,
  first_number INTEGER NOT NULL CHECK (first_number >= 1),
  opened_at    INTEGER NOT NULL,
  UNIQUE (office, symbol, year)
) STRICT;

CREATE TABLE volume (
  book      INTEGER NOT NULL REFERENCES book,
  volume    INTEGER NOT NULL CHECK (volume >= 1),
  opened_at INTEGER NOT NULL,
  PRIMARY KEY (book, volume)
) STRICT, WITHOUT ROWID;

CREATE TABLE book_close (
  book      INTEGER PRIMARY KEY REFERENCES book,
  closed_at INTEGER NOT NULL,
  closed_by TEXT NOT NULL
) STRICT;

-- Step 1: a number is reserved for a copy.
CREATE TABLE act (
  id          INTEGER PRIMARY KEY,
  book        INTEGER NOT NULL REFERENCES book,
  volume      INTEGER NOT NULL,
  number      INTEGER NOT NULL CHECK (number >= 1),
  copy_id     BLOB NOT NULL UNIQUE CHECK (length(copy_id) = 16),
  desk        TEXT NOT NULL,
  reserved_at INTEGER NOT NULL,
  UNIQUE (book, number)
) STRICT;

-- Which acts have neither an act entry nor a void yet. Kept by the two triggers below; small on purpose.
CREATE TABLE open_act (act INTEGER PRIMARY KEY REFERENCES act) STRICT;

-- Step 2: what will be signed is recorded, before any token is asked.
CREATE TABLE prepared (
  act             INTEGER PRIMARY KEY REFERENCES act,
  paper           TEXT NOT NULL,
  pages           INTEGER NOT NULL CHECK (pages >= 1),
  copies          INTEGER NOT NULL CHECK (copies >= 1),
  fee             INTEGER NOT NULL CHECK (fee >= 0),
  signer_name     TEXT NOT NULL,
  signer_title    TEXT NOT NULL,
  statement_day   INTEGER NOT NULL,
  certified_at    INTEGER NOT NULL,
  note            TEXT NOT NULL,
  details         TEXT NOT NULL,
  requester_hash  BLOB NOT NULL CHECK (length(requester_hash) = 32),
  identity_hash   BLOB NOT NULL CHECK (length(identity_hash) = 32),
  unsigned_length INTEGER NOT NULL,
  unsigned_sha256 BLOB NOT NULL CHECK (length(unsigned_sha256) = 32),
  prepared_at     INTEGER NOT NULL
) STRICT;

-- The personal data behind the two hashes of `prepared`. `requester` is a legal column of the book and stays;
-- `identity` (numbers, address) is emptied once the copy is purged: the one update the register allows.
CREATE TABLE personal (
  act       INTEGER PRIMARY KEY REFERENCES prepared,
  salt      BLOB NOT NULL CHECK (length(salt) = 16),
  requester TEXT NOT NULL,
  identity  TEXT
) STRICT;

-- Step 3: the performer has signed.
CREATE TABLE signed (
  act         INTEGER PRIMARY KEY REFERENCES prepared,
  length      INTEGER NOT NULL,
  sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
  certificate BLOB NOT NULL CHECK (length(certificate) = 32),
  signed_at   INTEGER NOT NULL
) STRICT;

-- The upload job of a sealed copy. Its idempotency key is minted with it and never expires.
CREATE TABLE job (
  id        INTEGER PRIMARY KEY REFERENCES act,
  key       BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
  payload   TEXT NOT NULL,
  queued_at INTEGER NOT NULL
) STRICT;

-- Step 4: the register entry, leaf `seq` of the book's tree.
-- Kinds: 1 act, 2 void ("Hủy"), 3 note on an earlier entry, 4 revocation of an act (TT 01/2020 Art 7).
CREATE TABLE entry (
  id          INTEGER PRIMARY KEY,
  book        INTEGER NOT NULL REFERENCES book,
  seq         INTEGER NOT NULL CHECK (seq >= 0),
  kind        INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
  act         INTEGER NOT NULL REFERENCES act,
  day         INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  author      TEXT NOT NULL,
  text        TEXT NOT NULL,
  length      INTEGER,
  sha256      BLOB,
  certificate BLOB,
  file_length INTEGER,
  file_sha256 BLOB,
  job         INTEGER REFERENCES job,
  UNIQUE (book, seq),
  CHECK (kind <> 1 OR (job = act AND length(sha256) = 32 AND length(certificate) = 32 AND length(file_sha256) = 32)),
  CHECK (kind = 1 OR (job IS NULL AND sha256 IS NULL AND certificate IS NULL AND file_sha256 IS NULL))
) STRICT;
CREATE UNIQUE INDEX entry_final ON entry (act) WHERE kind IN (1, 2);
CREATE INDEX entry_later ON entry (act) WHERE kind IN (3, 4);
CREATE INDEX entry_day ON entry (day, book, seq);

-- Hashes of the full subtrees, in the order in which they come to exist.
CREATE TABLE node (
  book INTEGER NOT NULL REFERENCES book,
  pos  INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (book, pos)
) STRICT, WITHOUT ROWID;

-- A day's (or year's) checkpoint with the seal of a token (CMS) or the cosignature of a witness.
CREATE TABLE seal (
  id         INTEGER PRIMARY KEY,
  book       INTEGER NOT NULL REFERENCES book,
  day        INTEGER NOT NULL,
  kind       INTEGER NOT NULL CHECK (kind IN (1, 2)),
  size       INTEGER NOT NULL,
  root       BLOB NOT NULL CHECK (length(root) = 32),
  checkpoint TEXT NOT NULL,
  bytes      BLOB NOT NULL,
  at         INTEGER NOT NULL
) STRICT;

-- The bytes: id = 4 * act + part; part 0 unsigned file, 1 performer's increment, 2 agency's increment.
CREATE TABLE file (
  id    INTEGER PRIMARY KEY,
  act   INTEGER GENERATED ALWAYS AS (id / 4) VIRTUAL,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE purge (
  act INTEGER PRIMARY KEY REFERENCES act,
  by  TEXT NOT NULL,
  at  INTEGER NOT NULL
) STRICT;

-- Kinds: 1 queued, 2 started, 3 progress, 4 interrupted, 5 waiting, 6 held, 7 retried, 8 delivered.
CREATE TABLE job_event (
  id    INTEGER PRIMARY KEY,
  job   INTEGER NOT NULL REFERENCES job,
  kind  INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 8),
  at    INTEGER NOT NULL,
  until INTEGER,
  size  INTEGER,
  class TEXT,
  text  TEXT
) STRICT;
CREATE INDEX job_event_job ON job_event (job, id);

-- Where each undelivered job stands: a summary of its events, so that the queue is read without replaying them.
CREATE TABLE open_job (
  job      INTEGER PRIMARY KEY REFERENCES job,
  state    INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
  due      INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  url      TEXT,
  sent     INTEGER NOT NULL,
  class    TEXT,
  text     TEXT,
  since    INTEGER NOT NULL
) STRICT;

CREATE TABLE receipt (
  job         INTEGER PRIMARY KEY REFERENCES job,
  file_sha256 BLOB NOT NULL CHECK (length(file_sha256) = 32),
  sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
  received_at INTEGER NOT NULL,
  json        TEXT NOT NULL
) STRICT;

-- The copy reached the citizen's data store.
CREATE TABLE handover (
  act INTEGER PRIMARY KEY REFERENCES receipt,
  at  INTEGER NOT NULL,
  how TEXT NOT NULL
) STRICT;

CREATE TABLE draft (
  copy_id  BLOB PRIMARY KEY CHECK (length(copy_id) = 16),
  json     TEXT NOT NULL,
  saved_at INTEGER NOT NULL
) STRICT;
CREATE TABLE attachment (
  id     INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
  bytes  BLOB NOT NULL
) STRICT;
CREATE TABLE draft_attachment (
  copy_id    BLOB NOT NULL REFERENCES draft ON DELETE CASCADE,
  attachment INTEGER NOT NULL REFERENCES attachment,
  PRIMARY KEY (copy_id, attachment)
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_attachment_attachment ON draft_attachment (attachment);

CREATE TABLE access (
  id      INTEGER PRIMARY KEY,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  copy_id BLOB,
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX access_copy ON access (copy_id, id) WHERE copy_id IS NOT NULL;

CREATE TABLE setting (
  id     INTEGER PRIMARY KEY,
  name   TEXT NOT NULL,
  value  TEXT NOT NULL,
  set_at INTEGER NOT NULL
) STRICT;
CREATE INDEX setting_name ON setting (name, id);

-- What happened to the store itself: a restore that was accepted, a guard that was missing.
CREATE TABLE incident (
  id   INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  by   TEXT NOT NULL,
  text TEXT NOT NULL,
  at   INTEGER NOT NULL
) STRICT;

-- Folded words (no diacritics, lower case) of the legal columns; rowid = entry.id. Never an identity number: words
-- cannot be purged from an index.
CREATE VIRTUAL TABLE search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61', detail = none);
