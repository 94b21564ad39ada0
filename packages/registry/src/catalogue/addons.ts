import {
  type Addon,
  type AddonInput,
  type Architecture,
  ImageFacts,
  ProblemError,
  type ProfileInput,
} from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { keepRow } from '../database/row-lock.ts'
import type { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { addonListing } from '../listing/tables.ts'
import { byRef, meantBy } from './by-ref.ts'
import { removeUnused, withNameTaken } from './conflicts.ts'
import { orMeant } from './meant.ts'

const MOST_SHOWN = 20
const withParts = {
  image: true,
  profiles: {
    select: { profile: { select: { name: true } } },
    orderBy: { profile: { name: 'asc' } },
    take: MOST_SHOWN,
  },
} as const
type AddonRow = Prisma.AddonGetPayload<{ include: typeof withParts }>

const addonOf = ({ image, profiles, ...row }: AddonRow): Addon => ({
  id: row.id,
  name: row.name,
  version: row.version,
  note: row.note,
  image: image.name,
  architecture: image.architecture as Architecture,
  sha256: image.sourceSha256 ?? '',
  size: Number(image.rawSize),
  storedSize: Number(image.storedSize),
  files: ImageFacts.safeParse(image.facts).data?.addons ?? [],
  profiles: profiles.map(({ profile }) => profile.name),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
})

const refusal = (path: string, message: string) =>
  new ProblemError('invalid-input', `${path} ${message}`, [{ path, message }])

/** The id of a ready archive that no other set has. @throws ProblemError invalid-input, wrong-state, in-use */
async function archiveOf(db: Db, name: string, own: string | null): Promise<string> {
  const image = await db.image.findUnique({ where: { name }, include: { addon: { select: { id: true, name: true } } } })
  if (!image || !(await keepRow(db, 'image', image)))
    throw refusal(
      'body.image',
      `names the image ${name}, which does not exist${(await orMeant(db, 'image', name)) || '.'}`,
    )
  if (image.state !== 'ready')
    throw new ProblemError('wrong-state', `Image ${name} is ${image.state}: wait until it is ready, or send it again.`)
  if (!ImageFacts.safeParse(image.facts).data?.addons)
    throw refusal('body.image', `names ${name}, which is no archive of addons: send it with the format addons`)
  if (image.addon && image.addon.id !== own)
    throw new ProblemError('in-use', `Image ${name} is the archive of the addons ${image.addon.name}.`)
  return image.id
}

/** @throws ProblemError already-exists, invalid-input, wrong-state, in-use */
export async function createAddon(db: Db, siteId: string, { name, image, note }: AddonInput): Promise<Addon> {
  const imageId = await archiveOf(db, image, null)
  return withNameTaken('a set of addons', name, async () =>
    addonOf(await db.addon.create({ data: { id: newId(), siteId, name, note, imageId }, include: withParts })),
  )
}

/**
 * Another archive is another version; of the former one nothing refers to its image any more, which is the caller's to remove.
 * Runs already made keep what they were made with.
 * @throws ProblemError not-found, already-exists, invalid-input, wrong-state, in-use
 */
export async function replaceAddon(db: Db, ref: string, { name, image, note }: AddonInput): Promise<Addon> {
  const row = await findRow(db, ref)
  const imageId = await archiveOf(db, image, row.id)
  const other = await db.image.findUnique({ where: { id: imageId }, select: { architecture: true } })
  if (other?.architecture !== row.image.architecture && row.profiles.length > 0)
    throw refusal(
      'body.image',
      `is for ${other?.architecture}, and profiles for ${row.image.architecture} have these addons.`,
    )
  const version = row.version + (imageId === row.imageId ? 0 : 1)
  return withNameTaken('a set of addons', name, async () =>
    addonOf(
      await db.addon.update({ where: { id: row.id }, data: { name, note, imageId, version }, include: withParts }),
    ),
  )
}

async function findRow(db: Db, ref: string): Promise<AddonRow> {
  return await meantBy(db, ref, await db.addon.findMany({ where: byRef(ref), include: withParts }), 'addon')
}

/** By id or name. @throws ProblemError not-found */
export async function getAddon(db: Db, ref: string): Promise<Addon> {
  return addonOf(await findRow(db, ref))
}

/** Oldest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listAddons(db: Db, page: Page): Promise<Listed<Addon>> {
  const found = await listIds(db, addonListing, page)
  const rows = await db.addon.findMany({ where: { id: { in: found.ids } }, include: withParts })
  return listed(found, rows, (row) => row.id, addonOf)
}

/** Its image stays, and is the caller's to remove. @throws ProblemError not-found; in-use, naming profiles */
export async function deleteAddon(db: Db, ref: string): Promise<Addon> {
  const addon = await getAddon(db, ref)
  const { id, name, profiles } = addon
  await removeUnused(
    `The set of addons ${name}`,
    'profile',
    profiles.slice(0, 5).map((each) => ({ name: each })),
    () => db.addon.deleteMany({ where: { id } }),
  )
  return addon
}

/** The rows of a profile's addons. @throws ProblemError invalid-input for one that there is not, or for another architecture */
export async function profileAddons(
  db: Db,
  { addons: names, architecture }: Pick<ProfileInput, 'addons' | 'architecture'>,
): Promise<{ addonId: string; position: number }[]> {
  const found: { addonId: string; position: number }[] = []
  for (const [position, name] of names.entries()) {
    const path = `body.addons.${position}`
    const row = await db.addon.findFirst({
      where: { name },
      select: { id: true, image: { select: { architecture: true } } },
    })
    if (!row || !(await keepRow(db, 'addon', { id: row.id, name })))
      throw refusal(path, `names the addons ${name}, which do not exist${(await orMeant(db, 'addon', name)) || '.'}`)
    if (row.image.architecture !== architecture)
      throw refusal(
        path,
        `names ${name}, which are for ${row.image.architecture}, and the profile is for ${architecture}.`,
      )
    found.push({ addonId: row.id, position })
  }
  return found
}

/** What a plan takes of a set: its archive, bytes of which `rawSize`. */
export interface AddonArchive {
  name: string
  image: { manifestSha256: string; rawSize: number }
}

/** The archives of a profile's sets, in its order; they stay until the transaction ends. */
export async function archivesOf(tx: Db, profileId: string): Promise<AddonArchive[]> {
  // a set that gets another archive at this moment has it at the next look
  for (let looks = 0; ; looks += 1) {
    const rows = await tx.profileAddon.findMany({
      where: { profileId },
      orderBy: { position: 'asc' },
      select: {
        addon: {
          select: { name: true, image: { select: { id: true, name: true, manifestSha256: true, rawSize: true } } },
        },
      },
    })
    const kept = await Promise.all(rows.map(({ addon }) => keepRow(tx, 'image', addon.image)))
    if (kept.every(Boolean))
      return rows.map(({ addon: { name, image } }) => {
        if (image.manifestSha256 === null || image.rawSize === null) throw new Error(`image ${image.name} is not ready`)
        return { name, image: { manifestSha256: image.manifestSha256, rawSize: Number(image.rawSize) } }
      })
    if (looks > 3) throw new Error(`the addons of profile ${profileId} change all the time`)
  }
}
