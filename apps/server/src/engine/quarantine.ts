import { type Conflict, type Conflicts, type Reason, shown } from '@eims/contracts'
import {
  type BootSession,
  type Db,
  getSite,
  hasRoom,
  type identify,
  identifyAll,
  type NormalIdentity,
  nodelessSessions,
  nodesById,
  normaliseIdentity,
  sideBySide,
} from '@eims/registry'
import { closedTo } from '@eims/workflow'
import type { Engine } from './engine.ts'
import { tooMany, whyNameless } from './onboard.ts'
import { twinReason } from './twin.ts'
import { withWaiting } from './waiting.ts'

/** Seconds for which a machine in quarantine is told of that is not heard any more. */
const TOLD_OF = 86_400
/** So many machines are compared with the registry in one answer; a LAN can ask without end. */
const MOST = 200

type Known = Omit<Awaited<ReturnType<typeof identify>>, 'candidates'>

/**
 * Why a machine whose agent came gets no node, by what the registry knows of it now; null: it gets one when it introduces
 * itself again.
 * @param of `lease`: seconds for which the transport of its agents lets them be silent
 * @param noRoom why there is no room for a further one; whoever asks for many machines asks once
 */
export async function whyQuarantined(
  engine: Pick<Engine, 'listening' | 'registry'>,
  of: { session: BootSession; lease: number },
  { identity, match }: Known,
  noRoom = () => whyNoRoom(engine.registry.db),
): Promise<Reason | null> {
  const { db } = engine.registry
  const nameless = whyNameless(identity)
  if (nameless) return nameless
  if (match.kind === 'conflict') return match.reason
  return match.kind === 'one' ? twinReason(engine, db, { nodeId: match.nodeId, ...of }) : noRoom()
}

/** It is told to introduce itself again as soon as somebody else is gone, or more may come. */
async function whyNoRoom(db: Db): Promise<Reason | null> {
  const { unregisteredLimit: limit } = await getSite(db)
  return (await hasRoom(db, limit)) ? null : tooMany(limit)
}

/** What of a machine's words identifies nothing: placeholders, and what many machines of the site share. PURE. */
const ignoredOf = ({ serial, uuid, macs }: Conflict['said'], counts: NormalIdentity): string[] => [
  ...(serial !== undefined && counts.serial === undefined ? [serial] : []),
  ...(uuid !== undefined && counts.uuid === undefined ? [uuid] : []),
  ...macs.filter((mac) => !counts.macs.includes(mac)),
]

/** Who is in quarantine, beside the nodes that each could be, judged by what the registry holds now. @param lease see whyQuarantined */
export async function quarantine(engine: Pick<Engine, 'listening' | 'registry'>, lease: number): Promise<Conflicts> {
  const { db } = engine.registry
  const { sessions, total } = await nodelessSessions(db, { seconds: TOLD_OF, most: MOST })
  if (sessions.length === 0) return { items: [], more: 0 }
  const known = await identifyAll(
    db,
    sessions.map(({ identity }) => normaliseIdentity(identity)),
  )
  const nodes = await nodesById(db, [
    ...new Set(known.flatMap(({ candidates }) => candidates.map((each) => each.nodeId))),
  ])
  const byId = new Map((await withWaiting(db, nodes)).map((node) => [node.id, node]))
  let room: Promise<Reason | null> | undefined
  const noRoom = () => (room ??= whyNoRoom(db))
  const items: Conflict[] = []
  for (const [index, session] of sessions.entries()) {
    const { identity, match, candidates } = known[index]!
    const reason = await whyQuarantined(engine, { session, lease }, { identity, match }, noRoom)
    if (!reason) continue
    const could = candidates.flatMap((candidate) => {
      const node = byId.get(candidate.nodeId)
      return node ? [{ node, ...sideBySide(identity, candidate) }] : []
    })
    items.push({
      id: session.id,
      said: session.identity,
      ignored: ignoredOf(session.identity, identity),
      bootMac: session.bootMac,
      since: new Date(session.onboardedAt ?? session.heardAt).toISOString(),
      heardAt: new Date(session.heardAt).toISOString(),
      reason: shown(reason),
      refused: could.some(({ node }) => closedTo(node)?.kind === 'refused'),
      candidates: could,
    })
  }
  return { items, more: total - sessions.length }
}
