import { Role } from '@eims/contracts'

/** Whether a role may do what another one is needed for. */
export const includesRole = (has: Role, needed: Role) => Role.options.indexOf(has) >= Role.options.indexOf(needed)
