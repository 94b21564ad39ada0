import { z } from 'zod'
import { named } from './component.ts'

/**
 * What a unit's UEFI tries first: `disk`, or `network` with the disk behind it, so that the unit can be imaged again
 * without a keyboard (the server sends a finished one on to its disk).
 */
export const BootOrder = z.enum(['disk', 'network'])
export type BootOrder = z.infer<typeof BootOrder>

named({ BootOrder })
