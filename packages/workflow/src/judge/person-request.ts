import type { NodeFacts, Reason, RetryFrom } from '@eims/contracts'
import { closedTo } from './admission.ts'
import { isActive } from './judge.ts'

/** What a person asks of one node. */
export type PersonRequest =
  | { kind: 'provision' }
  | { kind: 'reprovision'; reason: string }
  | { kind: 'retry'; from: RetryFrom }
  | { kind: 'cancel' | 'pause' | 'resume' }

/** PURE: why a node does not get what a person asks for, with what leads out of it; null: it does. */
export function objectionTo({ kind }: PersonRequest, node: NodeFacts): Reason | null {
  const { name, hold, instance, run, profile } = node
  const ofTheRun = kind === 'cancel' || kind === 'pause' || kind === 'resume'
  if (!ofTheRun) {
    if (hold !== null) return { code: 'release-first', slots: { node: name, text: hold } }
    const closed = closedTo(node)
    const byPolicy = closed?.reason.code === 'netboot-denied' || closed?.reason.code === 'netboot-local'
    if (closed)
      return byPolicy ? { code: 'let-it-boot-first', slots: { node: name, why: closed.reason } } : closed.reason
  }
  if (kind === 'retry' || ofTheRun) {
    if (!run) return { code: 'has-no-run', slots: {} }
    return run.instanceId === instance?.id ? null : { code: 'waits-to-be-imaged', slots: {} }
  }
  if (isActive(run)) return { code: 'run-under-way', slots: { node: name } }
  if (kind === 'provision' && instance) return { code: 'has-an-instance', slots: { state: instance.state } }
  if (kind === 'reprovision' && !instance) return { code: 'never-provisioned', slots: {} }
  return profile ? null : { code: 'no-profile', slots: { node: name } }
}
