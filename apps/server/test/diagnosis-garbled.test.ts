import { type Reason, told } from '@eims/contracts'
import t from 'tap'
import { diagnose } from '../src/diagnosis/diagnose.ts'
import type { DiagnosisFacts } from '../src/diagnosis/facts.ts'
import {
  at,
  decided,
  event,
  facts,
  instance,
  node,
  run,
  tftpFailed,
  upToMicroOs,
  upToScript,
} from './support/diagnosis.ts'
import { backwards, garbled, judged } from './support/diagnosis-garbled.ts'

// Every literal timeline of the diagnosis tests goes through `judged`; here it is seen that garbling leaves no sentence out.
const text = 'ein Satz von anderswo'
const inMicroOs = [...upToMicroOs, event(40, 'agent.onboarded', 'the agent onboarded (0.1.0)', { version: '0.1.0' })]
const heard = { agentSeenAt: at(58) }
const failed = (reason: Reason) => node({ run: run('FAILED', 'FAILED', reason), instance: instance('FAILED', reason) })

const places: [string, DiagnosisFacts][] = [
  [
    'an event’s message, where it is all that is known',
    facts(60, [event(0, 'boot.failed', text, { stage: 'script' })]),
  ],
  ['a slot of an event’s reason', facts(60, [tftpFailed(1, 'ipxe.efi', { code: 'tftp-unreadable', slots: { text } })])],
  ['what an event was told', facts(60, [...upToScript, decided(10, 'refused', told(text))])],
  ['what it waits for', facts(60, inMicroOs, { ...heard, node: node(), waiting: told(text) })],
  ['a person’s hold', facts(60, inMicroOs, { ...heard, node: node({ hold: text }) })],
  ['why its run failed', facts(60, inMicroOs, { ...heard, node: failed(told(text)) })],
  ['how its OS stands', facts(60, inMicroOs, { node: node({ instance: instance('RUNNING', told(text)) }) })],
]

for (const [place, known] of places)
  await t.test(`garbled, and only the summary is another: ${place}`, async (t) => {
    t.match(judged(t, known).summary, text)
    t.match(diagnose(garbled(known)).summary, backwards(text))
  })
