import { z } from 'zod'
import { named } from './component.ts'
import { Mac, Serial, Uuid } from './identity.ts'
import { Sentence } from './sentences/sentence.ts'

/** Whom to look for: exactly one of the four. `node` is an id or a name. */
export const DiagnosisQuery = z
  .object({
    mac: Mac.optional(),
    serial: Serial.optional(),
    uuid: Uuid.optional(),
    node: z.string().trim().min(1).max(128).optional(),
  })
  .refine((query) => Object.values(query).filter((value) => value !== undefined).length === 1, {
    message: 'give exactly one of mac, serial, uuid or node',
    path: ['mac'],
  })
export type DiagnosisQuery = z.infer<typeof DiagnosisQuery>

/**
 * `well`: all is as it should be; `in-progress`: the next step may still come by itself; `waiting`: for a person's word,
 * or by a person's word; `trouble`: something has to be mended.
 */
export const Verdict = z.enum(['well', 'in-progress', 'waiting', 'trouble'])
export type Verdict = z.infer<typeof Verdict>

/** Something that happened, perhaps several times in a row. */
export const Observation = z.object({
  at: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  count: z.number().int().positive(),
  /** in English */
  what: z.string(),
  /** the same, as another language makes its own words of it */
  said: Sentence,
})
export type Observation = z.infer<typeof Observation>

/** Why a machine is where it is: what was heard of it, what it was answered, what never came, and what to do. */
export const Diagnosis = z.object({
  /** the server's time of the judgement */
  at: z.iso.datetime(),
  /** in the words of the question: `52:54:00:aa:00:01`, `unit-1` */
  subject: z.string(),
  node: z.object({ id: z.string(), name: z.string() }).nullable(),
  macs: z.array(z.string()),
  verdict: Verdict,
  /** a row of docs/diagnosis.md */
  symptom: z.string(),
  /** one sentence for a person */
  summary: z.string(),
  heard: z.array(Observation),
  answered: z.array(Observation),
  /** what should have come next and did not; null when nothing is missing */
  missing: z.string().nullable(),
  cause: z.string().nullable(),
  remedy: z.array(z.string()),
  certainty: z.enum(['certain', 'likely']),
  /** how the try before this one ended, when it ended badly */
  before: z.string().nullable(),
  /** the sentences above as another language makes its own words of them */
  said: z.object({
    summary: Sentence,
    missing: Sentence.nullable(),
    cause: Sentence.nullable(),
    remedy: z.array(Sentence),
    before: Sentence.nullable(),
  }),
})
export type Diagnosis = z.infer<typeof Diagnosis>

named({ Diagnosis, Observation, Verdict })
