import { NodeName, ProblemError, type Reason, say, type UnitAdoption, type UnitInput, worded } from '@eims/contracts'
import {
  addNode,
  adoptAll,
  audit,
  createInstance,
  currentInstance,
  type Db,
  fillIdentifiers,
  getNode,
  identify,
  lockIdentity,
  lockNode,
  type NormalIdentity,
  normaliseIdentity,
  type Origin,
  patchNode,
  refuseActive,
  type StoredNode,
} from '@eims/registry'
import { asInstalled, type Collected, collected } from './collect-unit.ts'
import type { Engine } from './engine.ts'
import { whyNameless } from './onboard.ts'
import { beginWork, endWork, setNode, transact } from './work.ts'

/**
 * Takes in a machine that runs its OS already: it becomes a registered node whose instance is RUNNING, so its disk is kept
 * when it next comes by the network. The same unit again is the same node, and changes nothing. One that was installed from a
 * medium, and was not seen since, is PROVISIONED at most (collect-unit.ts).
 * @throws ProblemError identity-conflict (which nodes it could be), already-exists (name), invalid-input (nothing that
 *         identifies it, no such profile or batch), wrong-state (a run of its node is under way, or is to come; of a medium’s
 *         installation nothing tells whether it is the newer one)
 */
export async function adoptUnit(
  engine: Engine,
  input: UnitInput,
  actor: string,
): Promise<Omit<UnitAdoption, 'node'> & { node: StoredNode | null }> {
  const adopted = await transact(engine, async (tx) => {
    const said = normaliseIdentity(input)
    await lockIdentity(tx, said)
    const { identity, match } = await identify(tx, said)
    const of = await digestOf(tx, input)
    const told = { dryRun: input.dryRun, ...of }
    if (match.kind === 'conflict') {
      const names = match.candidates.map(({ name }) => name).join(', ')
      throw new ProblemError('identity-conflict', `${say(match.reason)}; it could be ${names}`)
    }
    if (match.kind === 'none') {
      const nameless = whyNameless(identity)
      if (nameless)
        throw new ProblemError('invalid-input', say(nameless), [{ path: 'body.serial', message: say(nameless) }])
      if (input.dryRun) return { node: null, result: 'new' as const, ...told }
      const node = await newNode(tx, engine, { input, identity, actor })
      const report = input.installation && (await collected(engine, tx, input.installation, null))
      return { node: await written(engine, tx, { node, input, of, actor }, report), result: 'new' as const, ...told }
    }
    await lockNode(tx, match.nodeId)
    const node = await getNode(tx, match.nodeId)
    const report = input.installation && (await collected(engine, tx, input.installation, node))
    if (report && report.result !== 'joined') return { node, result: report.result, ...told }
    refuseActive(node)
    const instance = await currentInstance(tx, node.id)
    if (!report && (instance?.state === 'PENDING' || instance?.state === 'PROVISIONING'))
      throw new ProblemError(
        'wrong-state',
        `Node ${node.name} is this unit, and is to be installed. Let that end, or remove the node, before the unit is adopted.`,
      )
    const same = instance?.state === 'RUNNING' && instance.machineId === (input.machineId ?? instance.machineId)
    if (!report && node.registered && same) return { node, result: 'known' as const, ...told }
    if (input.dryRun) return { node, result: 'joined' as const, ...told }
    await fillIdentifiers(tx, node.id, match.missing, 'person')
    if (!node.registered) await adoptAll(tx, [node], await wishesOf(tx, input, node.id), actor)
    else if (Object.keys(saidOf(input)).length > 0) await patchNode(tx, node.id, saidOf(input), actor)
    return { node: await written(engine, tx, { node, input, of, actor }, report), result: 'joined' as const, ...told }
  })
  if (adopted.node && !input.dryRun) engine.waits.wake(adopted.node.id)
  return adopted
}

/** How its image stands to the one of that name here. */
async function digestOf(tx: Db, input: UnitInput): Promise<Pick<UnitAdoption, 'image' | 'digest'>> {
  const unit = input.unit ?? input.installation
  if (!unit) return { image: null, digest: 'unknown' }
  const row = await tx.image.findUnique({ where: { name: unit.image.name }, select: { manifestSha256: true } })
  const published = row?.manifestSha256 ?? null
  const digest = published === null ? 'unknown' : published === unit.image.manifestSha256 ? 'equal' : 'differs'
  return { image: { ...unit.image, published }, digest }
}

/** What a person says of it. */
const saidOf = ({ name, profile, batch }: UnitInput) => ({
  ...(name === undefined ? {} : { name }),
  ...(profile === undefined ? {} : { profile }),
  ...(batch === undefined ? {} : { batch }),
})

