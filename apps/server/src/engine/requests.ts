import { type BootOrder, ProblemError, type Reason, worded } from '@eims/contracts'
import { audit, createInstance, effectiveProfile, firmwareBoots, getNode, type StoredNode } from '@eims/registry'
import { objectionTo, type PersonRequest, type RunEvent, step } from '@eims/workflow'
import { applyStep } from './effects.ts'
import type { Engine } from './engine.ts'
import { endWork, setNode, type Work, withMachine } from './work.ts'

/**
 * Carries out what a person asks of one node. It is audited, and answers with the node as it is then.
 * Throws not-found, and wrong-state with the reason why it does not get that.
 */
export async function carryOut(
  engine: Engine,
  ref: string,
  request: PersonRequest,
  actor: string,
): Promise<StoredNode> {
  const { id: nodeId } = await getNode(engine.registry.db, ref)
  const node = await withMachine(engine, { nodeId }, async (work) => {
    const { tx, state } = work
    const before = await getNode(tx, nodeId)
    const objection = objectionTo(request, state.node)
    if (objection) throw new ProblemError('wrong-state', objection)
    if (request.kind === 'provision' || request.kind === 'reprovision') await newInstance(work, request)
    else if (request.kind === 'retry') stepRun(work, request)
    else if (request.kind === 'cancel')
      stepRun(work, { kind: 'cancel', reason: { code: 'cancelled', slots: { by: actor } } })
    else stepRun(work, { kind: request.kind, by: actor })
    await endWork(work)
    const after = await getNode(tx, nodeId)
    await audit(tx, {
      actor,
      action: `node.${request.kind}`,
      of: after,
      reason: request.kind === 'reprovision' ? request.reason : null,
      before: statesOf(before),
      after: statesOf(after),
    })
    return after
  })
  if (!node) throw new ProblemError('not-found', `There is no node ${ref}.`)
  engine.waits.wake(node.id)
  return node
}

const statesOf = ({ instance, run }: StoredNode) => ({
  instance: instance && { id: instance.id, state: instance.state, profile: instance.profile },
  run: run && { id: run.id, state: run.state },
})

async function newInstance(work: Work, request: Extract<PersonRequest, { kind: 'provision' | 'reprovision' }>) {
  const { tx, state, changes } = work
  const { id: nodeId, name } = state.node
  const effective = await effectiveProfile(tx, nodeId)
  if (!effective) throw new ProblemError('wrong-state', { code: 'no-profile', slots: { node: name } })
  const status = request.kind === 'reprovision' ? wayBack(await firmwareBoots(tx, nodeId)) : undefined
  await createInstance(tx, { nodeId, profileId: effective.profile.id, ...(status ? { status } : {}) })
  const reason: Reason = { code: 'will-be-provisioned', slots: {} }
  setNode(work, { status: { reason, indicator: 'IN_PROGRESS' } })
  const because = request.kind === 'reprovision' ? { because: request.reason } : {}
  changes.events.push(worded({ kind: 'node.changed', nodeId, data: { request: request.kind, ...because } }))
}

/** PURE: how a machine that is to be imaged again comes to the network. `first`: what eims had its firmware try first. */
function wayBack(first: BootOrder | null): Reason {
  const codes = { disk: 'again-when-told', network: 'again-by-itself' } as const
  return { code: first ? codes[first] : 'again-by-its-own-order', slots: {} }
}

function stepRun(work: Work, event: Extract<RunEvent, { kind: 'retry' | 'cancel' | 'pause' | 'resume' }>): void {
  const { run, now } = work.state
  if (!run) throw new ProblemError('wrong-state', { code: 'has-no-run', slots: {} })
  const made = step(run, event, now)
  if (made.answer.kind === 'illegal') throw new ProblemError('wrong-state', made.answer.reason)
  applyStep(work, run, made)
}
