import { join } from 'node:path'
import { type BlobStore, clearTemp, openBlobStore, type Space, spaceBeside } from '@eims/image'
import { failInterruptedImages, type ServerRow } from '@eims/registry'
import type { Database } from '../database.ts'
import { barredAddresses } from '../images/barred-addresses.ts'
import { type NamedImages, namedImages } from '../images/fetch-named.ts'
import { startHousekeeping } from '../images/housekeeping.ts'
import { createImageJobs, type ImageJobs } from '../images/jobs.ts'
import { Siblings } from '../images/siblings.ts'
import { openUploads, type Uploads } from '../images/uploads.ts'
import type { Given } from './given.ts'

export interface Images {
  store: BlobStore
  jobs: ImageJobs
  uploads: Uploads
  named: NamedImages
  /** on the data disk, for what is worked on */
  tempDir: string
  space: Space
  /** the other servers, as far as they have what is lacking here */
  siblings: Siblings
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
  const space = spaceBeside(config.keepFree)
  const jobs = ends.use(
    createImageJobs({
      db,
      store,
      tempDir,
      imageFolders: config.imageFolders,
      space,
      serverId: server.id,
      now,
      log,
    }),
  )
  void jobs.findMissingFacts()
  ends.use(startHousekeeping({ db, store, now, log }, jobs.inTurn))
  const uploads = ends.use(await openUploads({ directory: join(tempDir, 'uploads'), space, jobs, now, log }))
  const named = namedImages({ db, jobs, barred: barredAddresses(), log })
  const siblings = new Siblings({ db, store, space, serverId: server.id, log })
  return { store, jobs, uploads, named, tempDir, space, siblings }
}
