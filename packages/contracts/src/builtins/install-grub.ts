import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'
import { place } from './place.ts'

/** GRUB for a BIOS into the chosen disk's boot record, by the installed system's own grub-install. */
export const installGrub = builtin({
  arguments: z.strictObject(place),
  open: ['partition', 'fsType'],
  result: z.object({ partition: z.number() }),
  timeout: 5 * MINUTE,
  repeatable: true,
  needs: 'choose-disk',
  tools: () => ['filesystems'],
})
