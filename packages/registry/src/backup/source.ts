import type { Readable } from 'node:stream'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { connectAlone } from '../database/connection.ts'
import { PATIENCE } from '../database/patience.ts'

/** What stands in a backup about the database that it was made of, before the rows. */
export interface BackupSchema {
  /** every migration the database has had, in order, as `_prisma_migrations` has them */
  migrations: { name: string; checksum: string }[]
  /** the columns of each table, in the order of the rows' fields */
  tables: Record<string, string[]>
}

/** One moment of the whole database; others go on writing meanwhile. */
export interface BackupSource extends AsyncDisposable {
  schema: BackupSchema
  site: { id: string; name: string }
  /** digests of the manifests that images name */
  imageManifests: string[]
  /** a table's rows in the text form of COPY, which every PostgreSQL reads */
  rows(table: string): Readable
  /** the last number each sequence gave out; null: none yet. Read when asked for, so it is at least that of the rows */
  sequences(): Promise<Record<string, string | null>>
}

/** @param url `postgresql://…`; a connection of its own stays open until it is disposed of */
export async function openBackupSource(url: string): Promise<BackupSource> {
  const client = await connectAlone({
    connectionString: url,
    application_name: 'eims backup',
    patience: PATIENCE.bulk,
    options: '-c timezone=UTC -c datestyle=ISO -c extra_float_digits=3',
  })
  try {
    await client.query('begin isolation level repeatable read read only')
    const read = async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows
    const migrations = await read<{ name: string; checksum: string }>(
      'select migration_name as name, checksum from _prisma_migrations where rolled_back_at is null order by migration_name',
    )
    const tables = Object.fromEntries(
      (await read<{ name: string; columns: string[] }>(columnsOfTables)).map(({ name, columns }) => [name, columns]),
    )
    const [site] = await read<{ id: string; name: string }>('select id, name from site')
    const images = await read<{ digest: string }>(
      'select distinct manifest_sha256 as digest from image where manifest_sha256 is not null order by 1',
    )
    return {
      schema: { migrations, tables },
      site: site!,
      imageManifests: images.map(({ digest }) => digest),
      rows: (table) => client.query(copyTo(`copy ${named(table)} (${tables[table]!.map(named).join(', ')}) to stdout`)),
      async sequences() {
        const rows = await read<{ name: string; last: string | null }>(lastNumbers)
        return Object.fromEntries(rows.map(({ name, last }) => [name, last]))
      },
      [Symbol.asyncDispose]: () => client.end(),
    }
  } catch (error) {
    await client.end()
    throw error
  }
}

const named = (name: string) => pg.escapeIdentifier(name)

const columnsOfTables = `
  select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
   where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
     and c.relname <> '_prisma_migrations' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
   group by c.relname order by c.relname`

const lastNumbers = `
  select sequencename as name, last_value::text as last from pg_sequences where schemaname = current_schema() order by 1`
