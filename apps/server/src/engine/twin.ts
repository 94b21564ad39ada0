import type { Reason } from '@eims/contracts'
import { type BootSession, type Db, getNode, HEARD_LATELY_MS, normaliseIdentity, sessionsOfNode } from '@eims/registry'
import { twinOf } from '@eims/workflow'
import type { Engine } from './engine.ts'

/** How often an agent is heard in each lease, at the least. */
const BEATS = 3

/**
 * Why this machine does not get a node that its serial, UUID or MAC names: another one goes, or went, by the same. null:
 * none does.
 * @param lease seconds for which the transport of its agents lets them be silent
 */
export async function twinReason(
  { listening }: Pick<Engine, 'listening'>,
  db: Db,
  of: { nodeId: string; session: BootSession; lease: number },
): Promise<Extract<Reason, { code: 'twin' }> | null> {
  const { nodeId, session, lease } = of
  const { macs, serialShown, uuid } = normaliseIdentity(session.identity)
  const { now, claimed, others } = await sessionsOfNode(db, nodeId, session.id)
  const twin = twinOf({ macs, since: session.onboardedAt ?? now }, others, {
    claimed,
    now,
    listeningSince: listening.since,
    heartbeat: (lease * 1000) / BEATS + HEARD_LATELY_MS,
  })
  if (!twin) return null
  const { name } = await getNode(db, nodeId)
  return {
    code: 'twin',
    slots: { node: name, serial: serialShown ?? null, uuid: uuid ?? null, macs, others: twin.of.macs, how: twin.kind },
  }
}
