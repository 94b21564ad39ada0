import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'

const Words = z
  .array(
    z
      .string()
      .max(1024)
      .regex(
        // GRUB puts backslashes in front of quotes and backslashes (loader/cmdline.c), so none reaches the kernel as it was
        /^[!#-&(-[\]-~]+$/,
        'must be one word of the kernel command line, without spaces, quotes and backslashes',
      ),
  )
  .max(64)
  .default([])

/** The installed system's kernel command line: GRUB's, BLS entries', add-ons of a UKI; whichever its loader reads. */
export const kernelArgs = builtin({
  arguments: z.strictObject({ add: Words, remove: Words }),
  open: ['add', 'remove'],
  result: z.object({
    /** the loader whose configuration was changed: `grub`, `bls`, `uki` */
    loader: z.string(),
    /** its files, as paths in the installed system */
    files: z.array(z.string()),
  }),
  timeout: 5 * MINUTE,
  // what is there already is not added again
  repeatable: true,
  needs: 'choose-disk',
  tools: () => ['filesystems'],
})
