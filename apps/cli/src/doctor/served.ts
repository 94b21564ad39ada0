import type { InterfaceCounters } from '@eims/contracts'
import { type Check, fail, ok } from './check.ts'

const PATIENCE_MS = 3000
const MOST_BYTES = 4096

/** What answers as eims at an address. `server`: its id; null: it did not say one */
export type Answering = { server: string | null } | { refused: string }

/** Asks for the health of what listens at a base URL, by plain HTTP. */
export async function whoAnswers(url: string): Promise<Answering> {
  try {
    const response = await fetch(new URL('/healthz', url), {
      signal: AbortSignal.timeout(PATIENCE_MS),
      redirect: 'error',
    })
    let text = ''
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString('latin1')
      if (text.length > MOST_BYTES) return { server: null }
    }
    return { server: serverIn(text) }
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } }
    return { refused: cause?.code ?? message }
  }
}

function serverIn(text: string): string | null {
  try {
    const { server } = JSON.parse(text) as { server?: unknown }
    return typeof server === 'string' ? server : null
  } catch {
    return null
  }
}

export interface ServedSeen {
  /** id of the service that runs here */
  server: string
  /** our IPv4 addresses on the interface, as the kernel says */
  addresses: string[]
  /** what the service says of the interface, before and after the LAN was asked with DHCP */
  before: InterfaceCounters
  after: InterfaceCounters
  /** a DISCOVER was sent into the LAN between the two */
  asked: boolean
  /** what answers where the service sends machines to */
  answering: Answering
}

const AGAIN =
  'Start the service again: systemctl restart "eims-*.socket" eims, or end ./eims up (docker compose restart eims) and start it.'

const inWords = {
  gone: 'is gone',
  off: 'is switched off',
  'no-link': 'has no link',
  'no-address': 'has no IPv4 address',
}

/** Whether the service that runs here answers machines of a LAN, and hears them: a socket may be deaf for ever. Pure. */
export function judgeServed({ server, addresses, before, after, asked, answering }: ServedSeen): Check {
  const { interface: name, address, url, away } = after
  const title = `service on ${name}`
  if (away) return fail(title, `To the service it ${inWords[away]}.`, 'Bring it back; it is then served by itself.')
  if (!addresses.includes(address))
    return fail(title, `The service sends machines to ${address}, which is none of ${name}.`, AGAIN)
  if ('refused' in answering) return fail(title, `The service does not answer at ${url} (${answering.refused}).`, AGAIN)
  if (answering.server !== null && answering.server !== server)
    return fail(title, `Another eims answers at ${url}.`, 'Give one of the two another address.')
  if (asked && packets(after) === packets(before)) return fail(title, 'It does not hear DHCP there.', AGAIN)
  return ok(title, `It answers at ${url}${asked ? ' and hears DHCP there' : ''}.`)
}

const packets = ({ dhcp }: InterfaceCounters) => Object.values(dhcp).reduce((sum, count) => sum + count, 0)
