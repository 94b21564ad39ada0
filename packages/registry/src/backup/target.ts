import type { Writable } from 'node:stream'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { connectAlone } from '../database/connection.ts'
import {
  applyIn,
  createMigrationTable,
  type Migration,
  PRISMA_MIGRATE_LOCK,
  readMigrations,
} from '../database/migrate.ts'
import { PATIENCE } from '../database/patience.ts'
import { type AfterRestore, settle } from './settle.ts'
import type { BackupSchema } from './source.ts'

/** The database cannot take this backup; nothing was changed. The message is a sentence with the remedy. */
export class RestoreError extends Error {
  override name = 'RestoreError'
}

/** Takes a backup's rows in one transaction: until `commit` the database is as it was. */
export interface BackupTarget extends AsyncDisposable {
  /** the next table; its rows in the text form of COPY. Give each table once, and only those that the schema names */
  into(table: string): Writable & { readonly rowCount: number }
  /** Sequences and foreign keys, the migrations that the backup did not have yet, and then for good. */
  commit(sequences: Record<string, string | null>, choice: { hold: boolean; madeAt: string }): Promise<AfterRestore>
}

/**
 * Empties the database inside a transaction and makes the tables as they were when the backup was made.
 * @param options.force     also when there are nodes, profiles, images, batches or accounts
 * @param options.directory as for migrate
 * @throws RestoreError when the backup is newer than this eims, or the registry is not empty
 */
export async function openBackupTarget(options: {
  url: string
  schema: BackupSchema
  force: boolean
  directory?: string
}): Promise<BackupTarget> {
  const { had, pending } = divide(await readMigrations(options.directory), options.schema.migrations)
  const client = await connect(options.url)
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(${PRISMA_MIGRATE_LOCK})`)
    if (!options.force) await refuseFilled(client)
    const lastEvent = await lastEventId(client)
    await dropTables(client)
    await client.query(createMigrationTable)
    for (const migration of had) await applyIn(client, migration)
    await emptyTables(client)
    const foreignKeys = await takeForeignKeys(client)
    const columns = await columnsOf(client)
    return {
      into: (table) => client.query(copyFrom(copyStatement(table, options.schema.tables, columns))),
      async commit(sequences, choice) {
        await setSequences(client, sequences)
        if (lastEvent !== null) await noEventBefore(client, lastEvent)
        for (const sql of foreignKeys) await client.query(sql)
        for (const migration of pending) await applyIn(client, migration)
        const after = await settle(client, choice)
        await client.query('commit')
        await client.query('analyze')
        return { ...after, migrations: pending.map(({ name }) => name) }
      },
      [Symbol.asyncDispose]: () => client.end(),
    }
  } catch (error) {
    await client.end()
    throw error
  }
}

/** The same refusals without touching anything: before gigabytes are sent. */
export async function refuseRestore(options: Parameters<typeof openBackupTarget>[0]): Promise<void> {
  divide(await readMigrations(options.directory), options.schema.migrations)
  if (options.force) return
  const client = await connect(options.url)
  await refuseFilled(client).finally(() => client.end())
}

const connect = (url: string) =>
  connectAlone({
    connectionString: url,
    application_name: 'eims restore',
    options: '-c timezone=UTC -c datestyle=ISO -c lock_timeout=30000',
    patience: PATIENCE.schema,
  })

/** Pure: our migrations that the backup has had, and the later ones. Throws RestoreError when it had others. */
function divide(ours: Migration[], theirs: BackupSchema['migrations']): { had: Migration[]; pending: Migration[] } {
  for (const [index, { name, checksum }] of theirs.entries()) {
    const mine = ours[index]
    if (mine?.name !== name)
      throw new RestoreError(
        `the backup has had migration ${name}, which this version of eims does not know: it was made by a newer one; restore it with that version`,
      )
    if (mine.checksum !== checksum)
      throw new RestoreError(`the backup has had another migration ${name} than this version of eims brings`)
  }
  if (theirs.length === 0) throw new RestoreError('the backup names no migration of the database')
  return { had: ours.slice(0, theirs.length), pending: ours.slice(theirs.length) }
}

const COUNTED = ['node', 'profile', 'image', 'batch', 'account']

async function refuseFilled(client: pg.Client): Promise<void> {
  const found: string[] = []
  for (const table of COUNTED) {
    const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${table}`)
    if (rows[0]!.n > 0) found.push(`${rows[0]!.n} ${table}${rows[0]!.n > 1 ? 's' : ''}`)
  }
  if (found.length > 0)
    throw new RestoreError(
      `the registry is not empty (${found.join(', ')}); restore into a new data directory or database, or replace all of it with --force`,
    )
}

