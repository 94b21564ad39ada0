import { z } from 'zod'
import { Batch } from './batch.ts'
import { named } from './component.ts'
import { Name } from './image.ts'
import { Standings } from './overview.ts'
import { ShownReason } from './reason.ts'

/** The most batches that one board is of. */
const MOST_BATCHES = 12

/** PURE: the names in a list with commas, each once. */
export const batchesIn = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
  ),
]

export const BoardQuery = z.object({
  batch: z
    .string()
    .max(1000)
    .refine(
      (text) => batchesIn(text).length <= MOST_BATCHES && batchesIn(text).every((each) => Name.safeParse(each).success),
      `must be names or ids of batches, ${MOST_BATCHES} at most, separated by commas`,
    )
    .optional()
    .describe('Names or ids of batches, separated by commas; left out: the whole site'),
})
export type BoardQuery = z.infer<typeof BoardQuery>

/** A machine that a person has to see to. */
const NeedyMachine = z.object({
  name: z.string(),
  serial: z.string().nullable(),
  /** its run failed; or nobody registered it */
  standing: z.enum(['failed', 'unknown']),
  reason: ShownReason,
  since: z.iso.datetime(),
})
export type NeedyMachine = z.infer<typeof NeedyMachine>

/** All that a board on the wall shows: of some batches, or of the whole site. */
export const Board = z.object({
  /** the database's time */
  at: z.iso.datetime(),
  /** name of the site */
  site: z.string(),
  /** those that were asked for; of the whole site the newest eight */
  batches: z.array(Batch.pick({ name: true, counts: true, pace: true })),
  /** where the machines stand; those that nobody registered are in no batch and count on each board */
  standing: Standings,
  /** that there are to be in the end; of the whole site, those that are registered */
  expected: z.number().int(),
  /** the OS runs, or the unit is sealed after a profile that ends with poweroff or hold */
  done: z.number().int(),
  /** expected, but never seen */
  missing: z.number().int(),
  pace: Batch.shape.pace,
  /** the failed ones, then the unknown ones, each the newest first, and 24 at most; `standing` has how many there are */
  needy: z.array(NeedyMachine),
})
export type Board = z.infer<typeof Board>

named({ Board, NeedyMachine })
