import type { DemoBench, Seen } from './bench.ts'
import { awaited, narrate, nothingTold, type Step, type Told } from './narration.ts'
import type { Patience } from './patience.ts'

/** A machine that is emulated takes two to four minutes; one that takes so long is stuck. */
const MACHINE_TIMEOUT_MS = 20 * 60_000

/** Calls `tell` with the steps of these nodes as they happen, and lets `patience` know what comes next. */
export function follow(bench: DemoBench, names: string[], tell: (step: Step) => void, patience: Patience) {
  const last = new Map<string, Seen>()
  const told = new Map<string, Told>()
  const kinds = new Map<string, string>()
  const waits = new Map(names.map((name) => [name, Promise.withResolvers<void>()]))
  bench.watch(names, (seen) => {
    const { name, instance } = seen.node
    last.set(name, seen)
    const now = narrate(told.get(name) ?? nothingTold, seen.node, seen.timeline, Date.now())
    told.set(name, now.told)
    for (const step of now.steps) tell(step)
    const before = kinds.get(name)
    const kind = now.steps.findLast((step) => step.kind !== 'progress')?.kind ?? before
    if (kind) {
      kinds.set(name, kind)
      patience.waits(name, awaited(kind, seen.node), kind === before)
    }
    if (instance?.state === 'RUNNING' || instance?.state === 'FAILED') waits.get(name)?.resolve()
  })
  return {
    /** Resolves when the machine is RUNNING or FAILED; rejects when it takes too long. */
    async over(name: string): Promise<void> {
      const late = () =>
        waits.get(name)?.reject(new Error(`${name} took more than ${MACHINE_TIMEOUT_MS / 60_000} minutes`))
      const timer = setTimeout(late, MACHINE_TIMEOUT_MS)
      timer.unref()
      await waits.get(name)?.promise.finally(() => clearTimeout(timer))
    },
    /** What was last heard of each. */
    all: (): Seen[] => names.flatMap((name) => last.get(name) ?? []),
  }
}
