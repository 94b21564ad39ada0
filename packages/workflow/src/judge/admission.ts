import type { AdmissionFacts, Judgement } from '@eims/contracts'

const STRICTNESS: Record<Judgement['kind'], number> = { provision: 0, wait: 0, 'local-disk': 1, refused: 2 }

/**
 * PURE: what keeps a node from booting from the network, whatever else there is to say of it; null: nothing. DHCP, TFTP
 * and HTTP ask this of what they have at hand, the judge asks it first.
 */
export function closedTo({ name: node, state, netbootPolicy }: AdmissionFacts): Judgement | null {
  if (state === 'UNTRUSTED') return { kind: 'refused', reason: { code: 'untrusted', slots: { node } } }
  if (state === 'DELETED') return { kind: 'refused', reason: { code: 'deleted', slots: { node } } }
  if (netbootPolicy === 'denied') return { kind: 'refused', reason: { code: 'netboot-denied', slots: { node } } }
  if (netbootPolicy === 'local') return { kind: 'local-disk', reason: { code: 'netboot-local', slots: { node } } }
  return null
}

/** PURE: the stricter of two, as where a machine says another MAC than the one that its address belongs to. */
export function strictest(one: Judgement | null, other: Judgement | null): Judgement | null {
  if (!one || !other) return one ?? other
  return STRICTNESS[other.kind] > STRICTNESS[one.kind] ? other : one
}
