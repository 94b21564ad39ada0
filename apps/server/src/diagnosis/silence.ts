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
  const slots = {
    lan: server.interfaces.map((each) => each.interface).join(', ') || 'any interface',
    span: `in the ${span((now - server.since) / 1000)} since this server listens`,
  }
  if (lan.heardAt === null || lan.heardAt < server.since) return { symptom: 'lan-silent', slots }
  return { symptom: 'no-packet', slots, also: strangers(lan, node?.name, now) }
}

/** One port of a machine is on record and another boots, or a digit of the list is wrong: then it is heard as a stranger. */
function strangers({ strangers }: DiagnosisFacts['lan'], name: string | undefined, now: number): string[] {
  if (strangers.length === 0) return []
  const list = strangers.map(({ mac, at }) => `${mac} (${ago(at, now)})`).join(', ')
  const then = name ? `correct its MAC: ./eims nodes set ${name} --mac MAC` : 'ask for that: ./eims nodes explain MAC'
  return [`Heard meanwhile, and of no node: ${list}. If it is one of these, ${then}`]
}
