/** 'KNRJ' in the database header: what tells a journal from any other SQLite file. */
export const APPLICATION_ID = 0x4b4e524a
/** In the header as `user_version`. A change of any table, or of the record hash, is a new format. */
export const FORMAT_VERSION = 1

/**
 * The tables, by name, exactly as they stand in `sqlite_schema`: an opened file is compared with this text,
 * so that a damaged schema is found before it is used.
 *
 * `record.prev_hash` is not stored: it is the hash of the row before, or the anchor's. `blob.named_seq` is
 * the last sequence whose append named the blob. `segment` lists the archive files in use, whose records are
 * no rows any more; `archive` holds those files' bytes, in a backup only. `meta` has one row; `seal` is a
 * digest of what stands before it, `settled` counts the ambiguous commits that were settled.
 */
export const SCHEMA: Readonly<Record<string, string>> = {
  record: `CREATE TABLE record (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  timeline INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  wall_ms INTEGER NOT NULL,
  payload BLOB NOT NULL,
  outputs BLOB NOT NULL,
  hash BLOB NOT NULL
)`,
  record_id: 'CREATE UNIQUE INDEX record_id ON record (id)',
  blob: `CREATE TABLE blob (
  key INTEGER PRIMARY KEY,
  named_seq INTEGER NOT NULL,
  digest BLOB NOT NULL,
  bytes BLOB NOT NULL
)`,
  blob_digest: 'CREATE UNIQUE INDEX blob_digest ON blob (digest)',
  checkpoint: `CREATE TABLE checkpoint (
  seq INTEGER PRIMARY KEY,
  state_hash BLOB NOT NULL,
  seal BLOB NOT NULL,
  state BLOB NOT NULL
)`,
  segment: `CREATE TABLE segment (
  from_seq INTEGER PRIMARY KEY,
  to_seq INTEGER NOT NULL,
  last_hash BLOB NOT NULL,
  digest BLOB NOT NULL,
  size_bytes INTEGER NOT NULL
)`,
  archive: `CREATE TABLE archive (
  from_seq INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL
)`,
  meta: `CREATE TABLE meta (
  key INTEGER PRIMARY KEY CHECK (key = 1),
  timeline INTEGER NOT NULL,
  anchor_seq INTEGER NOT NULL,
  anchor_hash BLOB NOT NULL,
  seal BLOB NOT NULL,
  settled INTEGER NOT NULL
)`,
}
