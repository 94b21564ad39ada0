import { z } from 'zod'
import { named } from './component.ts'

/** What the kernel says of a disk's medium (queue/rotational); `ssd` is everything that does not turn. */
export const DiskRotation = z.enum(['ssd', 'hdd'])

/** Which disk the OS goes to. Without a rule the machine must have exactly one candidate. */
export const DiskRule = z.strictObject({
  /**
   * kernel name (`nvme0n1`, `/dev/nvme0n1`), link (`/dev/disk/by-id/…`, `/dev/disk/by-path/…`), WWN, serial or model of
   * the disk; glob with `*`
   */
  match: z.string().min(1).max(200).optional(),
  /** of several candidates take the smallest or the largest instead of refusing */
  prefer: z.enum(['smallest', 'largest']).optional(),
  /** smallest acceptable size in bytes; at least the image's raw size in any case */
  minSize: z.number().int().positive().optional(),
  /** largest acceptable size in bytes */
  maxSize: z.number().int().positive().optional(),
  rotation: DiskRotation.optional(),
})
export type DiskRule = z.infer<typeof DiskRule>

named({ DiskRotation, DiskRule })
