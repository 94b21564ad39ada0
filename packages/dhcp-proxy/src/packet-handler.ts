import { macIn, NO_ADDRESS } from './address.ts'
import { type Client, printable, readClient } from './client.ts'
import { type DhcpCounters, noCounts, type Outcome, REPLIED } from './counters.ts'
import type { AnyReason, Dropped } from './dhcp-reason.ts'
import { OPTION } from './options.ts'
import { OthersHeard, readOther } from './other-dhcp.ts'
import { addressIn, decode, type Packet, senderOf } from './packet.ts'
import type { DhcpProxyOptions, NodeFacts, Problem, Sighting } from './proxy-options.ts'
import { RateLimit } from './rate-limit.ts'
import { type Decision, decide, type Endpoint, type Heard, type ServerPort } from './reply.ts'
import { type Settings, settingsProblem } from './settings.ts'

/** Sends a reply. Throws nothing; what goes wrong is told to `sendFailed`, at once or later. */
export type Send = (reply: { message: Packet; to: Endpoint; file: string | null }) => void

const MAX_PER_CLIENT_PER_SECOND = 10
const CLIENTS_REMEMBERED = 4096
const PROBLEMS_PER_SECOND = 10
const FACTS_WAITING = 256
const NOTHING_KNOWN = { gate: { policy: 'allowed' }, bootFile: null } as const

/** What the handler needs of the outer world. */
export type Rim = {
  /** milliseconds of a steady clock */
  now: () => number
  /** the same promise, which rejects when it takes too long */
  inTime: <Value>(coming: Promise<Value>) => Promise<Value>
}

/** A datagram's way from decoding to the reply, with everything that the caller is told on it. Throws nothing. */
export class PacketHandler<R = AnyReason> {
  readonly counters: DhcpCounters = noCounts()
  readonly #options: DhcpProxyOptions<R>
  readonly #rim: Rim
  readonly #perSecond: number
  readonly #clients: RateLimit
  readonly #problems = new RateLimit(PROBLEMS_PER_SECOND, 16)
  readonly #others = new OthersHeard()
  #checked: Settings | null = null
  #waiting = 0

  constructor(options: DhcpProxyOptions<R>, rim: Rim) {
    this.#options = options
    this.#rim = rim
    this.#perSecond = options.maxPerClientPerSecond ?? MAX_PER_CLIENT_PER_SECOND
    this.#clients = new RateLimit(this.#perSecond, CLIENTS_REMEMBERED)
  }

  /** Passes a problem on, at most ten of a kind in a second. */
  report(problem: Problem): void {
    if (!this.#problems.allow(problem.kind, this.#rim.now())) return
    try {
      this.#options.onProblem(problem)
    } catch {
      // Whoever listens to problems and fails has nobody left to tell.
    }
  }

  /** A reply came to nothing after all. `why` is for a person. */
  sendFailed(why: string, port: ServerPort, reply: Packet): void {
    this.counters.sendFailed += 1
    this.report({ kind: 'send', message: why, port, from: null })
    this.#dropped(macIn(reply.chaddr), port, null, { code: 'dhcp-not-sent', slots: { text: why } })
  }

  onMessage(port: ServerPort, bytes: Uint8Array, from: Endpoint, send: Send): void {
    this.counters.received += 1
    const decoded = decode(bytes)
    if (!decoded.ok) {
      count(this.counters, null, 'malformed')
      this.#problem('malformed', decoded.reason, port, from)
      this.#dropped(senderOf(bytes), port, null, { code: 'dhcp-malformed', slots: { text: decoded.reason } })
      return
    }
    const packet = decoded.value
    const read = readClient(packet)
    if (!read.ok) {
      count(this.counters, read.messageType, read.netboot ? 'broken' : 'notNetboot')
      if (read.netboot) {
        this.#problem('client', read.reason, port, from)
        if (read.why) this.#dropped(macIn(packet.chaddr), port, read.messageType, read.why)
      } else this.#tellOther(packet, port, from)
      return
    }
    const client = read.value
    if (!this.#clients.allow(client.mac, this.#rim.now())) {
      const { mac, messageType } = client
      count(this.counters, messageType, 'rateLimited')
      this.#dropped(mac, port, messageType, { code: 'dhcp-too-many', slots: { perSecond: this.#perSecond } })
      return
    }
    const heard = { packet, client, port, from }
    try {
      const known = this.#options.factsOf?.(client) ?? NOTHING_KNOWN
      if (known instanceof Promise) void this.#answerLater(heard, known, send)
      else this.#answer(heard, known, send)
    } catch (error) {
      this.#unanswered((error as Error).message, heard)
    }
  }

  #answer(heard: Heard, known: NodeFacts<R>, send: Send): void {
    const { gate, bootFile } = known
    const facts = { gate, bootFile, chainedRecently: this.#options.chainedRecently(heard.client.mac) }
    const decision = decide(heard, this.#settings(), facts)
    count(this.counters, heard.client.messageType, decision.kind === 'reply' ? REPLIED[decision.step] : 'ignored')
    if (decision.kind === 'reply') send(decision)
    try {
      this.#options.onSeen(sightingOf(heard, decision))
    } catch (error) {
      this.#problem('caller', (error as Error).message, heard.port, heard.from)
    }
  }

  async #answerLater(heard: Heard, coming: Promise<NodeFacts<R>>, send: Send): Promise<void> {
    if (this.#waiting >= FACTS_WAITING) {
      coming.catch(() => {})
      this.#unanswered(`the facts of ${FACTS_WAITING} machines are still awaited`, heard)
      return
    }
    this.#waiting += 1
    try {
      this.#answer(heard, await this.#rim.inTime(coming), send)
    } catch (error) {
      this.#unanswered((error as Error).message, heard)
    } finally {
      this.#waiting -= 1
    }
  }

  #unanswered(message: string, { client, port, from }: Heard): void {
    const { mac, messageType } = client
    count(this.counters, messageType, 'unanswered')
    this.#problem('caller', message, port, from)
    this.#dropped(mac, port, messageType, { code: 'dhcp-facts-late', slots: { text: message } })
  }

