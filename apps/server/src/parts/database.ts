import { dropExpiredSessions, ensureSite } from '@eims/registry'
import { type Database, openDatabase } from '../database.ts'
import type { Given } from './given.ts'

/** The registry, with a site in it, and without the boot sessions that ran out while nothing served them. */
export async function startDatabase(given: Given, ends: AsyncDisposableStack): Promise<Database> {
  const database = ends.use(await openDatabase(given))
  const { db } = database.registry
  await ensureSite(db)
  await dropExpiredSessions(db)
  return database
}
