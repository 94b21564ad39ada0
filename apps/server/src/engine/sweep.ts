import { appendEvents, dbNow, loadRun, lockNode, overdueInstances, overdueRuns, setInstanceState } from '@eims/registry'
import { step } from '@eims/workflow'
import { applyStep } from './effects.ts'
import type { Engine, Work } from './engine.ts'

const EVERY_MS = 5000
const AT_ONCE = 100

/**
 * Looks every few seconds for what did not happen: leases that ran out, action time-outs, an OS that never reported
 * itself. After the database was away, leases count from its return, so that agents are heard first.
 */
export function startSweep(engine: Engine): AsyncDisposable {
  let listeningSince: number | null = null
  let timer: NodeJS.Timeout
  let stopped = false
  const round = async () => {
    try {
      listeningSince ??= await dbNow(engine.registry.db)
      await sweepRuns(engine, listeningSince)
      await sweepInstances(engine)
    } catch (error) {
      listeningSince = null
      engine.log.warn({ err: error }, 'sweep: the registry cannot be asked')
    }
    if (!stopped) timer = setTimeout(next, EVERY_MS)
  }
  let running = Promise.resolve()
  const next = () => {
    running = round()
  }
  timer = setTimeout(next, EVERY_MS)
  return {
    async [Symbol.asyncDispose]() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}

async function sweepRuns(engine: Engine, listeningSince: number): Promise<void> {
  for (const { runId, nodeId } of await overdueRuns(engine.registry.db, AT_ONCE)) {
    await engine.registry.transaction(async (tx) => {
      const work: Work = { tx, events: [] }
      if (!(await lockNode(tx, nodeId))) return
      const run = await loadRun(tx, runId)
      if (!run) return
      const now = await dbNow(tx)
      await applyStep(work, run, step(run, { kind: 'tick', listeningSince }, now), now)
      await appendEvents(tx, work.events)
    })
    engine.waits.wake(nodeId)
  }
}

async function sweepInstances(engine: Engine): Promise<void> {
  for (const overdue of await overdueInstances(engine.registry.db, AT_ONCE)) {
    const message = 'the OS did not report itself in time'
    await engine.registry.transaction(async (tx) => {
      await lockNode(tx, overdue.nodeId)
      await setInstanceState(tx, overdue.id, {
        state: 'FAILED',
        statusText: message,
        indicator: 'ERROR',
        phoneHomeDueAt: null,
      })
      await appendEvents(tx, [{ kind: 'instance.failed', nodeId: overdue.nodeId, message }])
    })
  }
}
