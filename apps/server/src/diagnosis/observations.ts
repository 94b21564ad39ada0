import {
  answerOf,
  askedOf,
  type Event,
  inEnglish,
  narrowed,
  type Observation,
  packetOf,
  type Sentence,
  sentence,
  sentenceOfEvent,
  speak,
  spokenEnglish,
  told,
} from '@eims/contracts'
import { architectureNames } from '@eims/dhcp-proxy'
import { causeOf, reasonOf } from './trail.ts'

/** Lines shown of each kind; the rest is on the timeline. */
const LINES = 12

type Line = Pick<Observation, 'what' | 'said'>

/** What a pass's events say of the machine, and what this server said to it; the newest of each, oldest first. */
export function observe(events: Event[]): { heard: Observation[]; answered: Observation[] } {
  const lines = (what: (event: Event) => Line | null) =>
    events.flatMap((event) => {
      const line = what(event)
      const { at, lastAt, count } = event
      return line === null ? [] : [{ at, lastAt, count, ...line }]
    })
  return { heard: lines(heard).slice(-LINES), answered: lines(answered).slice(-LINES) }
}

const lineOf = (said: Sentence): Line => ({ what: inEnglish(said), said: narrowed(said) })

/** An event as it was written down: earlier versions told in its message what its data do not. */
function written(event: Event): Line {
  const said = sentenceOfEvent(event)
  const isWhole = said !== null && speak(said, spokenEnglish) !== null
  return { what: event.message, said: isWhole ? narrowed(said) : told(event.message) }
}

function heard(event: Event): Line {
  const { kind, data } = event
  if (kind === 'dhcp.dropped') return lineOf(packetOf(data))
  if (kind === 'boot.decision') return lineOf(sentence('heard.asked-boot'))
  if (!kind.startsWith('dhcp.')) return written(event)
  const { archs, serverIdentifier: server, giaddr: relay } = data
  const firmware = Array.isArray(archs) ? architectureNames(archs) : undefined
  const asked = askedOf({ ...data, firmware }) ?? told(event.message)
  const ofServer = typeof server === 'string' ? sentence('heard.to-server', { asked, server }) : asked
  return lineOf(typeof relay === 'string' ? sentence('heard.through-relay', { asked: ofServer, relay }) : ofServer)
}

function answered(event: Event): Line | null {
  if (event.kind === 'boot.decision') return written(event)
  if (event.kind === 'dhcp.dropped') return lineOf(sentence('answered.nothing', { reason: causeOf(event) }))
  if (!event.kind.startsWith('dhcp.')) return null
  // It is not for us to answer what a machine says to its DHCP server.
  if (event.kind === 'dhcp.request' && event.data.port === 67 && event.data.outcome === 'ignore') return null
  return lineOf(dhcpAnswer(event))
}

/** What a DHCP event was answered. Earlier versions wrote it down as a sentence. */
function dhcpAnswer(event: Event): Sentence {
  const { message, data } = event
  if (typeof data.decision === 'string') return told(data.decision)
  return data.outcome === undefined ? told(message) : answerOf({ ...data, reason: reasonOf(event) })
}
