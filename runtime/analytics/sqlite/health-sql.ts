import { HEALTH_COLUMN_NAMES, HEALTH_COLUMNS, type HealthColumn } from '../health-columns.ts'
import { type Resolution, RESOLUTION_MS, RESOLUTIONS } from '../health-store.ts'

/** Marks our own file, and its format: another number is begun anew, since nothing is lost by it. */
export const HEALTH_APPLICATION_ID = 0x6b6f_6e68
export const HEALTH_FORMAT = 1

/** Rows of one statement: SQLite takes 32,766 values in one. */
export const ROWS_PER_STATEMENT = 500

export const TABLE: Readonly<Record<Resolution, string>> = {
  '10s': 'health_10s',
  '1m': 'health_1m',
  '1h': 'health_1h',
}

const columns = HEALTH_COLUMN_NAMES.join(', ')

/**
 * A row's key begins with the time: rows of one stretch stand together, so writing one touches few pages,
 * and forgetting the oldest is one range. A node's history asks for its key at each time instead.
 */
export function createTables(): string {
  const tables = RESOLUTIONS.map(
    resolution => `CREATE TABLE ${TABLE[resolution]} (
      at INTEGER NOT NULL, node INTEGER NOT NULL, ${HEALTH_COLUMN_NAMES.map(name => `${name} INTEGER`).join(', ')},
      PRIMARY KEY (at, node)
    ) WITHOUT ROWID;`,
  )
  return `
    ${tables.join('\n')}
    CREATE TABLE node (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last INTEGER NOT NULL);
    CREATE TABLE stretch (
      resolution TEXT NOT NULL, at INTEGER NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY (resolution, at)
    ) WITHOUT ROWID;
    PRAGMA application_id = ${HEALTH_APPLICATION_ID};
    PRAGMA user_version = ${HEALTH_FORMAT};`
}

/** Adds rows of one stretch; what is there already is merged with. */
export function insertRows(rows: number): string {
  const values = Array.from(
    { length: rows },
    () => `(?, ?, ${HEALTH_COLUMN_NAMES.map(() => '?').join(', ')})`,
  )
  return `INSERT INTO health_10s (at, node, ${columns}) VALUES ${values.join(', ')}
    ON CONFLICT (at, node) DO UPDATE SET ${HEALTH_COLUMN_NAMES.map(merged).join(', ')}`
}

/** Rolls the stretches `? <= at < ?` of a resolution up into the next coarser one. Doing it again changes nothing. */
export function rollUp(from: Resolution, to: Resolution): string {
  const lengthS = RESOLUTION_MS[to] / 1_000
  const sums = HEALTH_COLUMN_NAMES.map(name => `${HEALTH_COLUMNS[name]}(${name})`).join(', ')
  return `INSERT OR REPLACE INTO ${TABLE[to]} (at, node, ${columns})
    SELECT at / ${lengthS} * ${lengthS} AS begun, node, ${sums} FROM ${TABLE[from]}
    WHERE at >= ? AND at < ? GROUP BY begun, node`
}

/** Notes how many rows each stretch `? <= at < ?` of a resolution has: what the bound counts. */
export function countRows(resolution: Resolution): string {
  return `INSERT OR REPLACE INTO stretch (resolution, at, rows)
    SELECT '${resolution}', at, count(*) FROM ${TABLE[resolution]} WHERE at >= ? AND at < ? GROUP BY at`
}

/** Rows of node `?` at the times of the JSON array `?`. */
export function selectHistory(resolution: Resolution): string {
  return `SELECT at, ${columns} FROM json_each(?) AS wanted
    JOIN ${TABLE[resolution]} ON at = wanted.value AND node = ? ORDER BY at`
}

function merged(name: HealthColumn): string {
  const [mine, other] = [`health_10s.${name}`, `excluded.${name}`]
  const both =
    HEALTH_COLUMNS[name] === 'sum' ? `${mine} + ${other}` : `${HEALTH_COLUMNS[name]}(${mine}, ${other})`
  return `${name} = coalesce(${both}, ${mine}, ${other})`
}