  #dropped(mac: string | null, port: ServerPort, messageType: Client['messageType'] | null, reason: Dropped): void {
    if (mac === null) return
    try {
      this.#options.onDropped?.({ mac, port, messageType, reason })
    } catch (error) {
      this.report({ kind: 'caller', message: (error as Error).message, port, from: null })
    }
  }

  #tellOther(packet: Packet, port: ServerPort, from: Endpoint): void {
    const { onOther } = this.#options
    if (!onOther) return
    try {
      const other = readOther(packet, from.address, this.#settings().serverAddress)
      if (other && this.#others.allow(other, this.#rim.now())) onOther(other)
    } catch (error) {
      this.#problem('caller', (error as Error).message, port, from)
    }
  }

  #settings(): Settings {
    const settings = this.#options.settings()
    if (settings === this.#checked) return settings
    const wrong = settingsProblem(settings)
    if (wrong) throw new Error(`settings: ${wrong}`)
    this.#checked = settings
    return settings
  }

  #problem(kind: Problem['kind'], message: string, port: ServerPort, from: Endpoint): void {
    this.report({ kind, message, port, from: `${from.address}:${from.port}` })
  }
}

function sightingOf<R>({ packet, client, port }: Heard, decision: Decision<R>): Sighting<R> {
  return {
    mac: client.mac,
    uuid: client.uuid,
    archs: client.archs,
    vendorClass: printable(client.vendorClass),
    userClass: client.userClasses.length > 0 ? printable(client.userClasses.join(', ')) : null,
    messageType: client.messageType,
    port,
    serverIdentifier: addressIn(packet, OPTION.serverIdentifier),
    requestedAddress: addressIn(packet, OPTION.requestedAddress),
    ciaddr: packet.ciaddr === NO_ADDRESS ? null : packet.ciaddr,
    giaddr: packet.giaddr === NO_ADDRESS ? null : packet.giaddr,
    secs: packet.secs,
    outcome: decision.kind,
    step: decision.kind === 'reply' ? decision.step : null,
    file: decision.kind === 'reply' ? decision.file : null,
    reason: decision.reason,
  }
}

/** Counts what became of a datagram, by itself and by what was asked; null: it was no question, or malformed. */
function count(counters: DhcpCounters, asked: Client['messageType'] | null, outcome: Outcome): void {
  counters[outcome] += 1
  const sort = outcome.startsWith('replied') ? 'replied' : outcome
  counters[`${asked ?? 'other'}.${sort}` as keyof DhcpCounters] += 1
}
