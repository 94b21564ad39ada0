import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'
import { migrate, startEmbeddedPostgres } from '../src/index.ts'
import { temporaryFolder } from './fresh-database.ts'

const migrations = new URL('../../../prisma/migrations/', import.meta.url).pathname

/**
 * A database of the version before a migration (the name of its folder), with `rows` (SQL, times in UTC) in it, brought
 * forward by that migration alone. Ends with the test.
 * @returns what `migrate` applied, and a connection to look with
 */
export async function broughtForward(
  t: Test,
  step: string,
  rows: string,
): Promise<{ applied: string[]; client: pg.Client }> {
  const postgres = await startEmbeddedPostgres({ dataDir: await temporaryFolder(t) })
  t.teardown(() => postgres.stop())
  const directory = await temporaryFolder(t)
  await cp(migrations, directory, { recursive: true, filter: (path) => path.slice(migrations.length) < step })
  await migrate({ url: postgres.url, directory })
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  t.teardown(() => client.end())
  await client.query(`set timezone = 'UTC'; ${rows}`)
  await cp(join(migrations, step), join(directory, step), { recursive: true })
  const { applied } = await migrate({ url: postgres.url, directory })
  return { applied, client }
}
