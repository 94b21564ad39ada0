import { type Event, readReason } from '@eims/contracts'
import type { Finding } from './symptoms.ts'
import { causeOf } from './trail.ts'

/** A machine that waits because another one has its node is heard of at least twice a minute. */
const GONE_MS = 120_000

/**
 * The finding for a conflict, or a decision on one, that is between two machines and not between rows of the registry;
 * else null. Pure.
 */
export function twinFinding(conflict: Event): Finding | null {
  const said = causeOf(conflict)
  const why = said.code === 'quarantined' ? readReason(said.slots.why) : said
  return why?.code === 'twin' ? { symptom: 'twin', slots: { node: why.slots.node, reason: why } } : null
}

/** Whether the second machine of such a conflict is still there, and nobody has decided between the two. Pure. */
export const twinIsThere = ({ lastAt }: Event, events: Event[], now: number): boolean =>
  now - Date.parse(lastAt) < GONE_MS &&
  !events.some(({ kind, at }) => (kind === 'agent.onboarded' || kind === 'node.changed') && at > lastAt)
