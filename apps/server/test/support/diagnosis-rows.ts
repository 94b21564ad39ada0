import type { Event } from '@eims/contracts'
import type { Test } from 'tap'
import type { DiagnosisFacts } from '../../src/diagnosis/facts.ts'
import { type Symptom, symptoms } from '../../src/diagnosis/symptoms.ts'
import { facts } from './diagnosis.ts'
import { judged } from './diagnosis-garbled.ts'

/** A literal timeline and what has to be said of it. */
export interface Row {
  symptom: Symptom
  /** second of the question */
  now: number
  events: Event[]
  more?: Partial<DiagnosisFacts>
  /** the whole summary */
  says: string
}

/** Judges each timeline, also with its sentences garbled, and sees that every row of the table of that name has one that leads to it. */
export async function judgeEach(t: Test, rows: Row[], table: string[]): Promise<void> {
  for (const { symptom, now, events, more, says } of rows)
    await t.test(`${symptom}: ${says}`, async (t) => {
      const found = judged(t, facts(now, events, more))
      t.match(found, { symptom, summary: says, verdict: symptoms[symptom].verdict })
      t.notMatch(JSON.stringify(found), /[{](?!")\w+[}]|undefined|NaN/, 'every brace is filled')
      if (found.verdict === 'trouble') t.ok(found.remedy.length > 0, 'it says what to do')
      if (found.verdict === 'well') t.match(found, { missing: null, cause: null, remedy: [], before: null })
    })
  await t.test('every row of the table has a timeline that leads to it', async (t) => {
    t.strictSame([...new Set(rows.map(({ symptom }) => symptom))].sort(), table.sort())
  })
}
