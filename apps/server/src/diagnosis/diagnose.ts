import {
  type Diagnosis,
  type Event,
  inEnglish,
  narrowed,
  type Sentence,
  type SymptomText,
  sentence,
} from '@eims/contracts'
import { passes } from '@eims/registry'
import { bootFinding } from './boot-rows.ts'
import type { DiagnosisFacts } from './facts.ts'
import { ago } from './figures.ts'
import { nodeFinding } from './node-rows.ts'
import { observe } from './observations.ts'
import { type Finding, textOf } from './symptoms.ts'
import { type Trail, trailOf } from './trail.ts'

/** A try that ended longer ago says nothing about the one that is under way. */
const BEFORE_MS = 24 * 3_600_000

/** Why a machine is where it is. Pure, and never throws: of whatever is known, one row of the table applies. */
export function diagnose(facts: DiagnosisFacts): Diagnosis {
  const tries = passes(facts.events)
  const current = tries.at(-1) ?? []
  const trail = trailOf(current)
  const known = nodeFinding(facts, trail)
  const found = known ?? bootFinding(trail, facts)
  const began = isUnderWay(found, facts.now)
  const [before, earlier] = tries
    .slice(0, -1)
    .reverse()
    .map((events) => badEnd(events, facts))
  // A machine that loops is nearly always in the middle of its next try: what counts is how the tries end.
  const loops = began && before !== undefined && before !== null && before.finding.symptom === earlier?.finding.symptom
  const finding = loops ? before.finding : found
  const underWay = began && !loops
  const { verdict: ended, certainty, missing, cause, remedy = [] } = textOf(finding.symptom)
  const slots = slotsOf(finding, facts)
  const verdict = underWay ? 'in-progress' : ended
  const quiet = underWay || verdict === 'well'
  const row = (field: string) => narrowed({ code: `symptom.${finding.symptom}.${field}`, slots })
  const judged = () => {
    const says = row('says')
    if (known || verdict !== 'trouble' || trail.heardAt === null) return says
    const heard = { says, ago: heardAgo(trail, facts.now) }
    return loops ? sentence('diagnosis.again-and-again', heard) : sentence('diagnosis.last-heard', heard)
  }
  const said = {
    summary: underWay ? inProgress(finding, trail, facts.now) : judged(),
    missing: verdict === 'well' || missing === undefined ? null : row('missing'),
    cause: quiet || cause === undefined ? null : row('cause'),
    remedy: quiet
      ? []
      : [
          ...(finding.also ?? []).map((each) => narrowed({ code: each.code, slots: { ...slots, ...each.slots } })),
          ...remedy.map((_, at) => row(`remedy.${at}`)),
        ],
    before: (verdict === 'in-progress' || finding.symptom === 'not-since') && before ? before.told : null,
  }
  const inWords = (each: Sentence | null) => each && inEnglish(each)
  return {
    at: new Date(facts.now).toISOString(),
    subject: facts.subject,
    node: facts.node && { id: facts.node.id, name: facts.node.name },
    macs: facts.macs,
    verdict,
    symptom: finding.symptom,
    summary: inEnglish(said.summary),
    ...observe(loops ? [...(tries.at(-2) ?? []), ...current] : current),
    missing: inWords(said.missing),
    cause: inWords(said.cause),
    remedy: said.remedy.map(inEnglish),
    certainty: underWay ? 'certain' : certainty,
    before: inWords(said.before),
    said,
  }
}

function isUnderWay({ symptom, since }: Finding, now: number): boolean {
  const { patience } = textOf(symptom)
  return patience !== undefined && since !== undefined && now - since < patience * 1000
}

const heardAgo = ({ heardAt }: Trail, now: number) => ago(heardAt ?? now, now)

const inProgress = ({ done = sentence('done.boots') }: Finding, trail: Trail, now: number) =>
  sentence('diagnosis.under-way', { done, ago: heardAgo(trail, now) })

/** A node's name stands in the commands that are recommended, too. */
const slotsOf = ({ slots }: Finding, { node, subject, macs }: DiagnosisFacts) => ({
  machine: node?.name ?? subject,
  node: node?.name ?? 'NODE',
  mac: macs[0] ?? 'MAC',
  ...slots,
})

/** How an earlier pass ended, when it ended in trouble before there was an agent. */
function badEnd(events: Event[], facts: DiagnosisFacts): { finding: Finding; told: Sentence } | null {
  const trail = trailOf(events)
  if (trail.heardAt === null || facts.now - trail.heardAt > BEFORE_MS) return null
  if (events.some(({ kind }) => kind === 'agent.onboarded' || kind.startsWith('instance.'))) return null
  const finding = bootFinding(trail, facts)
  const text: SymptomText = textOf(finding.symptom)
  if (text.verdict !== 'trouble') return null
  const says = narrowed({ code: `symptom.${finding.symptom}.says`, slots: slotsOf(finding, facts) })
  return { finding, told: sentence('diagnosis.before', { ago: ago(trail.heardAt, facts.now), says }) }
}
