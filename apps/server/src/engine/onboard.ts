import {
  type MachineIdentity,
  type NewEvent,
  type OnboardReply,
  type OnboardRequest,
  ProblemError,
  type Reason,
  worded,
} from '@eims/contracts'
import {
  addNode,
  appendEvents,
  type BootSession,
  bindAgentKey,
  type Db,
  endOtherSessions,
  ensureSite,
  fillIdentifiers,
  findBootSession,
  findBootSessionByToken,
  getNode,
  hashSecret,
  identify,
  lockIdentity,
  lockNode,
  makeRoom,
  type NormalIdentity,
  normaliseIdentity,
  noteDropped,
  saveInventory,
} from '@eims/registry'
import { isActive } from '@eims/workflow'
import { forTlsOnly, sessionToken } from '../tokens.ts'
import { isTls, refusePlain } from '../urls.ts'
import { openSessionOf } from './clock.ts'
import type { Caller, Engine } from './engine.ts'
import { ensureRun } from './ensure-run.ts'
import { rememberModel } from './remember-model.ts'
import { twinReason } from './twin.ts'
import { beginWork, endWork, setNode, transact, type Work } from './work.ts'

/** The base URL under which the agent reached us, and the seconds for which its transport lets it be silent. */
type Transport = Pick<Caller, 'base' | 'lease'>

/**
 * An agent introduces its machine: the boot session gets its node, the node its missing identifiers and inventory,
 * and, where nothing speaks against it, an instance and a run.
 * Throws session-over (unknown or expired boot token), double-agent (another agent key holds the session) and tls-only
 * (a boot token comes by plain HTTP that was given over TLS, or on a site that boots over nothing else).
 */
export async function onboard(engine: Engine, request: OnboardRequest, by: Transport): Promise<OnboardReply> {
  const { base } = by
  const { db } = engine.registry
  refusePlain(base, { begunOverTls: forTlsOnly(request.bootToken), httpsOnly: engine.httpsOnly() })
  const agentKeyHash = hashSecret(request.agentKey)
  const session = opened(await openSessionOf(engine, request.bootToken), agentKeyHash)
  try {
    const made = await transact(engine, (tx) => introduce(engine, tx, session, agentKeyHash, request, by))
    if (made.gone > 0) await noteDropped(db, { unregistered: made.gone })
    await remember(engine, session, request, made.reply)
    return made.reply
  } catch (error) {
    // The transaction is rolled back: a second agent leaves nothing behind but this line.
    if (error instanceof ProblemError && error.code === 'double-agent')
      engine.sink.record(
        worded({
          kind: 'agent.double',
          nodeId: (await findBootSession(db, session.id))?.nodeId ?? null,
          mac: session.bootMac,
        }),
      )
    throw error
  }
}

/**
 * Firmware that had refused iPXE has started the signed chain, and enforces Secure Boot: the next machine of its model gets
 * that chain at once. That it cannot be written down keeps no machine from its OS.
 */
async function remember(
  engine: Engine,
  { refusedIpxe, bootMac, identity }: BootSession,
  { identity: told, inventory }: OnboardRequest,
  { nodeId, nodeName }: Pick<OnboardReply, 'nodeId' | 'nodeName'>,
): Promise<void> {
  if (!refusedIpxe || inventory.secureBoot !== true || nodeId === null) return
  const { manufacturer, product } = { ...identity, ...told }
  const machine = { nodeId, node: nodeName, mac: bootMac, manufacturer, product }
  await rememberModel(engine, machine, new Date()).catch((error: unknown) =>
    engine.log.warn({ err: error }, 'the model of a machine with Secure Boot was not written down'),
  )
}

function opened(session: BootSession | null, agentKeyHash: string): BootSession {
  if (!session || (session.expired && session.agentKeyHash !== agentKeyHash))
    throw new ProblemError('session-over', 'the boot token is unknown or too old')
  return session
}

async function introduce(
  engine: Engine,
  tx: Db,
  session: BootSession,
  agentKeyHash: string,
  request: OnboardRequest,
  { base, lease }: Transport,
): Promise<{ reply: OnboardReply; gone: number }> {
  const identity = wholeIdentity(session, request.identity)
  const { gone, ...node } = await nodeOf(tx, { ...session, identity }, (nodeId) =>
    twinReason(engine, tx, { nodeId, session: { ...session, identity }, lease }),
  )
  const { nodeId } = node
  // Read once more, now that nobody else decides about this machine: a newer boot of it may have ended the session.
  const before = opened(await findBootSessionByToken(tx, hashSecret(request.bootToken)), agentKeyHash)
  const bound = await bindAgentKey(tx, session.id, agentKeyHash, { nodeId, identity })
  if (bound === 'other') throw new ProblemError('double-agent', 'another agent holds this boot session')
  if (nodeId) {
    await endOtherSessions(tx, nodeId, session.id)
    await saveInventory(tx, nodeId, request.inventory, identity)
    const work = await beginWork(engine, tx, { nodeId })
    if (bound === 'bound' || before.nodeId !== nodeId) arrived(work, session, request.agentVersion)
    await ensureRun(engine, work, base)
    await endWork(work)
  }
  const token = sessionToken(await engine.signingKey(), session.id, agentKeyHash, isTls(base))
  return { reply: { session: token, ...node }, gone }
}

