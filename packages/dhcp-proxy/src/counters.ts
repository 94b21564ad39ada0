import type { Client } from './client.ts'
import type { Step } from './reply.ts'

/** Which counter a reply counts in. */
export const REPLIED = {
  'ask-4011': 'repliedAsk4011',
  firmware: 'repliedFirmware',
  chain: 'repliedChain',
  script: 'repliedScript',
  http: 'repliedHttp',
  denied: 'repliedDenied',
} as const satisfies Record<Step, string>

const UNREPLIED = ['malformed', 'notNetboot', 'broken', 'rateLimited', 'unanswered', 'ignored'] as const
const ASKED = ['discover', 'request', 'inform'] as const satisfies Client['messageType'][]
const OF_ASKED = ['notNetboot', 'broken', 'rateLimited', 'unanswered', 'ignored', 'replied'] as const
const BY_TYPE = [
  ...ASKED.flatMap((asked) => OF_ASKED.map((outcome) => `${asked}.${outcome}` as const)),
  'other.notNetboot',
  'other.malformed',
] as const

export type Outcome = (typeof UNREPLIED)[number] | (typeof REPLIED)[Step]

/**
 * Packets since the start. Each received one counts once among `malformed` … `replied…`, and once more by the message type
 * (option 53) of what a client asked: `discover.replied`; `other` is what is no question, or cannot be read.
 * `broken`: netboot clients that break the rules. `unanswered`: the caller's facts or settings failed or came late.
 * `sendFailed`: of the replied ones, not sent after all.
 */
export type DhcpCounters = Record<'received' | Outcome | (typeof BY_TYPE)[number] | 'sendFailed', number>

export function noCounts(): DhcpCounters {
  const names = ['received', ...UNREPLIED, ...Object.values(REPLIED), 'sendFailed', ...BY_TYPE]
  return Object.fromEntries(names.map((name) => [name, 0])) as DhcpCounters
}
