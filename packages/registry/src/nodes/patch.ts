import { type NodePatch, ProblemError, worded } from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import { withShownConfig } from '../catalogue/config-files.ts'
import type { Db } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import {
  type Identifier,
  identifierRows,
  insertIdentifiers,
  lockIdentifiers,
  plainValue,
} from '../identity/identifiers.ts'
import { refuseShared, sharedIdentifiers } from '../identity/shared.ts'
import { renaming } from './name.ts'
import type { StoredNode } from './node-row.ts'
import { getNode, lockNode, noNode, touchNode } from './nodes.ts'
import { changeOf, type NodeChange, plainColumns, referencesOf } from './references.ts'

/**
 * Changes what is given of a node; null clears. A serial, UUID, list of MACs or metadata takes the place of what was
 * on record, `mergeMetadata` its part of the metadata.
 * @param check may lock and look at the node, and throw. It comes after the identifiers are locked: onboarding locks them
 *              first and the node then, and whoever does it the other way round waits for one that waits for him
 * @throws ProblemError not-found, already-exists, invalid-input
 */
export async function patchNode(
  db: Db,
  ref: string,
  change: NodeChange,
  actor: string,
  check: (tx: Db) => Promise<void> = async () => {},
): Promise<StoredNode> {
  return db.$transaction(async (tx) => {
    const { id, serial } = await getNode(tx, ref)
    const wanted = identifierRows({
      macs: change.macs ?? [],
      ...(change.serial == null ? {} : { serial: change.serial }),
      ...(change.uuid == null ? {} : { uuid: change.uuid }),
    })
    const judgedAgain = change.manufacturer !== undefined && serial ? identifierRows({ serial, macs: [] }) : []
    await lockIdentifiers(tx, [...wanted, ...judgedAgain])
    refuseShared(await sharedIdentifiers(tx), wanted)
    await check(tx)
    if (!(await lockNode(tx, id))) throw noNode(ref)
    const before = await getNode(tx, id)
    const patch = changeOf(change, before)
    const { siteId, config } = await tx.node.findUniqueOrThrow({
      where: { id },
      select: { siteId: true, config: true },
    })
    const columns = {
      ...(patch.name === undefined ? {} : { name: patch.name }),
      ...plainColumns(patch),
      ...(await referencesOf(tx, siteId, patch)),
    }
    await renaming(patch.name ?? '', () => tx.node.update({ where: { id }, data: columns, select: { id: true } }))
    await replaceIdentifiers(tx, before, patch, wanted)
    await touchNode(tx, id)
    const after = await getNode(tx, id)
    const told = withShownConfig(patch)
    const stood = withShownConfig({ ...before, config })
    const was = Object.fromEntries(Object.keys(patch).map((key) => [key, stood[key as keyof typeof stood] ?? null]))
    const data = { how: 'fields', by: actor, was, patch: told }
    await appendEvents(tx, [worded({ kind: 'node.changed', nodeId: id, data })])
    await audit(tx, { actor, action: 'node.patch', of: after, before: was, after: told })
    return after
  })
}

/** A serial is looked at again when the maker changes: two makers may share one, a maker has it once. */
async function replaceIdentifiers(tx: Db, before: StoredNode, patch: NodePatch, wanted: Identifier[]): Promise<void> {
  const { serial, uuid, macs, manufacturer } = patch
  const kinds = [
    ...(serial === undefined ? [] : ['serial']),
    ...(uuid === undefined ? [] : ['uuid']),
    ...(macs === undefined ? [] : ['mac']),
  ]
  const maker = manufacturer === undefined ? before.manufacturer : manufacturer || null
  const known = await tx.nodeIdentifier.findMany({ where: { nodeId: before.id } })
  const again =
    manufacturer !== undefined && serial === undefined
      ? known.flatMap((row) => (row.kind === 'serial' ? identifierRows({ serial: row.shown, macs: [] }) : []))
      : []
  await lockIdentifiers(tx, again)
  const gone = known.filter((row) => {
    if (again.length > 0 && row.kind === 'serial') return true
    return (
      kinds.includes(row.kind) && !wanted.some((each) => each.value === plainValue(row) && each.shown === row.shown)
    )
  })
  if (gone.length === known.length && wanted.length + again.length === 0 && known.length > 0)
    throw new ProblemError('invalid-input', 'A node needs at least one of serial, UUID and MAC.', [
      {
        path: `body.${serial === null ? 'serial' : uuid === null ? 'uuid' : 'macs'}`,
        message: 'is the last one that tells the node from others',
      },
    ])
  if (gone.length > 0) await tx.nodeIdentifier.deleteMany({ where: { id: { in: gone.map((row) => row.id) } } })
  await insertIdentifiers(tx, before.id, maker, [...wanted, ...again])
}