/** The first time that this boot's agent is heard of. What a person said of the host, or its run, is not overwritten. */
function arrived(work: Work, session: BootSession, version: string): void {
  const { id: nodeId, state, run } = work.state.node
  work.changes.events.push(worded({ kind: 'agent.onboarded', nodeId, mac: session.bootMac, data: { version } }))
  if (state === 'UNTRUSTED' || isActive(run)) return
  setNode(work, { state: 'ONBOARDED', status: { reason: { code: 'onboarded', slots: {} }, indicator: 'IDLE' } })
}

/** What the firmware said before and what the agent says now; the agent sees more and is believed first. */
function wholeIdentity(session: BootSession, told: MachineIdentity): MachineIdentity {
  const macs = new Set([...(session.bootMac ? [session.bootMac] : []), ...told.macs])
  return { ...session.identity, ...told, macs: [...macs] }
}

/** `gone`: machines that made room for it */
type Onboarded = Pick<OnboardReply, 'nodeId' | 'nodeName'> & { gone: number }

/** The node that an identity names; a machine nobody registered becomes one. None while its identifiers contradict or it has none. */
async function nodeOf(
  tx: Db,
  session: BootSession,
  twin: (nodeId: string) => ReturnType<typeof twinReason>,
): Promise<Onboarded> {
  const { identity } = session
  const said = normaliseIdentity(identity)
  await lockIdentity(tx, said)
  const { identity: normal, match } = await identify(tx, said)
  if (match.kind === 'conflict') {
    // On the timeline of each candidate: the machine itself is no node on which somebody could look for it.
    const candidates = match.candidates.map(({ name }) => name)
    const told = conflict(session, match.reason, candidates)
    return quarantine(
      tx,
      match.candidates.map(({ nodeId }) => ({ ...told, nodeId })),
    )
  }
  if (match.kind === 'one') {
    await lockNode(tx, match.nodeId)
    const reason = await twin(match.nodeId)
    // Nothing of what it says is written down: it would become the other machine's.
    if (reason) return quarantine(tx, twinEvents(session, match.nodeId, reason))
    await fillIdentifiers(tx, match.nodeId, match.missing, 'machine')
    return { nodeId: match.nodeId, nodeName: (await getNode(tx, match.nodeId)).name, gone: 0 }
  }
  const nameless = whyNameless(normal)
  if (nameless) return quarantine(tx, [conflict(session, nameless, [])])
  const site = await ensureSite(tx)
  const { isRoom, gone } = await makeRoom(tx, site.unregisteredLimit)
  if (!isRoom) return quarantine(tx, [conflict(session, tooMany(site.unregisteredLimit), [])], gone)
  const input = {
    macs: normal.macs,
    ...(normal.serialShown ? { serial: normal.serialShown } : {}),
    ...(normal.uuid ? { uuid: normal.uuid } : {}),
    ...(identity.manufacturer ? { manufacturer: identity.manufacturer } : {}),
    ...(identity.product ? { product: identity.product } : {}),
  }
  const node = await addNode(tx, { input, registered: false, actor: 'discovery', siteId: site.id })
  await lockNode(tx, node.id)
  return { nodeId: node.id, nodeName: node.name, gone }
}

/** PURE: why a machine that nobody registered gets no node. */
export const tooMany = (limit: number): Reason => ({ code: 'too-many-unregistered', slots: { limit } })

/** PURE: why a machine cannot become a node; null when something of its identity is its own. */
export const whyNameless = ({ serial, uuid, macs }: NormalIdentity): Reason | null =>
  serial || uuid || macs.length > 0 ? null : { code: 'identity-missing', slots: {} }

const conflict = ({ bootMac: mac }: BootSession, reason: Reason, candidates: string[]): NewEvent =>
  worded({ kind: 'identity.conflict', mac, data: { reason, candidates } })

/** PURE: what stands on the timelines of both, once it is sure that they are two. */
export function twinEvents(
  session: BootSession,
  nodeId: string,
  reason: Extract<Reason, { code: 'twin' }>,
): NewEvent[] {
  const { node, how } = reason.slots
  return how === 'undecided' ? [] : [{ ...conflict(session, reason, [node]), nodeId }]
}

async function quarantine(tx: Db, events: NewEvent[], gone = 0): Promise<Onboarded> {
  await appendEvents(tx, events)
  return { nodeId: null, nodeName: 'quarantined', gone }
}
