import { z } from 'zod'
import { ConfigLevel } from './config-file.ts'

const name = z.string().max(512)

/** Slots of the reasons why a unit's config-files make no run; part of reason.ts. */
export const configReasons = {
  /** a config-file that is stored, and that this version of the server cannot read; `places`: of its mistakes */
  'config-unreadable': { level: ConfigLevel, name, places: z.string().max(4096) },
  /** a config-file names a secret, or a key of one, that is no more */
  'secret-missing': { level: ConfigLevel, name, secret: name, key: name },
  /** its config-files ask for what its image has not */
  'config-unfit': { profile: name, image: name, needs: z.enum(['k3s', 'mutable']) },
} as const
