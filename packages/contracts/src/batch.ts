import { z } from 'zod'
import { named } from './component.ts'
import { ConfigFile } from './config-file.ts'
import { Name } from './image.ts'

/** A lot or an order: the machines that belong together. */
export const BatchInput = z.strictObject({
  name: Name,
  /** how many machines it should have in the end; without it those registered count */
  expected: z.number().int().positive().max(1_000_000).nullable().default(null),
  note: z.string().trim().max(4096).nullable().default(null),
  /** of its units, before the site's (docs/config-file.md); left out: stays */
  config: ConfigFile.nullable().optional(),
})
export type BatchInput = z.infer<typeof BatchInput>

const BatchCounts = z.object({
  expected: z.number().int().nullable(),
  registered: z.number().int(),
  /** something was heard of the machine: of its firmware or of its agent */
  seen: z.number().int(),
  /** its run is under way */
  running: z.number().int(),
  /** the OS runs, or the unit is sealed after a profile that ends with poweroff or hold */
  passed: z.number().int(),
  failed: z.number().int(),
  /** its OS has the machine-id, an SSH host key or the host name of another node's */
  alike: z.number().int(),
  /** expected, else registered, but never seen */
  missing: z.number().int(),
})

/** How fast it goes, by what was done within the last hour. */
export const Pace = z.object({
  /** machines that were done within the last hour */
  lastHour: z.number().int(),
  /** those that are not done */
  left: z.number().int(),
  /** when those are done at that pace; null: nobody can tell */
  expectedEnd: z.iso.datetime().nullable(),
})
export type Pace = z.infer<typeof Pace>

export const Batch = z.object({
  id: z.string(),
  name: z.string(),
  expected: z.number().int().nullable(),
  note: z.string().nullable(),
  /** config-file of its units; secrets as *** */
  config: z.string().nullable(),
  /** as a node's: another one when only what replies do not show was changed; null: there is none */
  configSha256: z.string().nullable(),
  createdAt: z.iso.datetime(),
  counts: BatchCounts,
  /** of its machines; those left are of the expected, else of the registered ones */
  pace: Pace,
})
export type Batch = z.infer<typeof Batch>

named({ Batch, BatchCounts, BatchInput, Pace })
