import { type Sentence, sentence } from '@eims/contracts'
import type { DiagnosisFacts } from './facts.ts'
import { ago, span } from './figures.ts'
import type { Finding } from './symptoms.ts'

/** Of a machine that left no mark in this pass: whether it ever did, and who else is heard. Pure. */
export function silence({ now, node, server, events, agentSeenAt, lan }: DiagnosisFacts): Finding {
  const heard = Math.max(
    0,
    agentSeenAt ?? 0,
    ...events.filter(({ mac }) => mac).map(({ lastAt }) => Date.parse(lastAt)),
  )
  if (heard > 0) return { symptom: 'not-since', slots: { ago: ago(heard, now) } }
  const interfaces = server.interfaces.map((each) => each.interface)
  const slots = {
    lan: interfaces.length > 0 ? interfaces : sentence('seen.any-interface'),
    span: sentence('seen.since-start', { span: span((now - server.since) / 1000) }),
  }
  if (lan.heardAt === null || lan.heardAt < server.since) return { symptom: 'lan-silent', slots }
  return { symptom: 'no-packet', slots, also: strangers(lan, node?.name, now) }
}

/** One port of a machine is on record and another boots, or a digit of the list is wrong: then it is heard as a stranger. */
function strangers({ strangers: all }: DiagnosisFacts['lan'], node: string | undefined, now: number): Sentence[] {
  if (all.length === 0) return []
  const strangers = all.map(({ mac, at }) => sentence('seen.stranger', { mac, ago: ago(at, now) }))
  return [node ? sentence('remedy.strangers', { strangers, node }) : sentence('remedy.strangers-ask', { strangers })]
}
