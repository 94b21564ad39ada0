import {
  type Image,
  ImageFacts,
  imageKind,
  imageKindFor,
  type LocalAccount,
  namesWorkflow,
  ProblemError,
  type Profile,
  type ProfileInput,
  type ProfileWorkflow,
  type WorkflowUse,
  withHiddenSecrets,
} from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { keepRow } from '../database/row-lock.ts'
import { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { profileListing } from '../listing/tables.ts'
import { forgetPlanFaults } from '../nodes/plan-fault.ts'
import { profileAddons } from './addons.ts'
import { byRef, meantBy } from './by-ref.ts'
import { removeUnused, withNameTaken } from './conflicts.ts'
import { imageOfRow } from './images.ts'
import { orMeant } from './meant.ts'

const withParts = {
  image: true,
  template: { select: { name: true } },
  defaultOf: { select: { id: true } },
  addons: { select: { addon: { select: { name: true } } }, orderBy: { position: 'asc' } },
} as const
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
    workflow: row.template
      ? { workflow: row.template.name, params: row.workflowParams as WorkflowUse['params'] }
      : (row.workflow as ProfileWorkflow | null),
    image: row.image.name,
    architecture: row.architecture as Profile['architecture'],
    finish: row.finish as Profile['finish'],
    standalone: row.standalone,
    onboarding: row.onboarding as Profile['onboarding'],
    overwrite: row.overwrite,
    bootOrder: row.bootOrder as Profile['bootOrder'],
    growRoot: row.growRoot,
    addons: row.addons.map(({ addon }) => addon.name),
    kernelArgs: row.kernelArgs,
    phoneHomeTimeout: row.phoneHomeTimeout,
    isDefault: row.defaultOf.length > 0,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    ...(row.disk === null ? {} : { disk: row.disk as NonNullable<Profile['disk']> }),
    ...(row.account === null ? {} : { account: row.account as NonNullable<Profile['account']> }),
    ...(row.cloudConfig === null ? {} : { cloudConfig: row.cloudConfig }),
    ...(row.networkConfig === null ? {} : { networkConfig: row.networkConfig }),
    ...(row.config === null ? {} : { config: withHiddenSecrets(row.config) }),
  }
}

/** @throws ProblemError invalid-input when there is no such image or workflow, or the image is for another architecture */
async function columnsOf(db: Db, input: ProfileInput) {
  const {
    image: imageName,
    addons: _,
    type,
    source,
    workflow,
    disk,
    account,
    cloudConfig,
    networkConfig,
    config,
    ...rest
  } = input
  const image = await db.image.findUnique({
    where: { name: imageName },
    select: { id: true, architecture: true, facts: true },
  })
  const refuse = (path: string, message: string, end = '.') =>
    new ProblemError('invalid-input', `${path} ${message}${end}`, [{ path, message }])
  if (!image || !(await keepRow(db, 'image', { id: image.id, name: imageName }))) {
    const meant = await orMeant(db, 'image', imageName)
    throw refuse('body.image', `names the image ${imageName}, which does not exist${meant}`, meant ? '' : '.')
  }
  if (image.architecture !== input.architecture)
    throw refuse('body.architecture', `is ${input.architecture}, but image ${imageName} is for ${image.architecture}`)
  if (input.onboarding === 'later' && !input.standalone)
    throw refuse('body.onboarding', 'is later, which is for standalone units: say standalone: true, or never')
  const kind = imageKindFor(workflow)
  const facts = ImageFacts.safeParse(image.facts).data
  if (kind && facts && imageKind({ facts }) !== kind) {
    const remedy =
      kind === 'disk'
        ? 'name the image of a disk, or a workflow that unpacks it'
        : 'name a tar archive (eims images add rootfs.tar.gz)'
    const is = kind === 'disk' ? 'a tar archive' : 'the image of a disk'
    throw refuse('body.image', `names ${imageName}, which is ${is}: ${remedy}`)
  }
  return {
    ...rest,
    osType: type,
    source: source ? { ...source } : Prisma.DbNull,
    ...(await workflowColumns(db, workflow)),
    imageId: image.id,
    disk: disk ? { ...disk } : Prisma.DbNull,
    account: account ? { ...account } : Prisma.DbNull,
    cloudConfig: cloudConfig ?? null,
    networkConfig: networkConfig ?? null,
    config: config ?? null,
  } as const
}

async function workflowColumns(db: Db, workflow: ProfileInput['workflow']) {
  if (!namesWorkflow(workflow))
    return {
      workflow: workflow ? (workflow as Prisma.InputJsonArray) : Prisma.DbNull,
      workflowId: null,
      workflowParams: {},
    }
  const { workflow: name, params } = workflow
  const found = await db.workflow.findFirst({ where: { name }, select: { id: true } })
  if (found && (await keepRow(db, 'workflow', { id: found.id, name })))
    return { workflow: Prisma.DbNull, workflowId: found.id, workflowParams: params }
  const message = `names the workflow ${name}, which does not exist${(await orMeant(db, 'workflow', name)) || '.'}`
  throw new ProblemError('invalid-input', `body.workflow.workflow ${message}`, [
    { path: 'body.workflow.workflow', message },
  ])
}

/** @throws ProblemError already-exists, invalid-input */
export async function createProfile(db: Db, siteId: string, input: ProfileInput): Promise<Profile> {
  const addons = { create: await profileAddons(db, input) }
  const data = { id: newId(), siteId, ...(await columnsOf(db, input)), addons } as Prisma.ProfileUncheckedCreateInput
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
  const addons = { deleteMany: {}, create: await profileAddons(db, input) }
  const data = { ...(await columnsOf(db, { ...input, account })), addons } as Prisma.ProfileUncheckedUpdateInput
  await forgetPlanFaults(db)
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
