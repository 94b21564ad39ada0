import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'
import { InnerPath, place } from './place.ts'

/** The installed system's kernel is started without a restart of the machine. */
export const kexec = builtin({
  arguments: z.strictObject({
    ...place,
    /** paths in the installed system; null: those of its GRUB's or BLS's first entry, and no initrd for a kernel that is given */
    kernel: InnerPath.nullable(),
    initrd: InnerPath.nullable(),
    commandLine: z.string().max(2048).nullable(),
  }),
  open: ['partition', 'fsType', 'kernel', 'initrd', 'commandLine'],
  result: z.object({ kernel: z.string(), commandLine: z.string() }),
  timeout: 5 * MINUTE,
  repeatable: true,
  needs: 'choose-disk',
  tools: () => ['filesystems', 'kexec'],
  last: true,
})
