import { z } from 'zod'
import { named } from './component.ts'

/** How a unit ends: `reboot` into its OS (RUNNING after phone-home), `poweroff`, or `hold` at PROVISIONED. */
export const Finish = z.enum(['reboot', 'poweroff', 'hold'])
export type Finish = z.infer<typeof Finish>

/** Whether a standalone unit can be taken in by a registry later on (`later`): it keeps what it is in a file, without secrets. */
export const Onboarding = z.enum(['never', 'later'])
export type Onboarding = z.infer<typeof Onboarding>

named({ Finish, Onboarding })
