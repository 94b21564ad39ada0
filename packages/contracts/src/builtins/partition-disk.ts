import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'

const Part = z.strictObject({
  /** as the kernel counts, from 1 */
  number: z.number().int().min(1).max(128),
  /** bytes; null: what is left (the last one only) */
  size: z.number().int().positive().nullable(),
  /** name in the GPT */
  label: z.string().max(36).default(''),
  type: z.enum(['linux', 'efi', 'swap', 'bios-boot']).default('linux'),
})

/** They lie on the disk in this order. */
const Parts = z
  .array(Part)
  .min(1)
  .max(128)
  .superRefine((parts, ctx) => {
    for (const [at, { number, size }] of parts.entries()) {
      const fault = (field: string, message: string) => ctx.addIssue({ code: 'custom', path: [at, field], message })
      if (parts.findIndex((each) => each.number === number) < at) fault('number', 'is that of two partitions')
      if (size === null && at < parts.length - 1) fault('size', 'may be null for the last partition only')
    }
  })

/** A partition table in the place of what the chosen disk holds. */
export const partitionDisk = builtin({
  arguments: z.strictObject({ table: z.enum(['gpt', 'mbr']), partitions: Parts }),
  open: ['table', 'partitions'],
  result: z.object({ partitions: z.array(z.object({ number: z.number(), offset: z.number(), size: z.number() })) }),
  timeout: 5 * MINUTE,
  // the same table is written again
  repeatable: true,
  needs: 'choose-disk',
  tells: { done: 'the disk has its partitions' },
})
