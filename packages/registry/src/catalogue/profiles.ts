import { type Image, type LocalAccount, ProblemError, type Profile, type ProfileInput } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { keepRow } from '../database/row-lock.ts'
import { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { profileListing } from '../listing/tables.ts'
import { byRef, meantBy } from './by-ref.ts'
import { removeUnused, withNameTaken } from './conflicts.ts'
import { imageOfRow } from './images.ts'
import { orMeant } from './meant.ts'

const withParts = { image: true, defaultOf: { select: { id: true } } } as const
type ProfileRow = Prisma.ProfileGetPayload<{ include: typeof withParts }>

function profileOfRow(row: ProfileRow): Profile {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    type: row.osType as Profile['type'],
    securityFeature: row.securityFeature as Profile['securityFeature'],
    version: row.version,
    metadata: row.metadata as Profile['metadata'],
    source: row.source as Profile['source'],
    workflow: row.workflow as Profile['workflow'],
    image: row.image.name,
    architecture: row.architecture as Profile['architecture'],
    finish: row.finish as Profile['finish'],
    overwrite: row.overwrite,
    bootOrder: row.bootOrder as Profile['bootOrder'],
    growRoot: row.growRoot,
    kernelArgs: row.kernelArgs,
    phoneHomeTimeout: row.phoneHomeTimeout,
    isDefault: row.defaultOf.length > 0,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    ...(row.disk === null ? {} : { disk: row.disk as NonNullable<Profile['disk']> }),
    ...(row.account === null ? {} : { account: row.account as NonNullable<Profile['account']> }),
    ...(row.cloudConfig === null ? {} : { cloudConfig: row.cloudConfig }),
    ...(row.networkConfig === null ? {} : { networkConfig: row.networkConfig }),
  }
}

/** @throws ProblemError invalid-input when there is no such image or it is for another architecture */
async function columnsOf(db: Db, input: ProfileInput) {
  const { image: imageName, type, source, workflow, disk, account, cloudConfig, networkConfig, ...rest } = input
  const image = await db.image.findUnique({ where: { name: imageName }, select: { id: true, architecture: true } })
  const refuse = (path: string, message: string, end = '.') =>
    new ProblemError('invalid-input', `${path} ${message}${end}`, [{ path, message }])
  if (!image || !(await keepRow(db, 'image', { id: image.id, name: imageName }))) {
    const meant = await orMeant(db, 'image', imageName)
    throw refuse('body.image', `names the image ${imageName}, which does not exist${meant}`, meant ? '' : '.')
  }
  if (image.architecture !== input.architecture)
    throw refuse('body.architecture', `is ${input.architecture}, but image ${imageName} is for ${image.architecture}`)
  return {
    ...rest,
    osType: type,
    source: source ? { ...source } : Prisma.DbNull,
    workflow: workflow ? (workflow as Prisma.InputJsonArray) : Prisma.DbNull,
    imageId: image.id,
    disk: disk ? { ...disk } : Prisma.DbNull,
    account: account ? { ...account } : Prisma.DbNull,
    cloudConfig: cloudConfig ?? null,
    networkConfig: networkConfig ?? null,
  } as const
}

/** @throws ProblemError already-exists, invalid-input */
export async function createProfile(db: Db, siteId: string, input: ProfileInput): Promise<Profile> {
  const data = { id: newId(), siteId, ...(await columnsOf(db, input)) } as Prisma.ProfileUncheckedCreateInput
  return withNameTaken('a profile', input.name, async () =>
    profileOfRow(await db.profile.create({ data, include: withParts })),
  )
}

/**
 * Runs already made keep what they were made with. An account of the same name keeps its password hash unless another
 * one is given: replies never show it, so nobody who changes something else could send it back.
 * @throws ProblemError not-found, already-exists, invalid-input
 */
export async function replaceProfile(db: Db, ref: string, input: ProfileInput): Promise<Profile> {
  const { id, account: stored } = await findRow(db, ref)
  const account = input.account && withStoredHash(input.account, stored as Profile['account'] | null)
  const data = (await columnsOf(db, { ...input, account })) as Prisma.ProfileUncheckedUpdateInput
  return withNameTaken('a profile', input.name, async () =>
    profileOfRow(await db.profile.update({ where: { id }, data, include: withParts })),
  )
}

function withStoredHash(account: LocalAccount, stored: LocalAccount | null | undefined): LocalAccount {
  const keeps = account.passwordHash === undefined && stored?.userName === account.userName
  return keeps && stored.passwordHash !== undefined ? { ...account, passwordHash: stored.passwordHash } : account
}

async function findRow(db: Db, ref: string): Promise<ProfileRow> {
  return await meantBy(db, ref, await db.profile.findMany({ where: byRef(ref), include: withParts }), 'profile')
}

/** By id or name. @throws ProblemError not-found */
export async function getProfile(db: Db, ref: string): Promise<Profile> {
  return profileOfRow(await findRow(db, ref))
}

/** Oldest first unless another order is asked for. @throws ProblemError invalid-input (filter, orderBy, pageToken) */
export async function listProfiles(db: Db, page: Page): Promise<Listed<Profile>> {
  const found = await listIds(db, profileListing, page)
  const rows = await db.profile.findMany({ where: { id: { in: found.ids } }, include: withParts })
  return listed(found, rows, (row) => row.id, profileOfRow)
}

/** @throws ProblemError not-found; in-use while nodes have it or it is the site's default */
export async function deleteProfile(db: Db, ref: string): Promise<void> {
  const { id, name, defaultOf } = await findRow(db, ref)
  if (defaultOf.length > 0)
    throw new ProblemError('in-use', `Profile ${name} is the site's default. Set another one, or none, first.`)
  const nodes = await db.node.findMany({ where: { profileId: id }, select: { name: true }, take: 5 })
  await removeUnused(`Profile ${name}`, 'node', nodes, () => db.profile.deleteMany({ where: { id } }))
}

interface ProfileWithImage {
  profile: Profile
  image: Image
}

const withImage = (row: ProfileRow): ProfileWithImage => ({ profile: profileOfRow(row), image: imageOfRow(row.image) })

/** What a node is imaged with: its own profile, else the site's default; null when there is neither. */
export async function effectiveProfile(db: Db, nodeId: string): Promise<ProfileWithImage | null> {
  const row = await db.profile.findFirst({
    where: {
      OR: [
        { nodes: { some: { id: nodeId } } },
        { defaultOf: { some: { nodes: { some: { id: nodeId, profileId: null } } } } },
      ],
    },
    include: withParts,
  })
  return row && withImage(row)
}

/** The site's default profile: what a machine that nobody registered would get. */
export async function defaultProfile(db: Db): Promise<ProfileWithImage | null> {
  const row = await db.profile.findFirst({ where: { defaultOf: { some: {} } }, include: withParts })
  return row && withImage(row)
}
