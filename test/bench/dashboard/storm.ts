import { setTimeout as sleep } from 'node:timers/promises'
import { appendEvents, type Registry } from '@eims/registry'

/** Machines that change at a time, and milliseconds from one time to the next: all of them within a second. */
const CHANGED = 200
const EVERY = 100

/**
 * Has the machines of the batch `storm` change until `signal`: their instances' states, each with its event, as the engine
 * writes them.
 * @returns how many changed in a second; fewer than asked for where the machine has no time
 */
export async function storm(registry: Registry, signal: AbortSignal): Promise<number> {
  const rows = await registry.db.node.findMany({
    where: { batchId: 'storm' },
    select: { id: true },
    orderBy: { id: 'asc' },
  })
  const ids = rows.map(({ id }) => id)
  const began = performance.now()
  let changed = 0
  for (let from = 0; !signal.aborted; from = (from + CHANGED) % ids.length) {
    const next = began + (changed / CHANGED) * EVERY
    if (next > performance.now()) await sleep(next - performance.now())
    const some = ids.slice(from, from + CHANGED)
    await registry.transaction(async (tx) => {
      await tx.$executeRaw`
        update instance set status_at = clock_timestamp(),
               state = (array['PROVISIONING', 'PROVISIONING', 'PROVISIONED', 'RUNNING', 'RUNNING', 'FAILED'])[1 + floor(random() * 6)]
         where node_id = any(${some}::text[])`
      await appendEvents(
        tx,
        some.map((nodeId) => ({
          kind: 'action.ended' as const,
          nodeId,
          message: 'write-image: done',
          data: { action: 'a3' },
        })),
      )
    })
    changed += some.length
  }
  return changed / ((performance.now() - began) / 1000)
}
