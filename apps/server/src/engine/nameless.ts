import type { Reason } from '@eims/contracts'
import type { NormalIdentity } from '@eims/registry'

/** PURE: why a machine cannot become a node; null when something of its identity is its own. */
export const whyNameless = ({ serial, uuid, macs }: NormalIdentity): Reason | null =>
  serial || uuid || macs.length > 0 ? null : { code: 'identity-missing', slots: {} }
