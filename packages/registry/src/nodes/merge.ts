import { type MergeInput, ProblemError, type Reason, type SplitInput, worded } from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { appendEvents } from '../events/events.ts'
import { type Identifier, identifierRows, lockIdentifiers, plainValue } from '../identity/identifiers.ts'
import { refuseActive } from './hold.ts'
import { freeName, nameFromIdentifiers, nameTaken } from './name.ts'
import { toldOf } from './new-row.ts'
import type { StoredNode } from './node-row.ts'
import { getNode, lockNode, takeNode, touchNode } from './nodes.ts'
import { deletionsOf } from './remove.ts'

/** Two nodes are always locked in the order of their ids, so that two merges cannot wait for each other. */
async function takeBoth(tx: Db, ref: string, other: string) {
  const [one, two] = [await getNode(tx, ref), await getNode(tx, other)]
  if (one.id === two.id)
    throw new ProblemError('invalid-input', `body.from is ${one.name} itself.`, [
      { path: 'body.from', message: 'is the node itself' },
    ])
  for (const id of [one.id, two.id].sort()) await lockNode(tx, id)
  return { into: await takeNode(tx, one.id), from: await takeNode(tx, two.id) }
}

/**
 * Two nodes are one machine: `from` hands over identifiers, instances, runs, logs and events, fills what the node does
 * not know, and is no more. Of two current instances the newer one stays current: it is what the disk holds.
 * splitNode with the identifiers that are in the audit entry takes it back, but for the history, which stays together.
 * @throws ProblemError not-found; invalid-input (the same node twice); wrong-state while either has an active run
 */
export async function mergeNodes(db: Db, ref: string, input: MergeInput, actor: string): Promise<StoredNode> {
  return db.$transaction(async (tx) => {
    const { into, from } = await takeBoth(tx, ref, input.from)
    refuseActive(into.node)
    refuseActive(from.node)
    const [id, gone] = [into.node.id, from.node.id]
    const moved = await tx.nodeIdentifier.findMany({ where: { nodeId: gone }, orderBy: { id: 'asc' } })
    const deleted = await deletionsOf(tx, [from.node], { how: 'merged', by: actor, into: into.node.name })
    await moveHistory(tx, gone, id)
    await fillIn(tx, gone, id)
    await tx.$executeRaw`delete from node where id = ${gone}`
    const after = { identifiers: toldOf(moved) }
    const data = { how: 'merged', by: actor, merged: from.node.name, ...after, because: input.reason }
    await appendEvents(tx, [worded({ kind: 'node.changed', nodeId: id, data }), ...deleted])
    const before = { into: into.node, from: from.node }
    await audit(tx, { actor, action: 'node.merge', of: into.node, reason: input.reason, before, after })
    return getNode(tx, id)
  })
}

async function moveHistory(tx: Db, gone: string, id: string): Promise<void> {
  await tx.$executeRaw`
    update instance set ended_at = clock_timestamp()
     where node_id in (${id}, ${gone}) and ended_at is null
       and id <> (select id from instance where node_id in (${id}, ${gone}) and ended_at is null
                   order by created_at desc, id desc limit 1)`
  await tx.$executeRaw`update instance set node_id = ${id} where node_id = ${gone}`
  await tx.$executeRaw`update run set node_id = ${id} where node_id = ${gone}`
  await tx.$executeRaw`update node_identifier set node_id = ${id} where node_id = ${gone}`
  // An agent of the node that is no more introduces itself again: it shows that node's name, and its inventory may be of use.
  await tx.$executeRaw`
    update boot_session set node_id = case when agent_key_hash is null then ${id} end where node_id = ${gone}`
  await tx.$executeRaw`update log set node_id = ${id} where node_id = ${gone}`
  await tx.$executeRaw`update event set node_id = ${id} where node_id = ${gone}`
}

