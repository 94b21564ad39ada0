import { z } from 'zod'
import { named } from './component.ts'
import { Name } from './image.ts'

/** A lot or an order: the machines that belong together. */
export const BatchInput = z.strictObject({
  name: Name,
  /** how many machines it should have in the end; without it those registered count */
  expected: z.number().int().positive().max(1_000_000).nullable().default(null),
  note: z.string().trim().max(4096).nullable().default(null),
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

export const Batch = z.object({
  id: z.string(),
  name: z.string(),
  expected: z.number().int().nullable(),
  note: z.string().nullable(),
  createdAt: z.iso.datetime(),
  counts: BatchCounts,
})
export type Batch = z.infer<typeof Batch>

named({ Batch, BatchCounts, BatchInput })
