import type { Addon, Image } from '@eims/contracts'
import {
  audit,
  createAddon,
  type Db,
  deleteAddon,
  deleteImage,
  ensureSite,
  getAddon,
  getImage,
  listAddons,
  replaceAddon,
} from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import type { Engine } from '../engine/engine.ts'
import type { ImageJobs } from '../images/jobs.ts'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

/** A set and the image that is its archive go together: what a set no longer has is removed with its pieces. */
export function addonRoutes(app: FastifyInstance, { registry, waits }: Engine, jobs: Pick<ImageJobs, 'forget'>): void {
  const { db } = registry
  serve(app, 'listAddons', ({ query }) => listAddons(db, query))
  serve(app, 'getAddon', ({ params }) => getAddon(db, params.id))
  serve(app, 'addAddon', ({ body, request: { actor } }) =>
    registry.transaction(async (tx) => {
      const addon = await createAddon(tx, (await ensureSite(tx)).id, body)
      await audit(tx, { actor, action: 'addon.add', of: addon, after: addon })
      return addon
    }),
  )
  serve(app, 'putAddon', async ({ params, body, request }) => {
    const { after, gone } = await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'addon', params.id)
      const before = await getAddon(tx, params.id)
      const after = await replaceAddon(tx, before.id, body)
      const gone = after.image === before.image ? null : await withoutImage(tx, before)
      await audit(tx, { actor: request.actor, action: 'addon.replace', of: after, before, after })
      return { after, gone }
    })
    if (gone) await jobs.forget(gone)
    waits.wakeAll()
    return after
  })
  serve(app, 'deleteAddon', async ({ params, request }) => {
    const gone = await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'addon', params.id)
      const before = await deleteAddon(tx, params.id)
      await audit(tx, { actor: request.actor, action: 'addon.delete', of: before, before })
      return await withoutImage(tx, before)
    })
    await jobs.forget(gone)
    return null
  })
}

async function withoutImage(tx: Db, { image: name }: Addon): Promise<Image> {
  const image = await getImage(tx, name)
  await deleteImage(tx, image.id)
  return image
}
