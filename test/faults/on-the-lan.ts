/**
 * Somebody on the bench LAN, from the command line of a process in their namespace:
 *   ask tftp NAME | ask http PATH        an honest client: {"read": bytes} once it has the whole, or {"error": text}
 *   hold tftp COUNT ADDRESS...           so many read requests that are never acknowledged, spread over own addresses
 *   hold http COUNT ADDRESS...           so many connections with half a request; says {"held": COUNT}, and holds them
 *                                        until its input ends
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { decode, encode, type Packet } from '@eims/tftp'

const SERVER = '192.168.77.1'
/** Firmware asks again after a second or more, some four times. */
const ASK_AGAIN_MS = 1000
const TRIES = 4
const AT_ONCE = 500

const rrq = (filename: string): Packet => ({ kind: 'rrq', filename, mode: 'octet', options: [] })

/** Reads a whole file, block by block, as a boot ROM does. */
async function askTftp(name: string) {
  const socket = createSocket('udp4')
  const { promise, resolve } = Promise.withResolvers<object>()
  let last: [Packet, number] = [rrq(name), 69]
  let [tries, blocks, bytes] = [0, 0, 0]
  const say = () => {
    if (++tries > TRIES) resolve({ error: 'no answer' })
    else socket.send(encode(last[0]), last[1], SERVER)
  }
  const timer = setInterval(say, ASK_AGAIN_MS)
  socket.on('message', (datagram, from) => {
    const packet = decode(datagram)
    if (packet.kind === 'error') return resolve({ error: packet.message })
    if (packet.kind !== 'data' || packet.block !== ((blocks + 1) & 0xffff)) return
    blocks++
    bytes += packet.data.length
    last = [{ kind: 'ack', block: packet.block }, from.port]
    tries = 0
    say()
    if (packet.data.length < 512) resolve({ read: bytes })
  })
  say()
  const answer = await promise
  clearInterval(timer)
  await new Promise<void>((closed) => socket.close(closed))
  return answer
}

/** Asks once. */
async function askHttp(path: string) {
  try {
    const text = await (await fetch(`http://${SERVER}:7480${path}`)).text()
    return { read: text.length, text }
  } catch (error) {
    return { error: String((error as Error).cause ?? error) }
  }
}

async function holdTftp(count: number, addresses: string[]) {
  for (let i = 0; i < count; i++) {
    const socket = createSocket('udp4')
    socket.bind(0, addresses[i % addresses.length])
    await once(socket, 'listening')
    await new Promise((sent) => socket.send(encode(rrq('snponly.efi')), 69, SERVER, sent))
  }
}

async function holdHttp(count: number, addresses: string[]) {
  const open = (i: number) =>
    new Promise<void>((opened) => {
      const socket = connect({ host: SERVER, port: 7480, localAddress: addresses[i % addresses.length]! })
      socket.on('connect', () => socket.write('GET /boot.ip', () => opened()))
      // Whoever gives way is closed here as well: this takes some 4,600 open files and not 10,000.
      socket.on('error', () => opened())
    })
  for (let from = 0; from < count; from += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => open(from + i)))
}

const [what, protocol, first = '', ...rest] = process.argv.slice(2)
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
if (what === 'ask') {
  print(protocol === 'tftp' ? await askTftp(first) : await askHttp(first))
  process.exit(0)
}
await (protocol === 'tftp' ? holdTftp : holdHttp)(Number(first), rest)
print({ held: Number(first) })
process.stdin.on('end', () => process.exit(0)).resume()
