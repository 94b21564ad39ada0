import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Client, readClient } from './client.ts'
import { type Decision, type Door, decide, type Step } from './decide.ts'
import { decode, encode } from './packet.ts'
import { RateLimit } from './rate-limit.ts'
import { type Settings, settingsProblem } from './settings.ts'

/**
 * Where a socket comes from: a bound UDP socket handed in as a file descriptor (bound to one device, so that nothing
 * of another LAN is heard or answered; Node cannot make one itself), or an address to bind.
 */
export type SocketSource = { fd: number } | { address: string; port: number }

/** One netboot client, heard once. Texts are printable ASCII of at most 255 characters. */
export type Sighting = {
  mac: string
  uuid: string | null
  archs: readonly number[]
  vendorClass: string
  userClass: string | null
  messageType: Client['messageType']
  port: Door
  outcome: Decision['kind']
  /** null when ignored */
  step: Step | null
  /** for a person: `sent the script http://…`, `ignored: the REQUEST is for the server 192.168.77.2` */
  decision: string
}

export type Problem = {
  /**
   * `malformed`: a datagram that is no DHCP; `client`: a netboot client that breaks the rules, so is not answered;
   * `caller`: wrong settings, or a callback that threw
   */
  kind: 'malformed' | 'client' | 'send' | 'socket' | 'caller'
  message: string
  port: Door
  from: string | null
}

export type DhcpProxyOptions = {
  sockets: { dhcp: SocketSource; pxe: SocketSource }
  /** asked for each packet, so that a change counts at once */
  settings: () => Settings
  /** whether this machine (`52:54:00:aa:00:01`) fetched one of our iPXE binaries by TFTP a moment before */
  chainedRecently: (mac: string) => boolean
  onSeen: (sighting: Sighting) => void
  onProblem: (problem: Problem) => void
  /** packets of one MAC answered and reported in a second; firmware sends less than one */
  maxPerClientPerSecond?: number
}

export type DhcpProxy = AsyncDisposable & {
  /** what the sockets are bound to */
  addresses: { dhcp: { address: string; port: number }; pxe: { address: string; port: number } }
  /** Stops listening; resolves when both sockets are closed. A second call does nothing. */
  close(): Promise<void>
}

const MAX_PER_CLIENT_PER_SECOND = 10
const CLIENTS_REMEMBERED = 4096
const PROBLEMS_PER_SECOND = 10
const SENDS_WAITING = 256
const TEXT_MAX = 255

/**
 * Starts answering on both sockets. Rejects, with both sockets closed, when one cannot be bound (a taken port is
 * noticed: neither is shared) or the settings are wrong. After that nothing that comes in ends it: it goes to
 * `onProblem`, of which there are at most ten of a kind in a second.
 */
export async function startDhcpProxy(options: DhcpProxyOptions): Promise<DhcpProxy> {
  const wrong = settingsProblem(options.settings())
  if (wrong) throw new Error(`ProxyDHCP: settings: ${wrong}`)
  const doors: { door: Door; source: SocketSource; socket: Socket }[] = [
    { door: 67, source: options.sockets.dhcp, socket: createSocket('udp4') },
    { door: 4011, source: options.sockets.pxe, socket: createSocket('udp4') },
  ]
  const close = async () => {
    await Promise.all(doors.map(({ socket }) => closeSocket(socket)))
  }
  const handler = packetHandler(options)
  try {
    for (const { door, source, socket } of doors) {
      await bind(socket, source)
      socket.on('message', (bytes, from) => handler.onMessage(socket, door, bytes, from))
      socket.on('error', (error) => handler.report({ kind: 'socket', message: error.message, port: door, from: null }))
    }
  } catch (error) {
    await close()
    throw error
  }
  const [dhcp, pxe] = doors.map(({ socket }) => socket.address())
  let closing: Promise<void> | undefined
  const closeOnce = () => (closing ??= close())
  return { addresses: { dhcp: dhcp!, pxe: pxe! }, close: closeOnce, [Symbol.asyncDispose]: closeOnce }
}

