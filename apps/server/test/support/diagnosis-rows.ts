import {
  type Diagnosis,
  type Event,
  inEnglish,
  type Sentence,
  type Symptom,
  speak,
  spokenGerman,
  symptoms,
} from '@eims/contracts'
import { englishIn } from '@eims/lab'
import type { Test } from 'tap'
import type { DiagnosisFacts } from '../../src/diagnosis/facts.ts'
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

/** Words in a sentence that are not the product's: a person's, a kernel's, an earlier version's. */
function foreignIn(slots: unknown): string[] {
  if (typeof slots !== 'object' || slots === null) return []
  return Object.entries(slots).flatMap(([name, value]) =>
    name === 'text' || name === 'errors' ? [value].flat().map(String) : foreignIn(value),
  )
}

/** Every sentence of a diagnosis is said in German, too, and none of it is left in English. */
function inGerman(t: Test, { said, heard, answered, ...diagnosis }: Diagnosis): void {
  const pairs: (readonly [Sentence | null, string | null])[] = [
    ...(['summary', 'missing', 'cause', 'before'] as const).map((of) => [said[of], diagnosis[of]] as const),
    ...said.remedy.map((each, at) => [each, diagnosis.remedy[at]!] as const),
    ...[...heard, ...answered].map((line) => [line.said, line.what] as const),
  ]
  for (const [sentence, english] of pairs) {
    t.equal(sentence && inEnglish(sentence), english)
    const german = sentence && speak(sentence, spokenGerman)
    const ours = foreignIn(sentence).reduce((text, foreign) => text.replaceAll(foreign, ''), german ?? 'no words')
    if (sentence) t.strictSame(englishIn(ours), [], `${english}: ${german}`)
  }
}

/** Judges each timeline, also with its sentences garbled, and sees that every row of the table of that name has one that leads to it. */
export async function judgeEach(t: Test, rows: Row[], table: string[]): Promise<void> {
  for (const { symptom, now, events, more, says } of rows)
    await t.test(`${symptom}: ${says}`, async (t) => {
      const found = judged(t, facts(now, events, more))
      t.match(found, { symptom, summary: says, verdict: symptoms[symptom].verdict })
      t.notMatch(JSON.stringify(found), /[{](?!")\w+[}]|undefined|NaN/, 'every brace is filled')
      if (found.verdict === 'trouble') t.ok(found.remedy.length > 0, 'it says what to do')
      inGerman(t, found)
      if (found.verdict === 'well') t.match(found, { missing: null, cause: null, remedy: [], before: null })
    })
  await t.test('every row of the table has a timeline that leads to it', async (t) => {
    t.strictSame([...new Set(rows.map(({ symptom }) => symptom))].sort(), table.sort())
  })
}
