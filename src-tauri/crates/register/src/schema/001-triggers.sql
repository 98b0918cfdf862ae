-- What keeps the tables above append-only. REPLACE counts as a delete (recursive_triggers is on).
CREATE TRIGGER book_no_update BEFORE UPDATE ON book BEGIN SELECT RAISE(ABORT, 'book is append-only'); END;
CREATE TRIGGER book_no_delete BEFORE DELETE ON book BEGIN SELECT RAISE(ABORT, 'book is append-only'); END;
CREATE TRIGGER volume_no_update BEFORE UPDATE ON volume BEGIN SELECT RAISE(ABORT, 'volume is append-only'); END;
CREATE TRIGGER volume_no_delete BEFORE DELETE ON volume BEGIN SELECT RAISE(ABORT, 'volume is append-only'); END;
CREATE TRIGGER book_close_no_update BEFORE UPDATE ON book_close BEGIN SELECT RAISE(ABORT, 'book_close is append-only'); END;
CREATE TRIGGER book_close_no_delete BEFORE DELETE ON book_close BEGIN SELECT RAISE(ABORT, 'book_close is append-only'); END;
CREATE TRIGGER act_no_update BEFORE UPDATE ON act BEGIN SELECT RAISE(ABORT, 'act is append-only'); END;
CREATE TRIGGER act_no_delete BEFORE DELETE ON act BEGIN SELECT RAISE(ABORT, 'act is append-only'); END;
CREATE TRIGGER prepared_no_update BEFORE UPDATE ON prepared BEGIN SELECT RAISE(ABORT, 'prepared is append-only'); END;
CREATE TRIGGER prepared_no_delete BEFORE DELETE ON prepared BEGIN SELECT RAISE(ABORT, 'prepared is append-only'); END;
CREATE TRIGGER signed_no_update BEFORE UPDATE ON signed BEGIN SELECT RAISE(ABORT, 'signed is append-only'); END;
CREATE TRIGGER signed_no_delete BEFORE DELETE ON signed BEGIN SELECT RAISE(ABORT, 'signed is append-only'); END;
CREATE TRIGGER job_no_update BEFORE UPDATE ON job BEGIN SELECT RAISE(ABORT, 'job is append-only'); END;
CREATE TRIGGER job_no_delete BEFORE DELETE ON job BEGIN SELECT RAISE(ABORT, 'job is append-only'); END;
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END;
CREATE TRIGGER node_no_update BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT, 'node is append-only'); END;
CREATE TRIGGER node_no_delete BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, 'node is append-only'); END;
CREATE TRIGGER seal_no_update BEFORE UPDATE ON seal BEGIN SELECT RAISE(ABORT, 'seal is append-only'); END;
CREATE TRIGGER seal_no_delete BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT, 'seal is append-only'); END;
CREATE TRIGGER job_event_no_update BEFORE UPDATE ON job_event BEGIN SELECT RAISE(ABORT, 'job_event is append-only'); END;
CREATE TRIGGER job_event_no_delete BEFORE DELETE ON job_event BEGIN SELECT RAISE(ABORT, 'job_event is append-only'); END;
CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt BEGIN SELECT RAISE(ABORT, 'receipt is append-only'); END;
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt BEGIN SELECT RAISE(ABORT, 'receipt is append-only'); END;
CREATE TRIGGER handover_no_update BEFORE UPDATE ON handover BEGIN SELECT RAISE(ABORT, 'handover is append-only'); END;
CREATE TRIGGER handover_no_delete BEFORE DELETE ON handover BEGIN SELECT RAISE(ABORT, 'handover is append-only'); END;
CREATE TRIGGER purge_no_update BEFORE UPDATE ON purge BEGIN SELECT RAISE(ABORT, 'purge is append-only'); END;
CREATE TRIGGER purge_no_delete BEFORE DELETE ON purge BEGIN SELECT RAISE(ABORT, 'purge is append-only'); END;
CREATE TRIGGER access_no_update BEFORE UPDATE ON access BEGIN SELECT RAISE(ABORT, 'access is append-only'); END;
CREATE TRIGGER access_no_delete BEFORE DELETE ON access BEGIN SELECT RAISE(ABORT, 'access is append-only'); END;
CREATE TRIGGER setting_no_update BEFORE UPDATE ON setting BEGIN SELECT RAISE(ABORT, 'setting is append-only'); END;
CREATE TRIGGER setting_no_delete BEFORE DELETE ON setting BEGIN SELECT RAISE(ABORT, 'setting is append-only'); END;
CREATE TRIGGER incident_no_update BEFORE UPDATE ON incident BEGIN SELECT RAISE(ABORT, 'incident is append-only'); END;
CREATE TRIGGER incident_no_delete BEFORE DELETE ON incident BEGIN SELECT RAISE(ABORT, 'incident is append-only'); END;

