import type { Step } from './reply.ts'

/**
 * What happened to datagrams since the start; each counts once among `malformed` … `replied…`. All are of packets.
 * `broken`: netboot clients that break the rules. `unanswered`: the caller's facts or settings failed or came late.
 */
export type DhcpCounters = {
  received: number
  malformed: number
  notNetboot: number
  broken: number
  rateLimited: number
  unanswered: number
  ignored: number
  repliedAsk4011: number
  repliedFirmware: number
  repliedChain: number
  repliedScript: number
  repliedHttp: number
  repliedDenied: number
  /** of the replied ones: not sent after all */
  sendFailed: number
}

/** Which counter a reply counts in. */
export const REPLIED = {
  'ask-4011': 'repliedAsk4011',
  firmware: 'repliedFirmware',
  chain: 'repliedChain',
  script: 'repliedScript',
  http: 'repliedHttp',
  denied: 'repliedDenied',
} as const satisfies Record<Step, keyof DhcpCounters>

export function noCounts(): DhcpCounters {
  return {
    received: 0,
    malformed: 0,
    notNetboot: 0,
    broken: 0,
    rateLimited: 0,
    unanswered: 0,
    ignored: 0,
    repliedAsk4011: 0,
    repliedFirmware: 0,
    repliedChain: 0,
    repliedScript: 0,
    repliedHttp: 0,
    repliedDenied: 0,
    sendFailed: 0,
  }
}
