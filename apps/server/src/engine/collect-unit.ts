import { hash } from 'node:crypto'
import {
  type MediumInstallation,
  type MediumReport,
  ProblemError,
  type Reason,
  type UnitAdoption,
  type UnitInput,
  worded,
} from '@eims/contracts'
import { createInstance, currentInstance, type Db, fillInventory, originsOf, type StoredNode } from '@eims/registry'
import type { Engine } from './engine.ts'
import { type MediumVerdict, mediumVerdict, originOf } from './medium-verdict.ts'
import { beginWork, endWork, setNode, type Work } from './work.ts'

/** What a medium's report leads to, before anything is written. */
export interface Collected {
  installation: MediumInstallation
  verdict: MediumVerdict
  result: UnitAdoption['result']
}

/**
 * How a medium's report stands to what is known of its machine, whose lock the caller holds.
 * @param node null: it is no node yet
 * @throws ProblemError wrong-state (it is to be installed here; nothing tells which of two installations is the newer one)
 */
export async function collected(
  engine: Pick<Engine, 'signingKey'>,
  tx: Db,
  report: MediumReport,
  node: StoredNode | null,
): Promise<Collected> {
  const installation = withKeyedDigests(report, await engine.signingKey())
  if (!node) return { installation, verdict: 'anew', result: 'new' }
  const verdict = mediumVerdict(installation, await currentInstance(tx, node.id), await originsOf(tx, node.id))
  if (verdict === 'awaited')
    throw new ProblemError(
      'wrong-state',
      `Node ${node.name} is this unit, and is to be installed by this server. Let that end, or remove the node, and collect then.`,
    )
  if (verdict === 'unordered')
    throw new ProblemError(
      'wrong-state',
      `Node ${node.name} is this unit, and this server knows of an OS on it that did not come from a medium; nothing tells which of the two is the newer one. Ask the unit once it runs: eims nodes adopt --from-unit ADDRESS.`,
    )
  const isKept = verdict === 'known' || verdict === 'older' || verdict === 'untouched'
  return { installation, verdict, result: isKept ? verdict : 'joined' }
}

/** Behind a digest of a config-file there may be passwords that are soon guessed. */
function withKeyedDigests(report: MediumReport, key: Uint8Array): MediumInstallation {
  const keyed = (digest: string | null) => digest && hash('sha256', Buffer.concat([key, Buffer.from(digest)]))
  return { ...report, customization: keyed(report.customization), config: keyed(report.config) }
}

/**
 * Writes down what a medium tells of a node's OS: PROVISIONED at most, as nobody has seen it run, or FAILED. Both keep its disk: the
 * machine boots it, or waits for a person. The caller holds the node's lock, and nothing of `collected` was kept back.
 * @returns what the audit log says of it
 */
export async function asInstalled(
  engine: Engine,
  tx: Db,
  { node, input, of, actor }: { node: StoredNode; input: UnitInput; of: object; actor: string },
  { installation, verdict }: Collected,
): Promise<object> {
  const { id: nodeId } = node
  if (input.inventory) await fillInventory(tx, nodeId, input.inventory)
  const current = await currentInstance(tx, nodeId)
  const instance =
    current && verdict !== 'anew'
      ? current
      : await createInstance(tx, { nodeId, profileId: await profileNamed(tx, installation.profile) })
  const work = await beginWork(engine, tx, { nodeId })
  const about = { by: actor, ...of, medium: installation }
  const change = { id: instance.id, origin: originOf(installation) }
  if (verdict === 'of-running') {
    work.changes.instance = change
    work.changes.events.push(worded({ kind: 'node.changed', nodeId, data: { how: 'collected', ...about } }))
  } else tellOutcome(work, change, installation, about)
  await endWork(work)
  return { ...of, medium: installation }
}

function tellOutcome(
  work: Work,
  change: { id: string; origin: ReturnType<typeof originOf> },
  { state, reason: said }: MediumInstallation,
  data: object,
): void {
  const { id: nodeId } = work.state.node
  const isInstalled = state === 'INSTALLED'
  const reason: Reason = isInstalled
    ? { code: 'medium-installed', slots: {} }
    : state === 'BEGUN' || said === null
      ? { code: 'medium-unfinished', slots: {} }
      : { code: 'told', slots: { text: said } }
  const indicator = isInstalled ? 'IDLE' : 'ERROR'
  work.changes.instance = {
    ...change,
    state: isInstalled ? 'PROVISIONED' : 'FAILED',
    status: { reason, indicator },
    phoneHomeDueAt: null,
  }
  setNode(work, { status: { reason: { code: isInstalled ? 'provisioned' : 'not-provisioned', slots: {} }, indicator } })
  const kind = isInstalled ? 'instance.provisioned' : 'instance.failed'
  work.changes.events.push(worded({ kind, nodeId, data: { reason, ...data } }))
}

const profileNamed = async (tx: Db, name: string): Promise<string | null> =>
  (await tx.profile.findFirst({ where: { name }, select: { id: true } }))?.id ?? null