-- Personal data: only `identity` may be emptied, and only after the purge of its copy was recorded.
CREATE TRIGGER personal_no_delete BEFORE DELETE ON personal BEGIN SELECT RAISE(ABORT, 'personal is append-only'); END;
CREATE TRIGGER personal_erase_only BEFORE UPDATE ON personal
WHEN NEW.identity IS NOT NULL OR NEW.act IS NOT OLD.act OR NEW.salt IS NOT OLD.salt OR NEW.requester IS NOT OLD.requester
  OR NOT EXISTS (SELECT 1 FROM purge WHERE act = OLD.act)
BEGIN SELECT RAISE(ABORT, 'personal data is erased only by a purge'); END;

-- Bytes: never changed; deleted only after the purge of their copy was recorded.
CREATE TRIGGER file_no_update BEFORE UPDATE ON file BEGIN SELECT RAISE(ABORT, 'file is append-only'); END;
CREATE TRIGGER file_purge_only BEFORE DELETE ON file WHEN NOT EXISTS (SELECT 1 FROM purge WHERE act = OLD.id / 4)
BEGIN SELECT RAISE(ABORT, 'a file is freed only by a purge'); END;

-- A copy is purged only on the warehouse's receipt, or when its number was voided.
CREATE TRIGGER purge_needs_receipt BEFORE INSERT ON purge
WHEN NOT EXISTS (SELECT 1 FROM receipt WHERE job = NEW.act) AND NOT EXISTS (SELECT 1 FROM entry WHERE act = NEW.act AND kind = 2)
BEGIN SELECT RAISE(ABORT, 'no receipt: nothing is freed'); END;

-- An act entry needs the performer's signature; later entries need the entry they speak of.
CREATE TRIGGER entry_needs_signature BEFORE INSERT ON entry
WHEN NEW.kind = 1 AND NOT EXISTS (SELECT 1 FROM signed WHERE act = NEW.act)
BEGIN SELECT RAISE(ABORT, 'the agency seals only what the performer has signed'); END;
CREATE TRIGGER entry_needs_act BEFORE INSERT ON entry
WHEN NEW.kind IN (3, 4) AND NOT EXISTS (SELECT 1 FROM entry WHERE act = NEW.act AND kind IN (1, 2))
BEGIN SELECT RAISE(ABORT, 'a later entry speaks of an earlier one'); END;

-- Attachments are immutable; they leave with the last draft that holds them.
CREATE TRIGGER attachment_no_update BEFORE UPDATE ON attachment BEGIN SELECT RAISE(ABORT, 'an attachment never changes'); END;

-- open_act follows the acts and their entries.
CREATE TRIGGER act_opens AFTER INSERT ON act BEGIN INSERT INTO open_act VALUES (NEW.id); END;
CREATE TRIGGER entry_closes AFTER INSERT ON entry WHEN NEW.kind IN (1, 2)
BEGIN DELETE FROM open_act WHERE act = NEW.act; END;
