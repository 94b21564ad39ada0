import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { connectAlone } from './connection.ts'
import { PATIENCE } from './patience.ts'

/** prisma migrate takes the same advisory lock, so the two exclude each other. */
export const PRISMA_MIGRATE_LOCK = 72_707_369
const OLDEST_POSTGRES = 14
const migrationsDirectory = fileURLToPath(new URL('../../../../prisma/migrations/', import.meta.url))

export interface Migration {
  name: string
  sql: string
  /** sha256 of the file, as Prisma computes it */
  checksum: string
}

/** The database cannot be brought to this version's schema; the message says why and what to do. */
export class MigrationError extends Error {
  override name = 'MigrationError'
}

/**
 * Brings the database forward to this version's schema: every migration that it has not had, in order,
 * each in a transaction of its own, noted in `_prisma_migrations` exactly as Prisma does.
 * @param options.url       `postgresql://…`
 * @param options.directory where NNNN_name/migration.sql lie (default: prisma/migrations of this repository)
 * @returns the names of those applied now
 * @throws MigrationError when the schema is newer, a file was changed after it was applied, or SQL fails
 */
export async function migrate(options: {
  url: string
  directory?: string
  log?: (line: string) => void
}): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(options.directory)
  const client = await connectAlone({
    connectionString: options.url,
    application_name: 'eims migrate',
    patience: PATIENCE.schema,
  })
  try {
    await refuseOldPostgres(client)
    await client.query(`select pg_advisory_lock(${PRISMA_MIGRATE_LOCK})`)
    await client.query(createMigrationTable)
    const pending = pendingMigrations(migrations, await appliedMigrations(client))
    for (const migration of pending) {
      await apply(client, migration)
      options.log?.(`database: applied migration ${migration.name}`)
    }
    return { applied: pending.map((migration) => migration.name) }
  } finally {
    await client.end()
  }
}

/** Every migration of this version, in order. */
export async function readMigrations(directory: string = migrationsDirectory): Promise<Migration[]> {
  const folders = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const names = folders.map((entry) => entry.name).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

interface AppliedMigration {
  migration_name: string
  checksum: string
  finished_at: Date | null
}

async function appliedMigrations(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `select migration_name, checksum, finished_at from _prisma_migrations
      where rolled_back_at is null order by started_at, migration_name`,
  )
  return rows
}

/** Pure: which of our migrations are to be applied to a database that has had `applied`. */
function pendingMigrations(ours: Migration[], applied: AppliedMigration[]): Migration[] {
  for (const row of applied) {
    const file = ours.find((migration) => migration.name === row.migration_name)
    if (!file)
      throw new MigrationError(
        `The database has had migration ${row.migration_name}, which this version of eims does not know: a newer eims has used it. Start that version again, or give this one a database of its own.`,
      )
    if (row.finished_at === null)
      throw new MigrationError(
        `Migration ${row.migration_name} was begun by another tool and never finished. Restore the database from a backup, or finish it with that tool.`,
      )
    if (row.checksum !== file.checksum)
      throw new MigrationError(
        `The file of migration ${row.migration_name} was changed after it had been applied to this database. Put the released file back; changes to the schema go into a new migration.`,
      )
  }
  const had = new Set(applied.map((row) => row.migration_name))
  const last = applied.at(-1)?.migration_name ?? ''
  const pending = ours.filter((migration) => !had.has(migration.name))
  const late = pending.find((migration) => migration.name < last)
  if (late)
    throw new MigrationError(
      `Migration ${late.name} sorts before ${last}, which the database has had already. Give it a higher number: migrations only go forward.`,
    )
  return pending
}

/** One migration and its note, within the caller's transaction. */
export async function applyIn(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const started = new Date()
  await client.query(sql)
  await client.query(
    `insert into _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
     values ($1, $2, clock_timestamp(), $3, $4, 1)`,
    [randomUUID(), checksum, name, started],
  )
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('begin')
    await applyIn(client, migration)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    const said = error instanceof Error ? error.message : String(error)
    throw new MigrationError(`Migration ${migration.name} failed and left nothing behind: ${said}.`, { cause: error })
  }
}

async function refuseOldPostgres(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int / 10000 as version`,
  )
  const version = rows[0]!.version
  if (version < OLDEST_POSTGRES)
    throw new MigrationError(`The database server is PostgreSQL ${version}; eims needs ${OLDEST_POSTGRES} or newer.`)
}

export const createMigrationTable = `
  create table if not exists _prisma_migrations (
    id                  varchar(36) primary key not null,
    checksum            varchar(64) not null,
    finished_at         timestamptz,
    migration_name      varchar(255) not null,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz not null default now(),
    applied_steps_count integer not null default 0
  )`