/** The same, else what the unit says where that holds here. */
async function wishesOf(tx: Db, input: UnitInput, nodeId: string | null) {
  const { name, profile, hostName } = input
  const unit = input.unit ?? input.installation
  const ofUnit = unit && (await tx.profile.findFirst({ where: { name: unit.profile }, select: { id: true } }))
  const given = name ?? (await freeOf(tx, [unit?.name, hostName?.split('.')[0]], nodeId))
  const meant = profile ?? (ofUnit ? unit.profile : undefined)
  return {
    ...saidOf(input),
    ...(given === undefined ? {} : { name: given }),
    ...(meant === undefined ? {} : { profile: meant }),
  }
}

async function freeOf(tx: Db, names: (string | undefined)[], nodeId: string | null): Promise<string | undefined> {
  for (const text of names) {
    const name = NodeName.safeParse(text).data
    if (name === undefined || name === 'localhost') continue
    const other = await tx.node.findFirst({ where: { name }, select: { id: true } })
    if (!other || other.id === nodeId) return name
  }
  return undefined
}

async function newNode(
  tx: Db,
  { siteId }: Pick<Engine, 'siteId'>,
  { input, identity, actor }: { input: UnitInput; identity: NormalIdentity; actor: string },
): Promise<StoredNode> {
  const { manufacturer, product } = input
  const made = {
    macs: identity.macs,
    ...(identity.serialShown ? { serial: identity.serialShown } : {}),
    ...(identity.uuid ? { uuid: identity.uuid } : {}),
    ...(manufacturer ? { manufacturer } : {}),
    ...(product ? { product } : {}),
    ...(await wishesOf(tx, input, null)),
  }
  const node = await addNode(tx, { input: made, registered: true, actor, siteId })
  await lockNode(tx, node.id)
  return node
}

interface Written {
  node: StoredNode
  input: UnitInput
  of: Awaited<ReturnType<typeof digestOf>>
  actor: string
}

/** @param report left out: its OS was asked */
async function written(engine: Engine, tx: Db, about: Written, report: Collected | undefined): Promise<StoredNode> {
  const { node, actor } = about
  const told = report ? await asInstalled(engine, tx, about, report) : await asRunning(engine, tx, about)
  const after = await getNode(tx, node.id)
  const { name, registered, profile, batch } = after
  await audit(tx, {
    actor,
    action: 'node.adopt-unit',
    of: after,
    before: { instance: idAndState(node) },
    after: { name, registered, profile, batch, instance: idAndState(after), ...told },
  })
  return after
}

const idAndState = ({ instance }: StoredNode) => instance && { id: instance.id, state: instance.state }

/** Where its OS came from, as its file says; a medium's report stays only with the installation that it is of. */
function originOf(unit: UnitInput['unit'], known: Origin | null): { origin?: Origin } {
  if (!unit) return {}
  const { instanceId, installedAt: begunAt } = unit
  const isSame = known?.instanceId === instanceId && known.begunAt === begunAt
  return { origin: { instanceId, begunAt, medium: isSame ? known.medium : null } }
}

/** @returns what the audit log says of it */
async function asRunning(engine: Engine, tx: Db, { node, input, of, actor }: Written): Promise<object> {
  const { id: nodeId } = node
  const { osVersion = 'an OS that does not say its name', machineId, hostName, sshHostKeys, k3s, unit } = input
  const { profileId } = await tx.node.findUniqueOrThrow({ where: { id: nodeId }, select: { profileId: true } })
  const instance = (await currentInstance(tx, nodeId)) ?? (await createInstance(tx, { nodeId, profileId }))
  const work = await beginWork(engine, tx, { nodeId })
  const reason: Reason = { code: 'os-runs', slots: { os: osVersion } }
  work.changes.instance = {
    id: instance.id,
    state: 'RUNNING',
    status: { reason, indicator: 'IDLE' },
    phoneHomeDueAt: null,
    ...originOf(unit, instance.origin),
    osVersion,
    sshHostKeys,
    ...(machineId ? { machineId } : {}),
    ...(hostName ? { hostName } : {}),
  }
  setNode(work, { status: { reason: { code: 'provisioned', slots: {} }, indicator: 'IDLE' } })
  const { installedAt = null, instanceId = null } = unit ?? {}
  work.changes.events.push(
    worded({
      kind: 'instance.running',
      nodeId,
      data: { ...of, by: actor, osVersion, k3s: k3s ?? null, installedAt, instanceId },
    }),
  )
  await endWork(work)
  return { osVersion, ...of }
}
