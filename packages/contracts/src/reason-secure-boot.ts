import { z } from 'zod'

const name = z.string().max(512)

/** Slots of the reasons why a machine's firmware, or its profile, lets no image be started; part of reason-disk.ts. */
export const secureBootReasons = {
  /** `has` none: the firmware has no Secure Boot, as a BIOS; setup: no keys are enrolled */
  'secure-boot-demanded': { profile: name, has: z.enum(['off', 'setup', 'none']) },
  'loader-not-signed': { loader: name },
  'loader-changed': { loader: name },
  /** `signers`: whose signatures it has; `trusted`: whose programs this firmware starts */
  'loader-not-trusted': { loader: name, signers: z.array(name).max(64), trusted: z.array(name).max(64) },
  'loader-signed-2011-only': { loader: name },
} as const