function packetHandler(options: DhcpProxyOptions) {
  const clients = new RateLimit(options.maxPerClientPerSecond ?? MAX_PER_CLIENT_PER_SECOND, CLIENTS_REMEMBERED)
  const problems = new RateLimit(PROBLEMS_PER_SECOND, 16)
  let checked: Settings | null = null

  function report(problem: Problem): void {
    if (!problems.allow(problem.kind, performance.now())) return
    try {
      options.onProblem(problem)
    } catch {
      // Whoever listens to problems and fails has nobody left to tell.
    }
  }

  function currentSettings(): Settings {
    const settings = options.settings()
    if (settings === checked) return settings
    const wrong = settingsProblem(settings)
    if (wrong) throw new Error(`settings: ${wrong}`)
    checked = settings
    return settings
  }

  function onMessage(socket: Socket, door: Door, bytes: Uint8Array, from: { address: string; port: number }): void {
    const problem = (kind: Problem['kind'], message: string) =>
      report({ kind, message, port: door, from: `${from.address}:${from.port}` })
    const decoded = decode(bytes)
    if (!decoded.ok) {
      problem('malformed', decoded.reason)
      return
    }
    const packet = decoded.value
    const read = readClient(packet)
    if (!read.ok) {
      if (read.netboot) problem('client', read.reason)
      return
    }
    const client = read.value
    if (!clients.allow(client.mac, performance.now())) return

    try {
      const facts = { chainedRecently: options.chainedRecently(client.mac) }
      const decision = decide({ packet, client, door, from }, currentSettings(), facts)
      if (decision.kind === 'reply') send(socket, decision, (message) => problem('send', message))
      options.onSeen(sighting(client, door, decision))
    } catch (error) {
      problem('caller', (error as Error).message)
    }
  }

  return { onMessage, report }
}

function send(socket: Socket, { message, to }: Extract<Decision, { kind: 'reply' }>, failed: (why: string) => void) {
  const where = `to ${to.address}:${to.port}`
  if (socket.getSendQueueCount() >= SENDS_WAITING) return failed(`${where}: ${SENDS_WAITING} replies already wait`)
  socket.send(encode(message), to.port, to.address, (error) => {
    if (error) failed(`${where}: ${error.message}`)
  })
}

function sighting(client: Client, door: Door, decision: Decision): Sighting {
  return {
    mac: client.mac,
    uuid: client.uuid,
    archs: client.archs,
    vendorClass: printable(client.vendorClass),
    userClass: client.userClasses.length > 0 ? printable(client.userClasses.join(', ')) : null,
    messageType: client.messageType,
    port: door,
    outcome: decision.kind,
    step: decision.kind === 'reply' ? decision.step : null,
    decision: inWords(decision),
  }
}

function inWords(decision: Decision): string {
  if (decision.kind === 'ignore') return `ignored: ${decision.reason}`
  switch (decision.step) {
    case 'ask-4011':
      return 'offered to answer on port 4011'
    case 'firmware':
      return `sent the boot file ${decision.file}`
    case 'chain':
      return `sent ${decision.file} in place of its own iPXE`
    case 'script':
      return `sent the script ${decision.file}`
  }
}

function printable(text: string): string {
  return text.slice(0, TEXT_MAX).replace(/[^\x20-\x7e]/g, '.')
}

async function bind(socket: Socket, source: SocketSource): Promise<void> {
  const name = 'fd' in source ? `socket handed in as file descriptor ${source.fd}` : `${source.address}:${source.port}`
  const listening = once(socket, 'listening')
  try {
    socket.bind({ ...source, exclusive: true })
    await listening
    socket.setBroadcast(true)
  } catch (error) {
    throw new Error(`ProxyDHCP: cannot listen on ${name}: ${(error as Error).message}`, { cause: error })
  }
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(resolve)
    } catch {
      resolve() // never bound, or closed already
    }
  })
}
