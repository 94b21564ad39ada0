import { type Run, reportsItself } from '@eims/contracts'
import {
  type Db,
  effectiveProfile,
  getInstance,
  getNode,
  saveRun,
  setInstanceState,
  setNodeStatus,
} from '@eims/registry'
import type { Effect, Step } from '@eims/workflow'
import type { Work } from './engine.ts'

/** Stores what a step made of a run and carries its effects out, all in the caller's transaction, which holds the node's lock. */
export async function applyStep(work: Work, before: Run, { run, effects }: Step, now: number): Promise<void> {
  if (run !== before) await saveRun(work.tx, before, run)
  for (const effect of effects) await applyEffect(work, run, effect, now)
}

async function applyEffect({ tx, events }: Work, run: Run, effect: Effect, now: number): Promise<void> {
  const { nodeId, instanceId, id: runId } = run
  switch (effect.kind) {
    case 'event':
      events.push({ kind: effect.event, nodeId, runId, message: effect.message, data: effect.data })
      if (effect.event === 'action.lease-expired') return fellSilent(tx, nodeId)
      if (effect.event === 'action.started') return heardAgain(tx, run)
      return
    case 'run-started':
      return setInstanceState(tx, instanceId, {
        state: 'PROVISIONING',
        statusText: 'provisioning',
        indicator: 'IN_PROGRESS',
      })
    case 'run-reopened':
      await setInstanceState(tx, instanceId, {
        state: 'PENDING',
        statusText: 'waits for the machine',
        indicator: 'IN_PROGRESS',
      })
      return setNodeStatus(tx, nodeId, { statusText: 'will be provisioned', indicator: 'IN_PROGRESS', held: null })
    case 'run-ended':
      return effect.state === 'SUCCEEDED'
        ? provisioned({ tx, events }, run, now)
        : notProvisioned({ tx, events }, run, effect.state, effect.reason)
  }
}

const SILENT = 'not heard of since'

async function fellSilent(tx: Db, nodeId: string): Promise<void> {
  const { lastSeenAt } = await getNode(tx, nodeId)
  await setNodeStatus(tx, nodeId, { statusText: `${SILENT} ${lastSeenAt ?? 'it onboarded'}`, indicator: 'ERROR' })
}

async function heardAgain(tx: Db, { nodeId, instanceId }: Run): Promise<void> {
  if (!(await getNode(tx, nodeId)).status.text.startsWith(SILENT)) return
  const { profile } = await getInstance(tx, instanceId)
  await setNodeStatus(tx, nodeId, { statusText: `gets ${profile ?? 'its OS'}`, indicator: 'IN_PROGRESS' })
}

async function provisioned({ tx, events }: Work, run: Run, now: number): Promise<void> {
  const { nodeId, instanceId, id: runId } = run
  // Its OS may have been heard of before its agent's last report.
  if ((await getInstance(tx, instanceId)).state === 'RUNNING') return
  const reports = reportsItself(run.actions.map(({ definition }) => definition))
  const timeout = reports ? ((await effectiveProfile(tx, nodeId))?.profile.phoneHomeTimeout ?? 1800) : null
  const text = reports ? 'the OS is written; waits for it to report itself' : 'the OS is written; the unit is sealed'
  await setInstanceState(tx, instanceId, {
    state: 'PROVISIONED',
    statusText: text,
    indicator: reports ? 'IN_PROGRESS' : 'IDLE',
    phoneHomeDueAt: timeout === null ? null : now + timeout * 1000,
  })
  await setNodeStatus(tx, nodeId, { statusText: 'provisioned', indicator: 'IDLE', held: null })
  events.push({ kind: 'instance.provisioned', nodeId, runId, message: text })
}

async function notProvisioned({ tx, events }: Work, run: Run, state: string, reason: string | null): Promise<void> {
  const { nodeId, instanceId, id: runId } = run
  const instance = await getInstance(tx, instanceId)
  if (instance.state === 'RUNNING') return
  const text = reason ?? state.toLowerCase()
  await setInstanceState(tx, instanceId, { state: 'FAILED', statusText: text, indicator: 'ERROR' })
  await setNodeStatus(tx, nodeId, { statusText: 'not provisioned', indicator: 'ERROR', held: null })
  events.push({ kind: 'instance.failed', nodeId, runId, message: text })
}
