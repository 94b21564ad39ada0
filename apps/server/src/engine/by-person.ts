import { type Node, ProblemError, say } from '@eims/contracts'
import {
  activeRun,
  appendEvents,
  audit,
  createInstance,
  currentInstance,
  dbNow,
  effectiveProfile,
  getNode,
  holdReason,
  latestRun,
  lockNode,
  setNodeStatus,
} from '@eims/registry'
import { type RunEvent, step } from '@eims/workflow'
import { gateOf } from '../netboot/gate.ts'
import { applyStep } from './effects.ts'
import type { Engine, Work } from './engine.ts'

/** What a person asks of one node. Each is audited; each answers with the node as it is then. */
export type Wish =
  | { kind: 'provision' }
  | { kind: 'reprovision'; reason: string }
  | { kind: 'retry'; from: 'failed-action' | 'start' }
  | { kind: 'cancel' }

/** Carries a wish out. Throws not-found, and wrong-state with what the node is doing instead. */
export async function grant(engine: Engine, ref: string, wish: Wish, actor: string): Promise<Node> {
  const node = await engine.registry.transaction(async (tx) => {
    const work: Work = { tx, events: [] }
    const { id, name } = await getNode(tx, ref)
    if (!(await lockNode(tx, id))) throw new ProblemError('not-found', `There is no node ${ref}.`)
    const before = await getNode(tx, id)
    const hold = await holdReason(tx, id)
    if (hold !== null && wish.kind !== 'cancel')
      throw new ProblemError('wrong-state', `${name} is held (${hold}); release it first`)
    const gate = gateOf({ name, policy: before.netbootPolicy })
    if (gate.policy !== 'allowed' && wish.kind !== 'cancel')
      throw new ProblemError(
        'wrong-state',
        `${say(gate.reason)}; let it boot from the network first: eims nodes set ${name} --netboot allowed`,
      )
    if (wish.kind === 'provision' || wish.kind === 'reprovision') await newInstance(work, id, wish)
    else await stepRun(work, id, wish.kind === 'cancel' ? { kind: 'cancel', reason: `cancelled by ${actor}` } : wish)
    await appendEvents(tx, work.events)
    const after = await getNode(tx, id)
    await audit(tx, {
      actor,
      action: `node.${wish.kind}`,
      of: after,
      reason: wish.kind === 'reprovision' ? wish.reason : null,
      before: statesOf(before),
      after: statesOf(after),
    })
    return after
  })
  engine.waits.wake(node.id)
  return node
}

const statesOf = ({ instance, run }: Node) => ({
  instance: instance && { id: instance.id, state: instance.state, profile: instance.profile },
  run: run && { id: run.id, state: run.state },
})

async function newInstance({ tx, events }: Work, nodeId: string, wish: Wish): Promise<void> {
  const current = await currentInstance(tx, nodeId)
  if (await activeRun(tx, nodeId)) throw new ProblemError('wrong-state', 'a run is under way; cancel it first')
  if (wish.kind === 'provision' && current)
    throw new ProblemError(
      'wrong-state',
      `the node has an instance, which is ${current.state}; ask for retry or reprovision`,
    )
  if (wish.kind === 'reprovision' && !current)
    throw new ProblemError('wrong-state', 'the node was never provisioned; ask for provision')
  const effective = await effectiveProfile(tx, nodeId)
  if (!effective) throw new ProblemError('wrong-state', 'the node has no profile, and the site has no default profile')
  await createInstance(tx, { nodeId, profileId: effective.profile.id })
  await setNodeStatus(tx, nodeId, { statusText: 'will be provisioned', indicator: 'IN_PROGRESS', held: null })
  const message = wish.kind === 'reprovision' ? `will be imaged again: ${wish.reason}` : 'will be provisioned'
  events.push({ kind: 'node.changed', nodeId, message, data: { wish: wish.kind } })
}

async function stepRun(
  work: Work,
  nodeId: string,
  event: Extract<RunEvent, { kind: 'retry' | 'cancel' }>,
): Promise<void> {
  const run = await latestRun(work.tx, nodeId)
  if (!run) throw new ProblemError('wrong-state', 'the node has no run')
  if ((await currentInstance(work.tx, nodeId))?.id !== run.instanceId)
    throw new ProblemError('wrong-state', 'the node waits to be imaged again; its last run is over')
  const now = await dbNow(work.tx)
  const made = step(run, event, now)
  if (made.answer.kind === 'illegal') throw new ProblemError('wrong-state', made.answer.reason)
  await applyStep(work, run, made, now)
}
