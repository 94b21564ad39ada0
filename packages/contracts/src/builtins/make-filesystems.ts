import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'

/** File systems that can be made; `swap` is none, and is made the same way. */
export const Formatted = z.enum(['ext4', 'ext3', 'xfs', 'btrfs', 'vfat', 'swap'])

/** Characters that a label may have. */
const longest: Record<z.output<typeof Formatted>, number> = {
  ext4: 16,
  ext3: 16,
  xfs: 12,
  btrfs: 16,
  vfat: 11,
  swap: 16,
}

const FileSystem = z
  .strictObject({
    partition: z.number().int().min(1).max(128),
    fsType: Formatted,
    label: z
      .string()
      .max(16)
      .regex(/^[\w.-]*$/, 'holds letters, digits, dots, - and _')
      .default(''),
  })
  .superRefine(({ fsType, label }, ctx) => {
    const most = longest[fsType]
    if (label.length > most)
      ctx.addIssue({ code: 'custom', path: ['label'], message: `may have ${most} characters with ${fsType}` })
  })

/** File systems on partitions of the chosen disk. */
export const makeFilesystems = builtin({
  arguments: z.strictObject({ filesystems: z.array(FileSystem).min(1).max(128) }),
  open: ['filesystems'],
  result: z.object({ made: z.number() }),
  timeout: 30 * MINUTE,
  repeatable: true,
  needs: 'choose-disk',
  tools: () => ['mkfs'],
  tells: { done: 'the file systems are made' },
})
