import { z } from 'zod'

/** Which disk the OS goes to. Without a rule the machine must have exactly one candidate. */
export const DiskRule = z.strictObject({
  /** kernel name (`/dev/nvme0n1`), WWN or serial of the disk; glob with `*` */
  match: z.string().min(1).max(200).optional(),
  /** of several candidates take the smallest or the largest instead of refusing */
  prefer: z.enum(['smallest', 'largest']).optional(),
  /** smallest acceptable size in bytes; at least the image's raw size in any case */
  minSize: z.number().int().positive().optional(),
})
export type DiskRule = z.infer<typeof DiskRule>
