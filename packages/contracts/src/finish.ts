import { z } from 'zod'
import { named } from './component.ts'

/** How a unit ends: `reboot` into its OS (RUNNING after phone-home), `poweroff`, or `hold` at PROVISIONED. */
export const Finish = z.enum(['reboot', 'poweroff', 'hold'])
export type Finish = z.infer<typeof Finish>

named({ Finish })
