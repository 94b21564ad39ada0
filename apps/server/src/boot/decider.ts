import type {
  Architecture,
  BootDecision,
  BootIdentity,
  Judgement,
  NewEvent,
  Site,
  SiteParameters,
} from '@eims/contracts'

/**
 * Seam 1: everything that a booting machine is told and reports. Here it is this server's registry (engine/boot.ts); a
 * site that only helps with booting would ask another server. No other part of the boot routes knows where it comes
 * from.
 */
export interface BootDecider {
  /** what scripts are made of: the settings as they were heard last */
  site: () => Pick<Site, 'https' | 'plainHttp' | 'scriptUrl' | 'userClass'>
  /**
   * What keeps a machine from booting from the network, by the MAC that it says and by its IPv4 address; null: nothing.
   * At once, out of memory.
   */
  gate: (mac: string | null, address: string) => Judgement | null
  /**
   * What a machine is to do, and the boot token of the session that was opened for one that goes into the Micro-OS, else
   * null. Never rejects: a registry that cannot be asked is a decision too (never image).
   * @param at.tls it came over TLS; `at.microOs`: the architectures whose Micro-OS can be handed out; `at.refusedIpxe`: its
   * firmware refused iPXE before, so the boot that begins shows whether the signed chain suits it
   */
  decide: (
    who: BootIdentity,
    at: { tls: boolean; microOs: readonly Architecture[]; refusedIpxe?: boolean },
  ) => Promise<{ decision: BootDecision; token: string | null }>
  /**
   * What the Micro-OS of this boot session is told; null when the token opens none. `base`: the URL by which it came.
   * Rejects with tls-only and netboot-refused.
   */
  siteParameters: (token: string, base: string) => Promise<SiteParameters | null>
  /** writes down what was seen; never throws, never waits */
  record: (event: NewEvent) => void
}
