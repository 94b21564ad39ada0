import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProfileInput } from '@eims/contracts'
import { startDebianPostgres } from '@eims/lab'
import pg from 'pg'
import type { Test } from 'tap'
import {
  createImage,
  createProfile,
  type Db,
  ensureSite,
  finishImage,
  migrate,
  openRegistry,
  type Registry,
  startEmbeddedPostgres,
} from '../src/index.ts'

export interface FreshDatabase {
  url: string
  registry: Registry
  db: Db
  siteId: string
}

/** A folder for a data directory that the account `postgres` may enter; gone when the test ends. */
export async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eims-registry-'))
  await chmod(folder, 0o711)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The embedded one, or Debian's when the environment says EIMS_TEST_DATABASE=external (test/run.ts). */
async function startPostgres(t: Test): Promise<{ url: string }> {
  if (process.env.EIMS_TEST_DATABASE === 'external') {
    const postgres = await startDebianPostgres({ cacheDir: process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims') })
    t.teardown(() => postgres[Symbol.asyncDispose]())
    return postgres
  }
  const postgres = await startEmbeddedPostgres({ dataDir: await temporaryFolder(t) })
  t.teardown(async () => {
    // What it holds is thrown away: no need to write it out in order.
    process.kill(postgres.pid, 'SIGQUIT')
    await postgres.stop()
  })
  return postgres
}

/**
 * A real PostgreSQL for one test file, and in it databases that are clones of one migrated template.
 * At the end it is checked that no test left a transaction open or an advisory lock held.
 */
export async function startDatabases(t: Test): Promise<(t: Test) => Promise<FreshDatabase>> {
  const postgres = await startPostgres(t)
  await migrate({ url: postgres.url })
  const admin = new pg.Client({ connectionString: urlOf(postgres.url, 'postgres') })
  await admin.connect()
  await admin.query('alter role eims set synchronous_commit = off')
  t.teardown(async () => {
    const { rows } = await admin.query(leaks)
    await admin.end()
    if (rows.length > 0) throw new Error(`left behind in the database: ${JSON.stringify(rows)}`)
  })
  let number = 0
  return async (each) => {
    const name = `clone_${++number}`
    await admin.query(`create database ${name} template eims`)
    const url = urlOf(postgres.url, name)
    const registry = openRegistry({ url, poolSize: 10 })
    each.teardown(() => registry.close())
    const { id: siteId } = await ensureSite(registry.db)
    return { url, registry, db: registry.db, siteId }
  }
}

const leaks = `
  select datname, state, query from pg_stat_activity where state like 'idle in transaction%'
  union all select 'lock', locktype, pid::text from pg_locks where locktype = 'advisory'`

export function urlOf(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** A ready image and a profile for it. */
export async function addProfile(db: Db, siteId: string, name = 'debian') {
  const image = await createImage(db, { name: `${name}-image`, architecture: 'x86_64', format: 'raw' })
  const digest = 'a'.repeat(64)
  await finishImage(db, image.id, {
    sourceSha256: digest,
    rawSize: 4096,
    rawSha256: digest,
    manifestSha256: digest,
    frameCount: 1,
    storedSize: 100,
  })
  return createProfile(db, siteId, ProfileInput.parse({ name, image: image.name }))
}
