import { z } from 'zod'
import { secureBootReasons } from './reason-secure-boot.ts'

const text = z.string().max(4096)
const name = z.string().max(512)
const count = z.number()

/** Slots of the reasons why an agent could not prepare a disk, or what stands on it; part of reason.ts. */
export const diskReasons = {
  ...secureBootReasons,
  /** `has` none: the firmware has no Secure Boot, as a BIOS */
  'secure-boot-differs': { expected: z.enum(['on', 'off']), has: z.enum(['on', 'off', 'none']) },
  /** `bytes`: what the partitions take up to the end of the last one; `room`: where the disk ends for them */
  'partitions-do-not-fit': { disk: name, bytes: count, room: count },
  /** `room`: between the image's last partition and where the seed's begins */
  'addons-do-not-fit': { disk: name, bytes: count, room: count },
  'partition-not-in-mbr': { partition: count, fault: z.enum(['number', 'type']) },
  /** no method that was asked for can be done to it; each with why */
  'disk-cannot-erase': {
    disk: name,
    tried: z
      .array(
        z.object({
          method: name,
          fault: z.enum(['not-supported', 'frozen', 'locked', 'not-alone', 'refused', 'not-blank']),
          text: text.nullable(),
        }),
      )
      .max(16),
  },
  'disk-not-erased': { disk: name, method: name, offset: count },
  /** `fsType`: null where nothing is recognised */
  'filesystem-cannot-grow': { disk: name, partition: count, fsType: name.nullable() },
  /** `path`: the kernel or initrd that was looked for; null: what a loader starts first */
  'no-kernel-found': { path: text.nullable() },
  /** `variable`: of GRUB, which a boot entry has its kernel's arguments in */
  'kernel-args-unknown': { variable: name },
  'iso-takes-no-seed': {},
  'no-loader-found': { disk: name },
  /** `has`: the arguments that are part of a unified kernel image */
  'kernel-args-built-in': { file: text, has: text },
  /** told with a success */
  'addon-not-signed': { file: text },
} as const
