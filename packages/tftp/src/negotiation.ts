import type { Options } from './packet.ts'
import type { BadOption } from './tftp-reason.ts'

/** What a transfer is run with. `accepted` goes into the OACK; empty means no OACK at all. Sizes in bytes and blocks. */
export interface Terms {
  readonly blksize: number
  readonly windowsize: number
  /** the client's fixed retransmission interval, 1..20; null: ours */
  readonly timeoutSeconds: number | null
  readonly accepted: Options
}

/** What the site allows: upper bounds for the two sizes. */
export interface Bounds {
  readonly maxBlksize: number
  readonly maxWindowsize: number
}

/** 1500 bytes of Ethernet less IPv4 (20), UDP (8) and TFTP (4): no fragments, which few boot ROMs put together. */
export const defaultBounds: Bounds = { maxBlksize: 1468, maxWindowsize: 16 }

/**
 * The site's bounds on an interface with this MTU: an MTU below 1500 (a tunnel, a VLAN in a VLAN) lowers blksize, so that
 * no block is fragmented. A larger one does not raise it: a jumbo frame is lost on the way to a NIC of 1500 bytes, and
 * firmware that asks for 8192 or 65464 means fragments.
 */
export function boundsFor(mtu: number, bounds: Bounds): Bounds {
  const fits = mtu - (20 + 8 + 4)
  return { ...bounds, maxBlksize: Math.max(smallestBlksize, Math.min(bounds.maxBlksize, fits)) }
}

const smallestBlksize = 8

/** Seconds. A client that fell silent keeps its place for three or four of these intervals: 255 would be 13 minutes. */
const longestTimeout = 20

/**
 * Options of an RRQ and the size of the file -> the terms of the transfer (RFC 2347, 2348, 2349, 7440).
 * A value too large is lowered, where its RFC allows it; one outside the RFC's range is left out of the OACK, and the
 * default holds; one that is no number gets `refused` (error 8). Unknown options are left out.
 */
export function negotiate(options: Options, size: number, bounds: Bounds): Terms | { readonly refused: BadOption } {
  let terms: Terms = { blksize: 512, windowsize: 1, timeoutSeconds: null, accepted: [] }
  for (const [name, value] of options) {
    const known = Object.hasOwn(negotiable, name) ? negotiable[name] : undefined
    if (known === undefined) continue
    // No RFC gives a value but "0" for tsize in an RRQ, and firmware fills it with anything.
    if (name !== 'tsize' && !/^\d{1,10}$/.test(value)) {
      return { refused: { code: 'tftp-option', slots: { option: name } } }
    }
    const change = known(Number(value), size, bounds)
    if (change === null) continue
    terms = { ...terms, ...change.terms, accepted: [...terms.accepted, [name, String(change.value)]] }
  }
  return terms
}

type Negotiable = (asked: number, size: number, bounds: Bounds) => { value: number; terms: Partial<Terms> } | null

const negotiable: { readonly [option: string]: Negotiable } = {
  // RFC 2348: 8..65464, the answer "must be less than or equal to the value specified by the client"
  blksize: (asked, _size, { maxBlksize }) => {
    const blksize = Math.min(asked, maxBlksize, 65464)
    return blksize < smallestBlksize ? null : { value: blksize, terms: { blksize } }
  },
  // RFC 2349. curl (7.88) takes a size of 0 for a broken OACK; any option may be left out.
  tsize: (_asked, size) => (size === 0 ? null : { value: size, terms: {} }),
  // RFC 2349: 1..255, answered with the same value or not at all
  timeout: (asked) => (asked < 1 || asked > longestTimeout ? null : { value: asked, terms: { timeoutSeconds: asked } }),
  // RFC 7440: 1..65535, the answer may be smaller. OVMF (2022.11) asks for 4.
  windowsize: (asked, _size, { maxWindowsize }) => {
    const windowsize = Math.min(asked, maxWindowsize)
    return asked < 1 || asked > 65535 ? null : { value: windowsize, terms: { windowsize } }
  },
}
