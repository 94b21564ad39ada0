import type { Facts } from '../src/boot-step.ts'
import { type AnyReason, decode, encode, type Packet, readClient } from '../src/index.ts'
import { type Decision, decide, type Heard, type ServerPort } from '../src/reply.ts'
import type { Settings } from '../src/settings.ts'

/** A site as most are. */
export const SITE: Settings = {
  serverAddress: '192.168.77.1',
  scriptUrl: 'http://192.168.77.1:8080/boot.ipxe',
  userClass: 'Tinkerbell',
  chainRomIpxe: 'auto',
}

export const MAC = '52:54:00:aa:00:01'

/** What a crafted machine says; `options` are hex by code and replace the others, null leaves one out. */
export type Saying = Partial<Omit<Packet, 'options'>> & { options?: Record<number, string | null> }

/** A DISCOVER of plain x64 UEFI firmware, changed as told. */
export function question({ options = {}, ...fields }: Saying = {}): Packet {
  const said: Record<number, string | null> = {
    53: '01',
    60: text('PXEClient:Arch:00007:UNDI:003016'),
    93: '0007',
    94: '010300',
    97: '0011111111222233334444555555555555',
    ...options,
  }
  return {
    op: 1,
    htype: 1,
    hlen: 6,
    hops: 0,
    xid: 0x11223344,
    secs: 4,
    flags: 0x8000,
    ciaddr: '0.0.0.0',
    yiaddr: '0.0.0.0',
    siaddr: '0.0.0.0',
    giaddr: '0.0.0.0',
    chaddr: Uint8Array.from(Buffer.from('525400aa000100000000000000000000', 'hex')),
    sname: '',
    file: '',
    options: new Map(
      Object.entries(said).flatMap(([code, hex]) =>
        hex === null ? [] : [[Number(code), Uint8Array.from(Buffer.from(hex, 'hex'))] as const],
      ),
    ),
    ...fields,
  }
}

/** A reason as data. */
export const why = (code: string, slots: AnyReason['slots'] = {}): AnyReason => ({ code, slots })

/** The hex of a text, for options. */
export function text(characters: string): string {
  return Buffer.from(characters, 'latin1').toString('hex')
}

export type Circumstances = {
  port?: ServerPort
  from?: Heard['from']
  settings?: Partial<Settings>
  facts?: Partial<Facts>
}

/** The whole way of a datagram but for the sockets: decode, read the client, decide, encode. */
export function ask(datagram: Uint8Array | Packet, circumstances: Circumstances = {}): Decision {
  const { port = 67, from = { address: '0.0.0.0', port: 68 }, settings = {}, facts = {} } = circumstances
  const decoded = decode(datagram instanceof Uint8Array ? datagram : encode(datagram))
  if (!decoded.ok) return { kind: 'ignore', reason: why('malformed', { text: decoded.reason }) }
  const client = readClient(decoded.value)
  if (!client.ok) return { kind: 'ignore', reason: why('no-client', { text: client.reason }) }
  return decide(
    { packet: decoded.value, client: client.value, port, from },
    { ...SITE, ...settings },
    { chainedRecently: false, gate: { policy: 'allowed' }, bootFile: null, ...facts },
  )
}

/** The datagram of a reply; fails loudly when there is none. */
export function replyBytes(decision: Decision): Uint8Array {
  if (decision.kind !== 'reply') throw new Error(`no reply: ${JSON.stringify(decision.reason)}`)
  return encode(decision.message)
}
