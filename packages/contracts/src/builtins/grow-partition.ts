import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'
import { place } from './place.ts'

/** A partition and its file system as large as the disk lets them be, before the OS has booted. */
export const growPartition = builtin({
  arguments: z.strictObject(place),
  open: ['partition', 'fsType'],
  result: z.object({ partition: z.number(), before: z.number(), after: z.number() }),
  timeout: 10 * MINUTE,
  repeatable: true,
  needs: 'choose-disk',
  tools: () => ['filesystems', 'mkfs'],
})
