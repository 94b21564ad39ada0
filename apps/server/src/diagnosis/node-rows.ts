import { builtinNamed, readReason, sentence, told } from '@eims/contracts'
import type { DiagnosisFacts } from './facts.ts'
import { ago, span } from './figures.ts'
import type { Finding } from './symptoms.ts'
import { causeOf, type Trail } from './trail.ts'
import { twinFinding, twinIsThere } from './twin-rows.ts'
import { conflictRemedy, failureRemedy, waits } from './waiting.ts'

/** An agent that waits asks at least every few seconds, one that works reports as often. */
const AGENT_SILENT_MS = 60_000
/**
 * A machine may come by the network this often, within this time, on its way to a disk that boots: OVMF tries HTTP
 * boot after PXE, and over HTTPS its iPXE asks three times more (seen: five decisions in 50 s of one power-on).
 */
const DISK_TRIES = 3
const ONE_POWER_ON_MS = 150_000
const noReason = sentence('seen.no-reason')

/** What the registry says of a machine whose agent or OS is known; null: its way to the agent is what counts. Pure. */
export function nodeFinding(facts: DiagnosisFacts, trail: Trail): Finding | null {
  const { node, now, agentSeenAt, waiting } = facts
  if (!node) return null
  if (node.state === 'UNTRUSTED') return { symptom: 'untrusted' }
  const { run, instance } = node
  const claimed = claim(facts, trail)
  if (claimed) return claimed
  if (run && (run.state === 'PENDING' || run.state === 'RUNNING')) return running(facts, trail)
  switch (instance?.state) {
    case 'FAILED':
      return failed(facts)
    case 'PROVISIONED':
      return provisioned(facts)
    case 'RUNNING':
      if (node.warnings[0]) return { symptom: 'os-alike', slots: { reason: readReason(node.warnings[0]) ?? noReason } }
      return {
        symptom: 'running',
        slots: { reason: instance.osVersion ?? readReason(instance.status.reason) ?? noReason },
      }
    default:
  }
  if (node.hold !== null && heardAtAll(facts)) return { symptom: 'held-by-person', slots: { reason: told(node.hold) } }
  if (agentSeenAt === null || restarted(facts, trail)) return null
  if (now - agentSeenAt >= AGENT_SILENT_MS) {
    // a person wants it imaged again, and it was not heard since
    if (trail.heardAt === null) return null
    const slots = { ago: ago(agentSeenAt, now), reason: waiting ?? sentence('seen.next-action') }
    return { symptom: 'gone', slots, also: waiting ? waits(waiting).also : [] }
  }
  if (waiting) return waits(waiting)
  return { symptom: 'onboarded', slots: { ago: ago(agentSeenAt, now) } }
}

const heardAtAll = ({ agentSeenAt, events }: DiagnosisFacts) => agentSeenAt !== null || events.some(({ mac }) => mac)

/** What only the node itself does, or a person with it; a machine that merely could be it does none of it. */
const OWN = /^(agent\.onboarded|run\.|action\.|instance\.|node\.)/
const CLAIM_MS = 24 * 3_600_000

/** The last that was heard in its name is a machine whose identifiers name other nodes, too. */
function claim({ events, now }: DiagnosisFacts, { conflict }: Trail): Finding | null {
  if (!conflict) return null
  const twin = twinFinding(conflict.last)
  if (twin) return twinIsThere(conflict.last, events, now) ? twin : null
  if (now - Date.parse(conflict.last.lastAt) > CLAIM_MS) return null
  if (events.some(({ kind, at }) => OWN.test(kind) && at >= conflict.last.lastAt)) return null
  const why = causeOf(conflict.last)
  return { symptom: 'claimed', slots: { reason: why }, also: conflictRemedy(why) }
}

/** The last word in its name that was refused, where nothing of its own was heard since `since` (ISO). */
function refusedSince({ events, now }: DiagnosisFacts, of: 'agent' | 'os', since: string): Finding | null {
  const refused = events.findLast(({ kind, data }) => kind === 'report.refused' && data.of === of)
  if (!refused || refused.lastAt < since) return null
  const when = ago(Date.parse(refused.lastAt), now)
  return { symptom: 'report-refused', slots: { ago: when, reason: causeOf(refused) } }
}

/** Its firmware was heard after its agent: what the agent did is over. */
const restarted = ({ agentSeenAt }: DiagnosisFacts, { heardAt }: Trail) =>
  heardAt !== null && agentSeenAt !== null && heardAt > agentSeenAt + 2000

function running(facts: DiagnosisFacts, trail: Trail): Finding | null {
  const { node, now, agentSeenAt, waiting } = facts
  if (agentSeenAt === null || restarted(facts, trail)) return null
  const at =
    node?.run?.actions.find(({ state }) => state === 'RUNNING') ??
    node?.run?.actions.find(({ state }) => state === 'PENDING')
  const percent = Math.round((at?.progress ?? 0) * 100)
  const name = at?.name ?? sentence('seen.last-action')
  const action = at?.progress ? sentence('seen.action-at', { action: name, percent }) : name
  const silent = now - agentSeenAt >= AGENT_SILENT_MS
  const refused = silent && refusedSince(facts, 'agent', new Date(agentSeenAt).toISOString())
  if (refused) return refused
  if (waiting && !silent) return waits(waiting)
  return {
    symptom: silent ? 'agent-silent' : 'installing',
    slots: { action, ago: ago(agentSeenAt, now) },
  }
}

function failed({ node }: DiagnosisFacts): Finding {
  const { run, instance } = node ?? {}
  const why = readReason(run?.reason ?? instance?.status.reason)
  const reason = why ?? noReason
  if (run?.state === 'CANCELLED') return { symptom: 'cancelled', slots: { reason } }
  if (run?.state === 'FAILED' || run?.state === 'TIMED_OUT') {
    const action = run.actions.find(({ state }) => state === 'FAILED' || state === 'TIMED_OUT')?.name
    const symptom = (action && builtinNamed(action)?.symptom) || 'run-failed'
    return { symptom, slots: { reason, action: action ?? sentence('seen.one-of-them') }, also: failureRemedy(why) }
  }
  if (instance?.status.reason.code === 'no-report-in-time') return { symptom: 'no-phone-home' }
  return { symptom: 'os-fault', slots: { reason: readReason(instance?.status.reason) ?? noReason } }
}

function provisioned(facts: DiagnosisFacts): Finding {
  const { node, now, phoneHomeDueAt, events } = facts
  if (phoneHomeDueAt === null)
    return {
      symptom: 'sealed',
      slots: { reason: readReason(node?.instance?.status.reason) ?? sentence('seen.provisioned') },
    }
  const written = events.findLastIndex(({ kind }) => kind === 'instance.provisioned')
  const refused = refusedSince(facts, 'os', events[written]?.at ?? '')
  if (refused) return refused
  const sent = events
    .slice(written + 1)
    .filter(({ kind, data }) => kind === 'boot.decision' && data.kind === 'local-disk')
  const tries = sent.reduce((sum, { count }) => sum + count, 0)
  const [first, last] = [sent[0]?.at ?? '', sent.at(-1)?.lastAt ?? '']
  const lasts = Date.parse(last) - Date.parse(first)
  if (tries >= DISK_TRIES && lasts > ONE_POWER_ON_MS)
    return { symptom: 'disk-not-booting', slots: { span: span(lasts / 1000) } }
  if (now > phoneHomeDueAt + AGENT_SILENT_MS) return { symptom: 'no-phone-home' }
  return { symptom: 'first-boot', slots: { due: span((phoneHomeDueAt - now) / 1000) } }
}
