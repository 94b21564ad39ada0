import { bytes, type Counters, KeptKind } from '@eims/contracts'
import { droppedWords } from '../retention-text.ts'
import { type Check, ok, warn } from './check.ts'

const NAME = 'the registry'
const NEAR = 0.8
/** The sweeper begins ten minutes after the start and then looks at least once a minute. */
const SILENT_MS = 15 * 60_000

/**
 * Whether what machines and time make grow stays within its bounds. Pure.
 * @param counters what the running service tells; null: nothing
 * @param now    milliseconds since 1970
 */
export function judgeStored(counters: Pick<Counters, 'server' | 'stored'> | null, now: number): Check[] {
  const stored = counters?.stored
  if (!stored) return []
  const checks: Check[] = []
  for (const kind of KeptKind.options) {
    const { bytes: held, limit } = stored.kinds[kind]
    if (held > limit.bytes * 1.1)
      checks.push(
        warn(
          NAME,
          `${kind} take ${bytes(held)}, ${bytes(limit.bytes)} are the bound; what is left belongs to the last run of each machine, or is being dropped.`,
          `Look again in an hour; then raise the bound (site set --keep ${kind}=SIZE) or delete nodes that are no more.`,
        ),
      )
    else if (held > limit.bytes * NEAR)
      checks.push(
        warn(
          NAME,
          `${kind} take ${bytes(held)} of ${bytes(limit.bytes)}; beyond that the oldest are dropped.`,
          `Raise the bound (site set --keep ${kind}=SIZE) if they are to stay.`,
        ),
      )
  }
  const { count, limit } = stored.unregistered
  if (count >= limit * NEAR)
    checks.push(
      warn(
        NAME,
        `There are ${count} machines that nobody registered, ${limit} is the bound.`,
        'Adopt those that are yours (nodes adopt), delete the others, or raise the bound (site set --most-unknown).',
      ),
    )
  const since = Math.max(
    Date.parse(counters.server.startedAt),
    stored.sweptAt === null ? 0 : Date.parse(stored.sweptAt),
  )
  if (now - since > SILENT_MS)
    checks.push(
      warn(
        NAME,
        `What is too old was last dropped at ${stored.sweptAt ?? 'no time'}.`,
        'Read the service’s log: it says why the registry cannot be swept.',
      ),
    )
  if (checks.length > 0) return checks
  const all = KeptKind.options.map((kind) => `${kind} ${bytes(stored.kinds[kind].bytes)}`).join(', ')
  const dropped = droppedWords(stored)
  const gone = dropped.length > 0 ? ` Dropped so far: ${dropped.join(', ')}.` : ''
  return [ok(NAME, `It holds ${all}, and ${count} machines that nobody registered.${gone}`)]
}
