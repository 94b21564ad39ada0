import { type Reason, worded } from '@eims/contracts'
import { dropExpiredSessions, getInstance, isDatabaseDown, lackOf, overdueInstances, overdueRuns } from '@eims/registry'
import { step } from '@eims/workflow'
import { again } from '../again.ts'
import { applyStep } from './effects.ts'
import type { Engine } from './engine.ts'
import { setNode, withMachine } from './work.ts'

const EVERY_MS = 5000
const AT_ONCE = 100

/**
 * Looks every few seconds for what did not happen: leases that ran out, action time-outs, an OS that never reported
 * itself. After the database was away or its clock was set, leases count from then, so that agents are heard first.
 */
export function startSweep(engine: Engine): AsyncDisposable {
  const { listening } = engine
  return again(async () => {
    try {
      const now = await engine.clock.look()
      listening.since ??= now
      await sweepOnce(engine, listening.since)
    } catch (error) {
      listening.since = null
      engine.log.warn({ err: error }, 'sweep: the registry cannot be asked')
    }
    return EVERY_MS
  }, EVERY_MS)
}

/** One look at everything. `listeningSince`: since when (ms, database clock) agents could be heard without a break. */
export async function sweepOnce(engine: Engine, listeningSince: number): Promise<void> {
  const { db } = engine.registry
  await dropExpiredSessions(db)
  for (const run of await overdueRuns(db, AT_ONCE)) await alone(engine, () => sweepRun(engine, run, listeningSince))
  for (const { id, nodeId } of await overdueInstances(db, AT_ONCE))
    await alone(engine, () => sweepInstance(engine, id, nodeId))
}

/** One node that cannot be judged must not keep the others from it. */
async function alone(engine: Engine, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (isDatabaseDown(error) || lackOf(error)) throw error
    engine.log.error({ err: error }, 'sweep: a node could not be judged')
  }
}

async function sweepRun(engine: Engine, of: { runId: string; nodeId: string }, listeningSince: number): Promise<void> {
  await withMachine(engine, of, async (work) => {
    const { run, now } = work.state
    if (run) applyStep(work, run, step(run, { kind: 'tick', listeningSince }, now))
  })
  engine.waits.wake(of.nodeId)
}

async function sweepInstance(engine: Engine, id: string, nodeId: string): Promise<void> {
  const reason: Reason = { code: 'no-report-in-time', slots: {} }
  await withMachine(engine, { nodeId }, async (work) => {
    // It may have reported itself since it was found.
    const { state, phoneHomeDueAt } = await getInstance(work.tx, id)
    if (state !== 'PROVISIONED' || phoneHomeDueAt === null || phoneHomeDueAt > work.state.now) return
    work.changes.instance = { id, state: 'FAILED', status: { reason, indicator: 'ERROR' }, phoneHomeDueAt: null }
    setNode(work, { status: { reason: { code: 'os-did-not-come-up', slots: {} }, indicator: 'ERROR' } })
    work.changes.events.push(worded({ kind: 'instance.failed', nodeId, data: { reason } }))
  })
}
