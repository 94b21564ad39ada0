import { z } from 'zod'
import { builtin, MINUTE } from './builtin.ts'
import { place } from './place.ts'

/**
 * A command in the installed system, with its own programs (chroot). Its /dev holds the chosen disk and no other; its
 * variables are the action's `env`.
 */
export const chroot = builtin({
  arguments: z.strictObject({
    ...place,
    /** device names of the chosen disk (`device.ts`) are filled in */
    command: z.string().min(1).max(131_072),
    /** what runs it, as `/bin/sh -c`; empty: its words are run as they are */
    interpreter: z.string().max(256),
    /** the Micro-OS's DNS servers are the system's while it runs */
    resolvConf: z.boolean(),
    /** what it sees of the Micro-OS's /dev besides, by a person's word: names, as `tpmrm0` */
    devices: z
      .array(
        z.string().regex(/^[\w-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.:-]+)*$/, 'must be a name below /dev, without . and ..'),
      )
      .max(16)
      .default([]),
  }),
  open: ['partition', 'fsType', 'command', 'interpreter', 'resolvConf', 'devices'],
  result: z.object({ partition: z.number(), exitCode: z.number() }),
  timeout: 10 * MINUTE,
  // nobody knows what a foreign command does when it is done twice
  repeatable: false,
  needs: 'choose-disk',
  tools: () => ['filesystems'],
})
