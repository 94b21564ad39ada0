import type { BootDecision, BootIdentity } from '@eims/contracts'

/**
 * Seam 1: who decides what a machine boots. Locally the registry is asked (local-decider.ts);
 * a site that only helps with booting would ask another server. The boot routes know nothing else.
 */
export interface BootDecider {
  /**
   * Never rejects: a registry that cannot be asked is a decision too (never image).
   * `now`: milliseconds since 1970.
   */
  decide(who: BootIdentity, now: number): Promise<BootDecision>
}
