import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'

/**
 * Addons of a cluster on a partition of their own in front of the seed's: one folder a set. It is made anew at each attempt,
 * so that an earlier one leaves nothing half done.
 */
export const writeAddons = builtin({
  arguments: z.strictObject({
    /** each a tar archive of the store; none, or left out: nothing is done */
    sets: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be the name of a folder'),
          manifestSha256: z.string(),
          /** bytes of the archive */
          size: z.number().int().positive(),
        }),
      )
      .max(16)
      .optional(),
    /** bytes of the partition */
    addonsSize: z.number().int().nonnegative().optional(),
  }),
  open: [],
  result: z.object({
    /** its number; null: there are no sets, and no partition */
    addonsPartition: z.number().nullable(),
    sets: z.number(),
    bytes: z.number(),
  }),
  timeout: 120 * MINUTE,
  // partition and file system are made again
  repeatable: true,
  needs: 'write-image',
  once: 'there is one partition for all of them',
  manifests: 'sets',
  tools: () => ['filesystems', 'mkfs'],
  tells: { begun: 'brings its addons', underway: 'unpacking addons', done: 'the addons are on the disk' },
})
