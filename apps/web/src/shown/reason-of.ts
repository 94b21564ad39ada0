import { type Node, type ShownReason, shown, standingOf } from '@eims/contracts'

/**
 * PURE: why a node is where it is: what it waits for, else how its instance stands, else how the machine does. Who waits
 * for nothing and has not begun waits to be switched on.
 */
export function reasonOf(node: Node): ShownReason {
  if (node.waiting) return node.waiting
  if (standingOf(node) === 'waiting' && node.lastSeenAt === null)
    return shown({ code: 'waits-for-its-machine', slots: {} })
  return node.instance?.status.reason ?? node.status.reason
}
