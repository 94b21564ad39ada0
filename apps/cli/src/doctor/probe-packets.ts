import { BOOT_REPLY, BOOT_REQUEST, decode, encode, MESSAGE_TYPE, OPTION, type Packet } from '@eims/dhcp-proxy'

/** What a server answered to a probe. */
export interface Offer {
  /** option 54, else where it came from */
  server: string
  /** it offers an address */
  address: boolean
  /** option 60 says PXEClient or HTTPClient: a ProxyDHCP, or a DHCP server that does its work */
  pxe: boolean
  /** the boot file it names; null: none */
  file: string | null
}

/** Locally administered, spells `eims`: a DHCP server that notes it down shows who asked. */
const CHADDR = Uint8Array.of(0x02, 0x65, 0x69, 0x6d, 0x73, 0x01)
const XIDS = { plain: 0x65696d31, pxe: 0x65696d32 }
/** "Answer by broadcast" (RFC 2131 section 2): we have no address that could be answered to. */
const BROADCAST = 0x8000
const X64_UEFI = 7

const text = (value: string) => new Uint8Array(Buffer.from(value, 'latin1'))

/** The two questions: an ordinary DISCOVER, and that of a PXE client. No REQUEST follows, so no address is taken. */
export function probes(): Uint8Array[] {
  const plain: [number, Uint8Array][] = [
    [OPTION.messageType, Uint8Array.of(MESSAGE_TYPE.discover)],
    [OPTION.parameterRequestList, Uint8Array.of(1, 3, 6, 43, 54, 60, 66, 67)],
    [OPTION.maxMessageSize, Uint8Array.of(0x05, 0xc0)],
  ]
  const pxe: [number, Uint8Array][] = [
    [OPTION.vendorClass, text('PXEClient:Arch:00007:UNDI:003016')],
    [OPTION.clientArchitecture, Uint8Array.of(0, X64_UEFI)],
    [OPTION.clientNetworkInterface, Uint8Array.of(1, 3, 16)],
    [OPTION.clientMachineIdentifier, new Uint8Array(17)],
  ]
  return [
    encode({ ...discover(XIDS.plain), options: new Map(plain) }),
    encode({ ...discover(XIDS.pxe), options: new Map([...plain, ...pxe]) }),
  ]
}

function discover(xid: number): Omit<Packet, 'options'> {
  const chaddr = new Uint8Array(16)
  chaddr.set(CHADDR)
  const none = { ciaddr: '0.0.0.0', yiaddr: '0.0.0.0', siaddr: '0.0.0.0', giaddr: '0.0.0.0', sname: '', file: '' }
  return { op: BOOT_REQUEST, htype: 1, hlen: 6, hops: 0, xid, secs: 0, flags: BROADCAST, chaddr, ...none }
}

/** Reads an answer to one of our questions; null for anything else that came. Pure, and never throws. */
export function readOffer(from: string, bytes: Uint8Array): Offer | null {
  const decoded = decode(bytes)
  if (!decoded.ok) return null
  const { op, xid, yiaddr, file, options } = decoded.value
  if (op !== BOOT_REPLY || !Object.values(XIDS).includes(xid)) return null
  const server = options.get(OPTION.serverIdentifier)
  const latin1 = (code: number) =>
    Buffer.from(options.get(code) ?? [])
      .toString('latin1')
      .replace(/\0.*$/s, '')
  return {
    server: server?.length === 4 ? server.join('.') : from,
    address: yiaddr !== '0.0.0.0',
    pxe: /^(PXE|HTTP)Client/.test(latin1(OPTION.vendorClass)),
    file: (file || latin1(OPTION.bootFileName)).replace(/[^\x20-\x7e]/g, '.').slice(0, 128) || null,
  }
}
