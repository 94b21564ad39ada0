import {
  type Architecture,
  type Image,
  ImageFacts,
  type ImageFormat,
  type ImagePatch,
  imageWarnings,
  ProblemError,
  type Reason,
  shown,
} from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { appendChange } from '../events/changes.ts'
import { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { imageListing } from '../listing/tables.ts'
import { forgetPlanFaults } from '../nodes/plan-fault.ts'
import { byRef, meantBy } from './by-ref.ts'
import { nameTaken, removeUnused, withNameTaken } from './conflicts.ts'

type ImageRow = Prisma.ImageModel

export function imageOfRow(row: ImageRow): Image {
  const facts = ImageFacts.safeParse(row.facts).data ?? null
  const number = (value: bigint | null) => (value === null ? null : Number(value))
  return {
    id: row.id,
    name: row.name,
    architecture: row.architecture as Architecture,
    format: row.format as ImageFormat,
    state: row.state as Image['state'],
    reason: row.reason === null ? null : shown(row.reason as unknown as Reason),
    progress: row.progress,
    sourceSha256: row.sourceSha256,
    sourceUrl: row.sourceUrl,
    rawSize: number(row.rawSize),
    rawSha256: row.rawSha256,
    manifestSha256: row.manifestSha256,
    frameCount: row.frameCount,
    storedSize: number(row.storedSize),
    facts,
    k3sVersion: row.k3sVersion,
    warnings: facts ? imageWarnings(facts, row.architecture as Architecture).map(shown) : [],
    createdAt: row.createdAt.toISOString(),
  }
}

/**
 * Notes an image whose conversion begins (state `converting`). The name of one that failed is free: its row is taken, so
 * that a profile of it gets the new one; not for another architecture than that profile's.
 * @param image.serverId the server that converts it: see failInterruptedImages
 * @param image.takesFailed false: the name of one that failed is taken like any other
 * @throws ProblemError already-exists
 */
export async function createImage(
  db: Db,
  image: {
    name: string
    architecture: Architecture
    format: ImageFormat
    serverId?: string | undefined
    sourceUrl?: string | undefined
    takesFailed?: boolean | undefined
  },
): Promise<Image> {
  const { serverId = null, sourceUrl = null, takesFailed = true, ...rest } = image
  return withNameTaken('an image', image.name, () =>
    db.$transaction(async (tx) => {
      const begun = { ...rest, serverId, sourceUrl, state: 'converting', facts: Prisma.DbNull, k3sVersion: null }
      const [again] = takesFailed
        ? await tx.image.updateManyAndReturn({
            where: {
              name: image.name,
              state: 'failed',
              OR: [{ architecture: image.architecture }, { profiles: { none: {} } }],
            },
            data: { ...begun, progress: 0, reason: Prisma.DbNull, createdAt: new Date() },
          })
        : []
      const made = again ?? (await tx.image.create({ data: { id: newId(), ...begun } }))
      await appendChange(tx, 'image.created', made)
      await forgetPlanFaults(tx)
      return imageOfRow(made)
    }),
  )
}

/** Before an image's file is sent: throws `already-exists` for a name that `createImage` would refuse. */
export async function checkImageName(db: Db, name: string): Promise<void> {
  const taken = await db.image.findFirst({ where: { name, state: { not: 'failed' } }, select: { id: true } })
  if (taken) throw nameTaken('an image', name)
}

/** It only grows, in whatever order two notes of it arrive. @param progress 0 to 1 */
export async function setImageProgress(db: Db, id: string, progress: number): Promise<void> {
  await db.$executeRaw`update image set progress = greatest(progress, ${progress}) where id = ${id} and state = 'converting'`
}

interface MadeImage {
  format?: ImageFormat
  sourceSha256: string
  rawSize: number
  rawSha256: string
  manifestSha256: string
  frameCount: number
  storedSize: number
  facts?: ImageFacts
}

/** The conversion is done: the image is `ready` and can be used. @throws ProblemError not-found when it was deleted meanwhile */
export async function finishImage(db: Db, id: string, made: MadeImage): Promise<Image> {
  return db.$transaction(async (tx) => {
    const { count } = await tx.image.updateMany({
      where: { id },
      data: { ...made, state: 'ready', progress: 1, reason: Prisma.DbNull },
    })
    if (count === 0) throw new ProblemError('not-found', `The image ${id} was removed while it was converted.`)
    const image = await getImage(tx, id)
    await appendChange(tx, 'image.ready', image)
    await forgetPlanFaults(tx)
    return image
  })
}

export async function failImage(db: Db, id: string, reason: Reason): Promise<void> {
  await db.$transaction(async (tx) => {
    const rows = await tx.$queryRaw<{ id: string; name: string }[]>`
      update image set state = 'failed', reason = ${JSON.stringify(reason)}::jsonb where id = ${id} and state = 'converting' returning id, name`
    for (const image of rows) await appendChange(tx, 'image.failed', image)
    if (rows.length > 0) await forgetPlanFaults(tx)
  })
}

/**
 * At the start of a server: the conversions that its last life left unfinished become `failed`.
 * @param serverId its id; those of other servers go on. Without it, those that name no server.
 * @returns the images' names
 */
export async function failInterruptedImages(db: Db, serverId?: string): Promise<string[]> {
  const reason: Reason = { code: 'conversion-interrupted', slots: {} }
  return db.$transaction(async (tx) => {
    const rows = await tx.$queryRaw<{ id: string; name: string }[]>`
      update image set state = 'failed', reason = ${JSON.stringify(reason)}::jsonb
       where state = 'converting' and server_id is not distinct from ${serverId ?? null} returning id, name`
    for (const image of rows) await appendChange(tx, 'image.failed', image)
    return rows.map((row) => row.name)
  })
}

/** By id or name. @throws ProblemError not-found */
export async function getImage(db: Db, ref: string): Promise<Image> {
  return imageOfRow(await meantBy(db, ref, await db.image.findMany({ where: byRef(ref) }), 'image'))
}

/** The images that were published there (each as `publishedAt` writes it), newest first. */
export async function imagesFrom(db: Db, sourceUrls: string[]): Promise<Image[]> {
  const rows = await db.image.findMany({ where: { sourceUrl: { in: sourceUrls } }, orderBy: { createdAt: 'desc' } })
  return rows.map(imageOfRow)
}

/** Oldest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listImages(db: Db, page: Page): Promise<Listed<Image>> {
  const found = await listIds(db, imageListing, page)
  const rows = await db.image.findMany({ where: { id: { in: found.ids } } })
  return listed(found, rows, (row) => row.id, imageOfRow)
}

/** What a person says of an image. @throws ProblemError not-found */
export async function patchImage(tx: Db, ref: string, { k3sVersion }: ImagePatch): Promise<Image> {
  const { id } = await getImage(tx, ref)
  const after = await tx.image.update({ where: { id }, data: { k3sVersion } })
  await appendChange(tx, 'image.changed', after)
  await forgetPlanFaults(tx)
  return imageOfRow(after)
}

/** Ready images into which an earlier version did not look, or not for everything. */
export async function imagesWithoutFacts(db: Db): Promise<{ id: string; name: string; manifestSha256: string }[]> {
  return db.$queryRaw`
    select id, name, manifest_sha256 as "manifestSha256" from image
     where state = 'ready' and manifest_sha256 is not null and facts->'archive' is null
       and (facts->'k3s' is null or jsonb_typeof(facts->'esp'->'loaders') = 'array' and facts->'esp'->'signed' is null)
     order by created_at`
}

export async function setImageFacts(db: Db, id: string, facts: ImageFacts): Promise<void> {
  await db.image.updateMany({ where: { id }, data: { facts } })
}

/** Names of the images whose conversion failed and that no profile uses. */
export async function unusedFailedImages(db: Db): Promise<string[]> {
  const rows = await db.image.findMany({
    where: { state: 'failed', profiles: { none: {} } },
    select: { name: true },
    orderBy: { name: 'asc' },
  })
  return rows.map(({ name }) => name)
}

/** @throws ProblemError not-found; in-use, naming the profiles, or the addons that it is the archive of */
export async function deleteImage(db: Db, ref: string): Promise<void> {
  const { id, name } = await getImage(db, ref)
  const addon = await db.addon.findUnique({ where: { imageId: id }, select: { name: true } })
  if (addon) throw new ProblemError('in-use', `Image ${name} is the archive of the addons ${addon.name}. Delete those.`)
  const profiles = await db.profile.findMany({ where: { imageId: id }, select: { name: true }, take: 5 })
  await removeUnused(`Image ${name}`, 'profile', profiles, () =>
    db.$transaction(async (tx) => {
      const { count } = await tx.image.deleteMany({ where: { id } })
      if (count > 0) await appendChange(tx, 'image.deleted', { id, name })
    }),
  )
}
