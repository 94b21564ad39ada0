import type { InstanceState } from './node.ts'

/** Where a machine may stand, as a person asks for it; each machine stands in one of them. */
export const standings = ['running', 'written', 'working', 'failed', 'waiting', 'held', 'unknown'] as const

/** PURE: where a machine stands. The registry counts by the same, and `standingFilter` finds by it. */
export function standingOf(node: {
  registered: boolean
  hold: string | null
  instance: { state: InstanceState } | null
}): (typeof standings)[number] {
  const state = node.instance?.state ?? 'PENDING'
  if (state !== 'PENDING') return begun[state]
  if (!node.registered) return 'unknown'
  return node.hold === null ? 'waiting' : 'held'
}

const begun = { RUNNING: 'running', PROVISIONED: 'written', PROVISIONING: 'working', FAILED: 'failed' } as const
