import type { DiagnosisFacts } from './facts.ts'
import { ago, span } from './figures.ts'
import type { Finding } from './symptoms.ts'
import type { Trail } from './trail.ts'

/** An agent that waits asks at least every few seconds, one that works reports as often. */
const AGENT_SILENT_MS = 60_000
/** So often may a machine come by the network on its way to a disk that boots. */
const DISK_TRIES = 3

/** What the registry says of a machine whose agent or OS is known; null: its way to the agent is what counts. Pure. */
export function nodeFinding(facts: DiagnosisFacts, trail: Trail): Finding | null {
  const { node, now, agentSeenAt } = facts
  if (!node) return null
  if (node.state === 'UNTRUSTED') return { symptom: 'untrusted' }
  const { run, instance } = node
  if (run && (run.state === 'PENDING' || run.state === 'RUNNING')) return running(facts, trail)
  switch (instance?.state) {
    case 'FAILED':
      return failed(facts)
    case 'PROVISIONED':
      return provisioned(facts, trail)
    case 'RUNNING':
      return { symptom: 'running', slots: { reason: instance.osVersion ?? instance.status.text } }
    default:
  }
  const present = agentSeenAt !== null && now - agentSeenAt < AGENT_SILENT_MS && !restarted(facts, trail)
  if (!present) return null
  if (node.held) return { symptom: 'held', slots: { reason: node.held.replace(/\.$/, '') } }
  return { symptom: 'onboarded', slots: { ago: ago(agentSeenAt, now) } }
}

/** Its firmware was heard after its agent: what the agent did is over. */
const restarted = ({ agentSeenAt }: DiagnosisFacts, { heardAt }: Trail) =>
  heardAt !== null && agentSeenAt !== null && heardAt > agentSeenAt + 2000

function running(facts: DiagnosisFacts, trail: Trail): Finding | null {
  const { node, now, agentSeenAt } = facts
  if (agentSeenAt === null || restarted(facts, trail)) return null
  const at =
    node?.run?.actions.find(({ state }) => state === 'RUNNING') ??
    node?.run?.actions.find(({ state }) => state === 'PENDING')
  const percent = at?.progress ? `, ${Math.round(at.progress * 100)} % done` : ''
  const action = at ? `${at.name}${percent}` : 'its last action'
  return {
    symptom: now - agentSeenAt < AGENT_SILENT_MS ? 'installing' : 'agent-silent',
    slots: { action, ago: ago(agentSeenAt, now) },
  }
}

function failed({ node }: DiagnosisFacts): Finding {
  const { run, instance } = node ?? {}
  const reason = (run?.reason ?? instance?.status.text ?? 'no reason is known').replace(/\.$/, '')
  if (run?.state === 'CANCELLED') return { symptom: 'cancelled', slots: { reason } }
  if (run?.state === 'FAILED' || run?.state === 'TIMED_OUT') {
    const action = run.actions.find(({ state }) => state === 'FAILED' || state === 'TIMED_OUT')?.name ?? 'one of them'
    return { symptom: 'run-failed', slots: { reason, action } }
  }
  const text = instance?.status.text ?? ''
  if (/did not report itself/.test(text)) return { symptom: 'no-phone-home' }
  return { symptom: 'os-fault', slots: { reason: text.replace(/\.$/, '') || 'no reason is known' } }
}

function provisioned({ node, now, phoneHomeDueAt, events }: DiagnosisFacts, _trail: Trail): Finding {
  if (phoneHomeDueAt === null)
    return { symptom: 'sealed', slots: { reason: node?.instance?.status.text ?? 'provisioned' } }
  const written = events.findLastIndex(({ kind }) => kind === 'instance.provisioned')
  const tries = events
    .slice(written + 1)
    .filter(({ kind, data }) => kind === 'boot.decision' && data.kind === 'local-disk')
    .reduce((sum, { count }) => sum + count, 0)
  if (tries >= DISK_TRIES) return { symptom: 'disk-not-booting', slots: { count: String(tries) } }
  if (now > phoneHomeDueAt + AGENT_SILENT_MS) return { symptom: 'no-phone-home' }
  return { symptom: 'first-boot', slots: { due: span((phoneHomeDueAt - now) / 1000) } }
}
