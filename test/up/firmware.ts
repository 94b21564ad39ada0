/**
 * What boot firmware does, from the command line of a process in the machine's namespace; the answer is one line of JSON:
 *   discover MAC [VENDOR-CLASS [USER-CLASS]]   a DISCOVER: {"file": …} of the OFFER, or {"file": null} after a while
 *   read NAME                                  a TFTP read request: {"read": text of the first block} or {"error": text}
 */
import { createSocket } from 'node:dgram'
import { decode, encode, OPTION } from '@eims/dhcp-proxy'
import { decode as decodeTftp, encode as encodeTftp } from '@eims/tftp'

const SERVER = '192.168.77.1'
const PATIENCE_MS = 1500

/** The first of the packets that come to this port of which `read` makes something, or null. */
async function exchange<Answer>(
  to: { port: number; address: string },
  bytes: Uint8Array,
  ownPort: number,
  read: (bytes: Uint8Array) => Answer | null,
): Promise<Answer | null> {
  const socket = createSocket('udp4')
  const { promise, resolve } = Promise.withResolvers<Answer | null>()
  socket.on('message', (datagram) => {
    const answer = read(datagram)
    if (answer !== null) resolve(answer)
  })
  await new Promise<void>((bound) => socket.bind(ownPort, bound))
  socket.setBroadcast(true)
  socket.send(bytes, to.port, to.address)
  const timer = setTimeout(() => resolve(null), PATIENCE_MS)
  const answer = await promise
  clearTimeout(timer)
  socket.close()
  return answer
}

const text = (characters: string) => Uint8Array.from(Buffer.from(characters, 'latin1'))

async function discover(mac: string, vendorClass = 'PXEClient:Arch:00000:UNDI:002001', userClass?: string) {
  const architecture = Number(/Arch:(\d{5})/.exec(vendorClass)?.[1] ?? 0)
  const xid = Math.trunc(Math.random() * 2 ** 31)
  const packet = encode({
    op: 1,
    htype: 1,
    hlen: 6,
    hops: 0,
    xid,
    secs: 4,
    flags: 0x8000,
    ciaddr: '0.0.0.0',
    yiaddr: '0.0.0.0',
    siaddr: '0.0.0.0',
    giaddr: '0.0.0.0',
    chaddr: Uint8Array.from(Buffer.from(mac.replaceAll(':', '').padEnd(32, '0'), 'hex')),
    sname: '',
    file: '',
    options: new Map([
      [OPTION.messageType, Uint8Array.of(1)],
      [OPTION.vendorClass, text(vendorClass)],
      [93, Uint8Array.of(architecture >> 8, architecture & 255)],
      [94, Uint8Array.of(1, 3, 0)],
      // iPXE says what it is able to do: 19 is HTTP
      ...(userClass
        ? ([
            [77, text(userClass)],
            [175, Uint8Array.of(19, 1, 1)],
          ] as const)
        : []),
    ]),
  })
  const file = await exchange({ port: 67, address: '192.168.77.255' }, packet, 68, (bytes) => {
    const reply = decode(bytes)
    if (!reply.ok || reply.value.op !== 2 || reply.value.xid !== xid) return null
    const long = reply.value.options.get(67)
    return long ? Buffer.from(long).toString('latin1').replace(/\0.*$/, '') : reply.value.file
  })
  return { file }
}

async function read(name: string) {
  const request = encodeTftp({ kind: 'rrq', filename: name, mode: 'octet', options: [] })
  const answer = await exchange({ port: 69, address: SERVER }, request, 0, (bytes) => {
    const packet = decodeTftp(bytes)
    if (packet.kind === 'error') return { error: packet.message }
    return packet.kind === 'data' ? { read: Buffer.from(packet.data).toString('latin1') } : null
  })
  return answer ?? { error: null }
}

const [what, ...args] = process.argv.slice(2)
const [first = '', ...rest] = args
const answer = what === 'discover' ? await discover(first, ...rest) : await read(first)
process.stdout.write(`${JSON.stringify(answer)}\n`)
process.exit(0)
