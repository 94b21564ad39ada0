import {
  type BulkSet,
  changeMetadata,
  type Metadata,
  MOST_KEYS,
  type NodeInput,
  type NodePatch,
  ProblemError,
} from '@eims/contracts'
import { orMeant } from '../catalogue/meant.ts'
import type { Db } from '../database/database.ts'
import { keepRow } from '../database/row-lock.ts'
import { Prisma } from '../generated/client.ts'
import { checkSiteName, getSite } from '../site/site.ts'

type Given = Pick<NodeInput | NodePatch, 'site' | 'profile' | 'batch' | 'account'>

/**
 * The columns of what a node names: what is left out stays out, null is none. A site is only checked.
 * @throws ProblemError invalid-input, naming the field and the name that does not exist
 */
export async function referencesOf(db: Db, siteId: string, given: Given) {
  if (given.site) checkSiteName(await getSite(db), given.site)
  const select = { id: true } as const
  const profileId = await idOf(db, 'profile', given.profile, (name) =>
    db.profile.findUnique({ where: { siteId_name: { siteId, name } }, select }),
  )
  const batchId = await idOf(db, 'batch', given.batch, (name) =>
    db.batch.findUnique({ where: { siteId_name: { siteId, name } }, select }),
  )
  const accountId = await idOf(db, 'account', given.account, (name) =>
    db.account.findUnique({ where: { name }, select }),
  )
  return {
    ...(profileId === undefined ? {} : { profileId }),
    ...(batchId === undefined ? {} : { batchId }),
    ...(accountId === undefined ? {} : { accountId }),
  }
}

async function idOf(
  db: Db,
  field: 'profile' | 'batch' | 'account',
  name: string | null | undefined,
  find: (name: string) => Promise<{ id: string } | null>,
): Promise<string | null | undefined> {
  if (name === undefined || name === null) return name
  const found = await find(name)
  if (found && (await keepRow(db, field, { id: found.id, name }))) return found.id
  const meant = await orMeant(db, field, name)
  const message = `names the ${field} ${name}, which does not exist${meant}`
  throw new ProblemError('invalid-input', `body.${field} ${message}${meant ? '' : '.'}`, [
    { path: `body.${field}`, message },
  ])
}

/** The columns of the rest that a person says of a node; what is left out is left out. */
export function plainColumns(given: NodeInput | NodePatch) {
  const { manufacturer, product, metadata, disk, netbootPolicy, bootFile, secureBoot, config } = given
  return {
    // what a workflow came to rests on any of it
    planFault: Prisma.DbNull,
    ...(manufacturer === undefined ? {} : { manufacturer: manufacturer || null }),
    ...(product === undefined ? {} : { product: product || null }),
    ...(metadata === undefined ? {} : { metadata: metadata ?? {} }),
    ...(disk === undefined ? {} : { disk: disk === null ? Prisma.DbNull : { ...disk } }),
    ...(netbootPolicy === undefined ? {} : { netbootPolicy }),
    ...(bootFile === undefined ? {} : { bootFile }),
    ...(secureBoot === undefined ? {} : { secureBoot }),
    ...(config === undefined ? {} : { config }),
  }
}

/** What is set on a node, be it one of many. */
export type NodeChange = NodePatch & Pick<BulkSet, 'mergeMetadata'>

/**
 * PURE: a change as it is for this node, with all of its notes where some are merged into them.
 * @throws ProblemError invalid-input when there are too many then
 */
export function changeOf({ mergeMetadata, ...patch }: NodeChange, { metadata }: { metadata: Metadata }): NodePatch {
  if (mergeMetadata === undefined) return patch
  const merged = changeMetadata(patch.metadata ?? metadata, mergeMetadata)
  const { length } = Object.keys(merged)
  if (length <= MOST_KEYS) return { ...patch, metadata: merged }
  const message = `would make ${length} keys of metadata, which are more than ${MOST_KEYS}; null removes one`
  throw new ProblemError('invalid-input', `body.mergeMetadata ${message}`, [{ path: 'body.mergeMetadata', message }])
}
