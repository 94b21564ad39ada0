import { type ClaimInput, worded } from '@eims/contracts'
import { audit } from '../audit/audit.ts'
import type { Db } from '../database/database.ts'
import { appendEvents } from '../events/events.ts'
import { identifierRows, insertIdentifiers, lockIdentifiers } from '../identity/identifiers.ts'
import { refuseActive } from './hold.ts'
import type { StoredNode } from './node-row.ts'
import { getNode, takeNode } from './nodes.ts'

/**
 * A person says which machine is the node: the one with this MAC, which is recorded. Of all that say its serial or UUID
 * no other gets it from now on. null: whichever comes, as before.
 * @throws ProblemError not-found; already-exists (the MAC is another node's); invalid-input (a placeholder); wrong-state
 *         while a run is active that is in the hands of a machine without this MAC
 */
export async function claimNode(db: Db, ref: string, input: ClaimInput, actor: string): Promise<StoredNode> {
  const { mac, reason } = input
  return db.$transaction(async (tx) => {
    const identifiers = mac === null ? [] : identifierRows({ macs: [mac] })
    await lockIdentifiers(tx, identifiers)
    const { node } = await takeNode(tx, ref)
    const [was] = await tx.$queryRaw<{ mac: string | null; others: number }[]>`
      select n.claimed_mac as mac, (
               select count(*)::int from boot_session s
                where s.node_id = n.id and s.agent_key_hash is not null and not s.identity -> 'macs' @> to_jsonb(${mac}::text)) as others
        from node n where n.id = ${node.id}`
    await insertIdentifiers(tx, node.id, node.manufacturer, identifiers)
    if (mac !== null && was!.others > 0) refuseActive(node)
    await tx.$executeRaw`update node set claimed_mac = ${mac}, updated_at = clock_timestamp() where id = ${node.id}`
    // Their agents are told why they wait.
    if (mac !== null)
      await tx.$executeRaw`
        update boot_session set node_id = null
         where node_id = ${node.id} and agent_key_hash is not null and not identity -> 'macs' @> to_jsonb(${mac}::text)`
    const data = { how: mac ? 'claimed' : 'unclaimed', by: actor, mac, because: reason }
    await appendEvents(tx, [worded({ kind: 'node.changed', nodeId: node.id, data })])
    const [before, after] = [{ claimedMac: was!.mac }, { claimedMac: mac }]
    await audit(tx, { actor, action: 'node.claim', of: node, reason, before, after })
    return getNode(tx, node.id)
  })
}
