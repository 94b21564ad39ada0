import type { BootOrder } from '@eims/contracts'

/** What a unit with UEFI tries first, for people. */
export const bootOrderText = (first: BootOrder): string =>
  first === 'disk' ? 'their disk' : 'the network, their disk behind it'
