import { ImageManifest } from '@eims/contracts'
import { findK3s, readFacts, storedDisk } from '@eims/image'
import { imagesWithoutFacts, setImageFacts } from '@eims/registry'
import type { HousekeepingParts, InTurn } from './housekeeping.ts'

/**
 * Finds the facts of images that earlier versions made, as far as their pieces are here; what they are made of stays. Each
 * has a turn of its own: an image that is added meanwhile waits for one of them at most.
 */
export async function findMissingFacts(
  { db, store, log }: HousekeepingParts,
  inTurn: InTurn,
  signal: AbortSignal,
): Promise<void> {
  const lookInto = async ({ id, name, manifestSha256 }: Awaited<ReturnType<typeof imagesWithoutFacts>>[number]) => {
    try {
      if (signal.aborted || !(await store.has(manifestSha256))) return
      const manifest = ImageManifest.parse(JSON.parse((await store.read(manifestSha256)).toString('utf8')))
      const disk = storedDisk(manifest, store)
      const facts = await readFacts(disk, manifest.rawSize, signal)
      await setImageFacts(db, id, { ...facts, k3s: await findK3s(disk, manifest.rawSize, signal) })
      log.info({ image: name }, 'looked into an image of an earlier version')
    } catch (err) {
      if (signal.aborted) return
      log.warn({ err, image: name }, 'an image of an earlier version could not be looked into')
    }
  }
  for (const image of await imagesWithoutFacts(db)) await inTurn(() => lookInto(image))
}