async function dropTables(client: pg.Client): Promise<void> {
  const tables = await tableNames(client)
  if (tables.length > 0) await client.query(`drop table ${tables.join(', ')} cascade`)
  const { rows } = await client.query<{ name: string }>(
    `select p.oid::regprocedure::text as name from pg_proc p
      where p.pronamespace = current_schema()::regnamespace
        and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')`,
  )
  for (const { name } of rows) await client.query(`drop routine ${name} cascade`)
}

/** What migrations put in themselves is in the backup as well. */
async function emptyTables(client: pg.Client): Promise<void> {
  const tables = (await tableNames(client)).filter((name) => name !== '_prisma_migrations')
  await client.query(`truncate ${tables.join(', ')} cascade`)
}

async function tableNames(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
      where relnamespace = current_schema()::regnamespace and relkind = 'r'`,
  )
  return rows.map(({ name }) => name)
}

/** Two tables refer to each other, so no order of tables would do: the keys are taken away and put back, checked, at the end. */
async function takeForeignKeys(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ table: string; name: string; definition: string }>(
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
       from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`,
  )
  for (const { table, name } of rows)
    await client.query(`alter table ${table} drop constraint ${pg.escapeIdentifier(name)}`)
  return rows.map(
    ({ table, name, definition }) => `alter table ${table} add constraint ${pg.escapeIdentifier(name)} ${definition}`,
  )
}

async function columnsOf(client: pg.Client): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query<{ table: string; name: string }>(
    `select table_name as table, column_name as name from information_schema.columns where table_schema = current_schema()`,
  )
  const tables = new Map<string, Set<string>>()
  for (const { table, name } of rows) tables.set(table, (tables.get(table) ?? new Set()).add(name))
  return tables
}

/** The names come out of a file: only those that the database has get into a statement. */
function copyStatement(table: string, given: BackupSchema['tables'], columns: Map<string, Set<string>>): string {
  const wanted = Object.hasOwn(given, table) ? given[table]! : []
  const there = columns.get(table)
  const stranger = wanted.find((name) => !there?.has(name))
  if (!there || wanted.length === 0 || stranger !== undefined || table === '_prisma_migrations')
    throw new RestoreError(
      `the backup has a table ${table}${stranger ? ` with a column ${stranger}` : ''} that eims does not`,
    )
  return `copy ${pg.escapeIdentifier(table)} (${wanted.map((name) => pg.escapeIdentifier(name)).join(', ')}) from stdin`
}

async function setSequences(client: pg.Client, sequences: Record<string, string | null>): Promise<void> {
  for (const [name, last] of Object.entries(sequences))
    if (last !== null) await client.query('select setval($1::regclass, $2::bigint)', [pg.escapeIdentifier(name), last])
}

async function lastEventId(client: pg.Client): Promise<string | null> {
  const { rows } = await client.query<{ last: string | null }>(
    `select last_value::text as last from pg_sequences where schemaname = current_schema() and sequencename = 'event_id_seq'`,
  )
  return rows[0]?.last ?? null
}

/** Who follows the events goes on behind the last one it had; one with a lower number would never be told. */
const noEventBefore = (client: pg.Client, last: string) =>
  client.query(`select setval('event_id_seq', greatest(last_value, $1::bigint)) from event_id_seq`, [last])
