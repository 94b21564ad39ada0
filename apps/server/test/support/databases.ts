import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDebianPostgres } from '@eims/lab'
import {
  type EmbeddedPostgres,
  ensureSite,
  migrate,
  openRegistry,
  type Registry,
  startEmbeddedPostgres,
} from '@eims/registry'
import type { Test } from 'tap'

export interface Databases {
  /** a database of its own for one test: a clone of one migrated template */
  fresh: (t: Test) => Promise<Registry>
  /** ends PostgreSQL, and with it every connection */
  stop: () => Promise<void>
  /** starts it again on the same data */
  start: () => Promise<void>
}

/** A folder that the account `postgres` may pass through; gone when the test ends. */
export async function temporaryFolder(t: Pick<Test, 'teardown'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eims-server-'))
  await chmod(folder, 0o711)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A real PostgreSQL for one test file. */
export async function startDatabases(t: Test): Promise<Databases> {
  const postgres = await (process.env.EIMS_TEST_DATABASE === 'external' ? external(t) : embedded(t))
  await migrate({ url: postgres.url })
  let number = 0
  return {
    async fresh(each) {
      const name = `clone_${++number}`
      const admin = openRegistry({ url: urlOf(postgres.url, 'postgres'), poolSize: 1 })
      await admin.db.$executeRawUnsafe(`create database ${name} template eims`)
      await admin.close()
      const registry = openRegistry({ url: urlOf(postgres.url, name) })
      each.teardown(() => registry.close())
      await ensureSite(registry.db)
      return registry
    },
    stop: postgres.stop,
    start: postgres.start,
  }
}

interface RunningPostgres {
  url: string
  stop: () => Promise<void>
  start: () => Promise<void>
}

async function embedded(t: Test): Promise<RunningPostgres> {
  const dataDir = await temporaryFolder(t)
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir })
  t.teardown(() => postgres.stop())
  const start = async () => {
    postgres = await startEmbeddedPostgres({ dataDir })
  }
  return { url: postgres.url, stop: () => postgres.stop(), start }
}

/** Debian's, when the environment says EIMS_TEST_DATABASE=external (test/run.ts). */
async function external(t: Test): Promise<RunningPostgres> {
  const postgres = await startDebianPostgres({ cacheDir: process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims') })
  t.teardown(() => postgres[Symbol.asyncDispose]())
  return postgres
}

function urlOf(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
