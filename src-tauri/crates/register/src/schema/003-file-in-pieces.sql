-- A computed column that nothing read kept SQLite from giving the bytes of a file out in pieces. It was never stored: no
-- row is written anew.
ALTER TABLE file DROP COLUMN act;
