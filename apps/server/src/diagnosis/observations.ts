import { type Event, type Observation, say } from '@eims/contracts'
import type { Drop, Sighting } from '@eims/dhcp-proxy'
import { type Answer, answerOf, packetOf, questionOf } from '../sighting-words.ts'
import { causeOf, reasonOf } from './trail.ts'

/** Lines shown of each kind; the rest is on the timeline. */
const LINES = 12

/** What a pass's events say of the machine, and what this server said to it; the newest of each, oldest first. */
export function observe(events: Event[]): { heard: Observation[]; answered: Observation[] } {
  const lines = (what: (event: Event) => string | null) =>
    events.flatMap((event) => {
      const text = what(event)
      const { at, lastAt, count } = event
      return text === null ? [] : [{ at, lastAt, count, what: text }]
    })
  return { heard: lines(heard).slice(-LINES), answered: lines(answered).slice(-LINES) }
}

function heard(event: Event): string | null {
  const { kind, message, data } = event
  if (kind === 'dhcp.dropped') return packetOf(data as Drop)
  if (kind.startsWith('dhcp.')) {
    const server = typeof data.serverIdentifier === 'string' ? `, to the server ${data.serverIdentifier}` : ''
    const relay = typeof data.giaddr === 'string' ? `, through the relay ${data.giaddr}` : ''
    const asked = Array.isArray(data.archs) ? questionOf(data as Sighting) : message
    return `${asked}${server}${relay}`
  }
  if (kind === 'boot.decision') return 'asked what to boot'
  return message
}

function answered(event: Event): string | null {
  if (event.kind === 'boot.decision') return event.message
  if (event.kind === 'dhcp.dropped') return `nothing: ${say(causeOf(event))}`
  if (!event.kind.startsWith('dhcp.')) return null
  // It is not for us to answer what a machine says to its DHCP server.
  if (event.kind === 'dhcp.request' && event.data.port === 67 && event.data.outcome === 'ignore') return null
  return dhcpAnswer(event)
}

/** What a DHCP event was answered. Earlier versions wrote it down as a sentence. */
function dhcpAnswer(event: Event): string {
  const { decision, outcome, step, file } = event.data
  if (typeof decision === 'string') return decision
  return outcome === undefined ? event.message : answerOf({ step, file, reason: reasonOf(event) } as Answer)
}
