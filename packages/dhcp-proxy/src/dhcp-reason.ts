/** A reason of whoever uses this package: a code, and what its sentence is filled from. */
export type AnyReason = { readonly code: string; readonly slots: Readonly<Record<string, unknown>> }

type Because<Code extends string, Slots = Record<never, never>> = {
  readonly code: Code
  readonly slots: Readonly<Slots>
}

/** The site wants HTTPS and this client cannot: its iPXE has none, or cannot learn the site's CA. */
export type HttpsOnly = Because<'https-only', { client: 'ipxe-without-https' | 'ipxe-without-ca' | 'bios' }>

/** Why there is no boot file. `number` of option 93; null: it lists none. */
export type NoBootFile =
  | Because<'boot-file-name', { file: string }>
  | Because<
      'architecture-not-served',
      { number: number | null; architecture: string | null; fault: Refused | 'for-http-boot' | 'unknown' }
    >

/** Why the table of architectures has no binary for a number. */
export type Refused = 'deprecated' | 'no-micro-os' | '32-bit'

/** Why a packet is none that a ProxyDHCP answers, or cannot be answered. */
export type NotForUs =
  | Because<'dhcp-discover-on-4011' | 'dhcp-inform' | 'dhcp-no-server-named' | 'dhcp-from-port-0'>
  | Because<'dhcp-other-server', { server: string }>
  | Because<'dhcp-no-host', { field: 'source' | 'giaddr' | 'ciaddr'; address: string }>
  | Because<'dhcp-reply-too-large', { bytes: number; room: number; url: 'script' | 'boot' }>

/** Why a packet of a netboot client is no question that could be answered. */
export type BreaksRules =
  | Because<'dhcp-malformed', { text: string }>
  | Because<'dhcp-hardware-type', { type: number; length: number }>
  | Because<'dhcp-no-architecture'>
  | Because<'dhcp-option-length', { option: 93 | 97; bytes: number }>

/** Why a packet whose sender is known was dropped: it breaks the rules, or this server could not answer it. */
export type Dropped =
  | BreaksRules
  | Because<'dhcp-too-many', { perSecond: number }>
  | Because<'dhcp-facts-late' | 'dhcp-not-sent', { text: string }>

/**
 * Why a netboot client got no answer, or not the one that it hoped for: data, of which the caller makes a sentence.
 * `R` are the reasons of the caller's own gate.
 */
export type DhcpReason<R = AnyReason> =
  | R
  | Because<'starts-from-disk', { why: R }>
  | Because<'http-boot-off', { besides: R | HttpsOnly | null }>
  | HttpsOnly
  | NoBootFile
  | NotForUs

/** What a name that `deniedFile` made says in plain letters; empty for one without. */
export type DeniedFile = Because<'denied-file', { text: string }>
