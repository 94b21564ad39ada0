import { join } from 'node:path'
import { failInterruptedImages, type ServerRow } from '@eims/registry'
import type { Database } from '../database.ts'
import { clearTemp } from '../images/convert.ts'
import { startHousekeeping } from '../images/housekeeping.ts'
import { createImageJobs, type ImageJobs } from '../images/jobs.ts'
import { spaceBeside } from '../images/space.ts'
import { type BlobStore, openBlobStore } from '../images/store.ts'
import type { Given } from './given.ts'

export interface Images {
  store: BlobStore
  jobs: ImageJobs
  /** on the data disk, for what is worked on */
  tempDir: string
}

/** Images on disk and their conversion; what this server had begun before it was stopped is failed and cleared away. */
export async function startImages(
  { config, now, log, database, server }: Given & { database: Database; server: ServerRow },
  ends: AsyncDisposableStack,
): Promise<Images> {
  const { db } = database.registry
  await failInterruptedImages(db, server.id)
  const store = await openBlobStore(config.dataDir)
  const tempDir = join(config.dataDir, 'temp')
  await clearTemp(tempDir)
  const jobs = ends.use(
    createImageJobs({
      db,
      store,
      tempDir,
      imageFolders: config.imageFolders,
      space: spaceBeside(config.keepFree),
      serverId: server.id,
      now,
      log,
    }),
  )
  jobs.findMissingFacts()
  ends.use(startHousekeeping({ db, store, now, log }, jobs.inTurn))
  return { store, jobs, tempDir }
}
