import type { MachineIdentity, Reason } from '@eims/contracts'
import {
  type BootSession,
  type Db,
  getNode,
  HEARD_LATELY_MS,
  type NormalIdentity,
  normaliseIdentity,
  sessionsOfNode,
} from '@eims/registry'
import { type Twin, twinOf } from '@eims/workflow'
import type { Engine } from './engine.ts'

/** How often an agent is heard in each lease, at the least. */
const BEATS = 3

type TwinReason = Extract<Reason, { code: 'twin' }>

/**
 * Why this machine does not get a node that its serial, UUID or MAC names: another one goes, or went, by the same. null:
 * none does.
 * @param lease seconds for which the transport of its agents lets them be silent
 */
export async function twinReason(
  { listening }: Pick<Engine, 'listening'>,
  db: Db,
  of: { nodeId: string; session: BootSession; lease: number },
): Promise<TwinReason | null> {
  const { nodeId, session, lease } = of
  const said = normaliseIdentity(session.identity)
  const { now, claimed, others } = await sessionsOfNode(db, nodeId, session.id)
  const twin = twinOf({ macs: said.macs, since: session.onboardedAt ?? now }, others, {
    claimed,
    now,
    listeningSince: listening.since,
    heartbeat: heartbeat(lease),
  })
  if (!twin) return null
  const { name } = await getNode(db, nodeId)
  return reasonOf(name, said, twin)
}

/**
 * The same of a machine that is in its firmware, by the one MAC that it says there, while the node's run goes on. A
 * person's claim does not tell whose MAC that is: it may name another port of the same machine.
 */
export async function twinInFirmware(
  { listening }: Pick<Engine, 'listening'>,
  db: Db,
  of: { node: { id: string; name: string }; identity: MachineIdentity; lease: number },
): Promise<TwinReason | null> {
  const said = normaliseIdentity(of.identity)
  if (said.macs.length === 0) return null
  const { now, others } = await sessionsOfNode(db, of.node.id, null)
  const about = { claimed: null, now, listeningSince: listening.since, heartbeat: heartbeat(of.lease) }
  const twin = twinOf({ macs: said.macs, since: now }, others, about)
  return twin && reasonOf(of.node.name, said, twin)
}

const heartbeat = (lease: number) => (lease * 1000) / BEATS + HEARD_LATELY_MS

function reasonOf(node: string, { macs, serialShown, uuid }: NormalIdentity, { of, kind }: Twin): TwinReason {
  const slots = { node, serial: serialShown ?? null, uuid: uuid ?? null, macs, others: of.macs, how: kind }
  return { code: 'twin', slots }
}
