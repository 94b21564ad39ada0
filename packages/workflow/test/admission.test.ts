import type { AdmissionFacts, HostState, Judgement, NetbootPolicy } from '@eims/contracts'
import t from 'tap'
import { closedTo, strictest } from '../src/index.ts'

const refused = (code: 'untrusted' | 'deleted' | 'netboot-denied'): Judgement => ({
  kind: 'refused',
  reason: { code, slots: { node: 'pos-17' } },
})
const local: Judgement = { kind: 'local-disk', reason: { code: 'netboot-local', slots: { node: 'pos-17' } } }

const table: [state: HostState, netbootPolicy: NetbootPolicy, closed: Judgement | null][] = [
  ['REGISTERED', 'allowed', null],
  ['REGISTERED', 'denied', refused('netboot-denied')],
  ['REGISTERED', 'local', local],
  ['ONBOARDED', 'allowed', null],
  ['ONBOARDED', 'denied', refused('netboot-denied')],
  ['ONBOARDED', 'local', local],
  ['UNTRUSTED', 'allowed', refused('untrusted')],
  ['UNTRUSTED', 'denied', refused('untrusted')],
  ['UNTRUSTED', 'local', refused('untrusted')],
  ['DELETED', 'allowed', refused('deleted')],
  ['DELETED', 'denied', refused('deleted')],
  ['DELETED', 'local', refused('deleted')],
]

await t.test('what keeps a node from booting from the network', async (t) => {
  for (const [state, netbootPolicy, closed] of table) {
    const facts: AdmissionFacts = { name: 'pos-17', state, netbootPolicy }
    t.strictSame(closedTo(facts), closed, `${state} ${netbootPolicy}`)
  }
})

await t.test('the stricter of two counts; of two alike, and of wait and provision, the first', async (t) => {
  const judged = (kind: Judgement['kind'], node: string): Judgement => ({
    kind,
    reason: { code: 'run-goes-on', slots: { node } },
  })
  const kinds = ['provision', 'wait', 'local-disk', 'refused'] as const
  const stricter = new Set([
    'provision local-disk',
    'wait local-disk',
    'provision refused',
    'wait refused',
    'local-disk refused',
  ])
  for (const one of kinds)
    for (const other of kinds) {
      const [first, second] = [judged(one, 'first'), judged(other, 'second')]
      t.equal(strictest(first, second), stricter.has(`${one} ${other}`) ? second : first, `${one} ${other}`)
      t.equal(strictest(first, null), first)
      t.equal(strictest(null, second), second)
    }
  t.equal(strictest(null, null), null)
})
