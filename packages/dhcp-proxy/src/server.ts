import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { DhcpCounters } from './counters.ts'
import type { AnyReason } from './dhcp-reason.ts'
import { encode, type Packet } from './packet.ts'
import { PacketHandler, type Send } from './packet-handler.ts'
import type { DhcpProxyOptions, SocketSource } from './proxy-options.ts'
import type { ServerPort } from './reply.ts'
import { settingsProblem } from './settings.ts'

export type DhcpProxy = AsyncDisposable & {
  /** what the sockets are bound to */
  addresses: { dhcp: { address: string; port: number }; pxe: { address: string; port: number } }
  /** a copy of the counts since the start */
  counters(): DhcpCounters
  /** Stops listening; resolves when both sockets are closed. A second call does nothing. */
  close(): Promise<void>
}

const SENDS_WAITING = 256
/**
 * Bytes that a socket's queue holds. A DISCOVER counts there with 1.3 to 4.5 KiB, and racks that are switched on at once
 * send hundreds within some milliseconds; the kernel's own choice holds 166 on a loopback.
 */
const RECEIVE_BUFFER = 4 * 1024 * 1024
/** EDK2 asks again after four seconds; what comes later answers nobody. */
const FACTS_TIMEOUT_MS = 3000

/**
 * Starts answering on both sockets. Rejects, with both sockets closed, when one cannot be bound (a taken port is
 * noticed: neither is shared) or the settings are wrong. After that nothing that comes in ends it: it goes to
 * `onProblem`, of which there are at most ten of a kind in a second.
 */
export async function startDhcpProxy<R = AnyReason>(options: DhcpProxyOptions<R>): Promise<DhcpProxy> {
  const wrong = settingsProblem(options.settings())
  if (wrong) throw new Error(`ProxyDHCP: settings: ${wrong}`)
  const ports: { port: ServerPort; source: SocketSource; socket: Socket }[] = [
    { port: 67, source: options.sockets.dhcp, socket: createSocket({ type: 'udp4', lookup: numeric }) },
    { port: 4011, source: options.sockets.pxe, socket: createSocket({ type: 'udp4', lookup: numeric }) },
  ]
  const close = async () => {
    await Promise.all(ports.map(({ socket }) => closeSocket(socket)))
  }
  const handler = new PacketHandler(options, { now: () => performance.now(), inTime })
  try {
    for (const { port, source, socket } of ports) {
      await bind(socket, source)
      const send = sender(socket, (why, reply) => handler.sendFailed(why, port, reply))
      socket.on('message', (bytes, from) => handler.onMessage(port, bytes, from, send))
      socket.on('error', (error) => handler.report({ kind: 'socket', message: error.message, port, from: null }))
    }
  } catch (error) {
    await close()
    throw error
  }
  const [dhcp, pxe] = ports.map(({ socket }) => socket.address())
  let closing: Promise<void> | undefined
  const closeOnce = () => (closing ??= close())
  return {
    addresses: { dhcp: dhcp!, pxe: pxe! },
    counters: () => ({ ...handler.counters }),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  }
}

function sender(socket: Socket, failed: (why: string, reply: Packet) => void): Send {
  return ({ message, to }) => {
    if (socket.getSendQueueCount() >= SENDS_WAITING) {
      failed(`cannot send to ${to.address}:${to.port}: ${SENDS_WAITING} replies already wait`, message)
      return
    }
    try {
      socket.send(encode(message), to.port, to.address, (error) => {
        if (error) failed(`cannot send: ${error.message}`, message)
      })
    } catch (error) {
      failed(`cannot send: ${(error as Error).message}`, message) // closed while the facts were awaited
    }
  }
}

/** dgram asks for every address, also a numeric one, and by default gets the answer a tick later, which costs time. */
function numeric(
  address: string,
  _options: unknown,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  callback(null, address, 4)
}

async function inTime<Value>(coming: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `the machine's facts did not come within ${FACTS_TIMEOUT_MS} ms`
    timer = setTimeout(() => reject(new Error(message)), FACTS_TIMEOUT_MS)
  })
  try {
    return await Promise.race([coming, late])
  } finally {
    clearTimeout(timer)
  }
}

async function bind(socket: Socket, source: SocketSource): Promise<void> {
  const name = 'fd' in source ? `socket handed in as file descriptor ${source.fd}` : `${source.address}:${source.port}`
  const listening = once(socket, 'listening')
  try {
    socket.bind({ ...source, exclusive: true })
    await listening
    socket.setBroadcast(true)
    // Linux keeps twice what it is told, up to net.core.rmem_max. Whoever opened the socket may have been allowed more.
    if (socket.getRecvBufferSize() < RECEIVE_BUFFER) socket.setRecvBufferSize(RECEIVE_BUFFER / 2)
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