/** What the node does not know it takes over; of two words about safety (gate, hold, trust) the stricter one stays. */
async function fillIn(tx: Db, gone: string, id: string): Promise<void> {
  await tx.$executeRaw`
    update node n
       set manufacturer = coalesce(n.manufacturer, o.manufacturer), product = coalesce(n.product, o.product),
           profile_id = coalesce(n.profile_id, o.profile_id), batch_id = coalesce(n.batch_id, o.batch_id),
           account_id = coalesce(n.account_id, o.account_id), disk = coalesce(n.disk, o.disk),
           boot_file = coalesce(n.boot_file, o.boot_file), secure_boot = coalesce(n.secure_boot, o.secure_boot), metadata = o.metadata || n.metadata,
           registered = n.registered or o.registered,
           inventory = case when coalesce(o.last_seen_at > n.last_seen_at, n.inventory is null)
                            then coalesce(o.inventory, n.inventory) else n.inventory end,
           (status, status_indicator, status_at) = (
             select x.status, x.status_indicator, x.status_at from node x
              where x.id = case when coalesce(o.last_seen_at > n.last_seen_at, o.last_seen_at is not null)
                                then o.id else n.id end),
           last_seen_at = greatest(n.last_seen_at, o.last_seen_at),
           netboot_policy = case when 'denied' in (n.netboot_policy, o.netboot_policy) then 'denied'
                                 when 'local' in (n.netboot_policy, o.netboot_policy) then 'local' else 'allowed' end,
           state = case when 'UNTRUSTED' in (n.state, o.state) then 'UNTRUSTED'
                        when 'ONBOARDED' in (n.state, o.state) then 'ONBOARDED' else n.state end,
           hold = coalesce(n.hold, o.hold),
           updated_at = clock_timestamp()
      from node o where n.id = ${id} and o.id = ${gone}`
}

/**
 * One node is two machines: the identifiers given go to a new node with the same site, batch, profile and account.
 * History stays where it is. mergeNodes takes it back.
 * @returns the new node
 * @throws ProblemError not-found; already-exists (name); wrong-state while a run is active; invalid-input when an
 *         identifier is not the node's, or none would stay with it
 */
export async function splitNode(db: Db, ref: string, input: SplitInput, actor: string): Promise<StoredNode> {
  return db.$transaction(async (tx) => {
    const { serial, uuid, macs } = input.identifiers
    const wanted = identifierRows({ macs, ...(serial ? { serial } : {}), ...(uuid ? { uuid } : {}) })
    await lockIdentifiers(tx, wanted)
    const { node, siteId } = await takeNode(tx, ref)
    refuseActive(node)
    const moved = await ofNode(tx, node, wanted)
    const id = newId()
    const name = input.name ?? (await freeName(tx, siteId, nameFromIdentifiers(wanted)))
    const status: Reason = { code: 'split-off', slots: { node: node.name } }
    const count = await tx.$executeRaw`
      insert into node (id, site_id, batch_id, name, manufacturer, product, registered, profile_id, account_id, disk,
                        metadata, netboot_policy, boot_file, secure_boot, state, desired_state, status, status_indicator, hold)
      select ${id}, site_id, batch_id, ${name}, manufacturer, product, registered, profile_id, account_id, disk,
             metadata, netboot_policy, boot_file, secure_boot, case state when 'UNTRUSTED' then state else 'REGISTERED' end, desired_state,
             ${JSON.stringify(status)}::jsonb, 'IDLE', hold
        from node where id = ${node.id}
      on conflict do nothing`
    if (count === 0) throw nameTaken(name)
    await tx.$executeRaw`update node_identifier set node_id = ${id}, provisional = false where id = any (${moved.map((row) => row.id)}::text[])`
    await touchNode(tx, node.id)
    // Their agents introduce themselves again, and it is told anew which of the two nodes each one is.
    await tx.$executeRaw`update boot_session set node_id = null where node_id = ${node.id}`
    const identifiers = toldOf(moved)
    const { reason } = input
    const told = { how: 'split', by: actor, identifiers, because: reason }
    await appendEvents(tx, [
      worded({ kind: 'node.changed', nodeId: node.id, data: { ...told, name } }),
      worded({ kind: 'node.registered', nodeId: id, data: { ...told, from: node.name } }),
    ])
    await audit(tx, {
      actor,
      action: 'node.split',
      of: node,
      reason,
      before: { node },
      after: { id, name, identifiers },
    })
    return getNode(tx, id)
  })
}

/** The rows of these identifiers, all of the node, which keeps at least one. */
async function ofNode(tx: Db, node: StoredNode, wanted: Identifier[]) {
  const known = await tx.nodeIdentifier.findMany({ where: { nodeId: node.id } })
  const refuse = (message: string) =>
    new ProblemError('invalid-input', `body.identifiers ${message}.`, [{ path: 'body.identifiers', message }])
  const moved = wanted.map((each) => {
    const row = known.find((own) => own.kind === each.kind && plainValue(own) === each.value)
    if (!row) throw refuse(`name ${each.kind} ${each.shown}, which node ${node.name} does not have`)
    return row
  })
  if (moved.length === known.length)
    throw refuse(`are all that node ${node.name} has; leave it at least one, or rename it instead`)
  return moved
}
