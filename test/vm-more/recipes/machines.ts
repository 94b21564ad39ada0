import { BOOT_REPLY, BOOT_REQUEST, decode, encode, MESSAGE_TYPE, OPTION, type Packet } from '@eims/dhcp-proxy'

/** One machine of the bench: what it says of itself, and what it has to be told. */
export interface Client {
  name: string
  /** options 60, 77 and 93 */
  vendorClass: string | null
  userClass: string | null
  architecture: number | null
  /** `nextServer`: null where nobody looks at it */
  wants: { file: string | null; nextServer: string | null; vendorClass: string | null }
}

const SERVER = '192.168.77.1'
const tftp = (file: string) => ({ file, nextServer: SERVER, vendorClass: null })
const script = { file: `http://${SERVER}:7480/boot.ipxe`, nextServer: null, vendorClass: null }
const binary = { file: `http://${SERVER}:7480/boot/ipxe/snponly.efi`, nextServer: null, vendorClass: 'HTTPClient' }
const pxe = (architecture: string) => `PXEClient:Arch:${architecture}:UNDI:003000`

/** Names and classes as in captures of real firmware (test/captures); arm64's differ from x64's in the number alone. */
export const CLIENTS: Client[] = [
  client('BIOS', 'PXEClient:Arch:00000:UNDI:002001', null, 0, tftp('undionly.kpxe')),
  client('UEFI x64', pxe('00007'), null, 7, tftp('snponly.efi')),
  client('UEFI x64 that says 9', pxe('00009'), null, 9, tftp('snponly.efi')),
  client('UEFI arm64', pxe('00011'), null, 11, tftp('ipxe-arm64.efi')),
  client('UEFI x64 by HTTP', 'HTTPClient:Arch:00016:UNDI:003000', null, 16, binary),
  client('our iPXE on UEFI', 'PXEClient', 'Tinkerbell', 7, script),
  client('our iPXE on arm64', 'PXEClient', 'Tinkerbell', 11, script),
  client('plain iPXE on UEFI', 'PXEClient:Arch:00007:UNDI:003010', 'iPXE', 7, script),
  client('plain iPXE on a BIOS', 'PXEClient:Arch:00000:UNDI:002001', 'iPXE', 0, script),
  client('somebody’s laptop', 'MSFT 5.0', null, null, { file: null, nextServer: null, vendorClass: null }),
]

function client(
  name: string,
  vendorClass: string,
  userClass: string | null,
  architecture: number | null,
  wants: Client['wants'],
): Client {
  return { name, vendorClass, userClass, architecture, wants }
}

/** Option 175 of an iPXE that can do HTTP: its version, its bus, that feature. */
const FEATURES = Buffer.from('b105011af41000eb03010000130101', 'hex')
/** What EDK2 asks for, and as much as iPXE does: 60, 66 and 67 are among it, so a server may choose where it puts them. */
const FIRMWARE_ASKS = '0102030405060c0d0f111216171c28292a2b3233363a3b3c4243618081828384858687'
const IPXE_ASKS = '010306070c0f111a2a2b3c4243778081828384858687afcb'

/**
 * The client's DISCOVER or, once it was offered an address, its REQUEST for that.
 * @param number makes its MAC and its transaction
 */
export function question({ vendorClass, userClass, architecture }: Client, number: number, offer?: Told): Uint8Array {
  const options: [number, Uint8Array | null][] = [
    [OPTION.messageType, Uint8Array.of(offer ? MESSAGE_TYPE.request : MESSAGE_TYPE.discover)],
    [OPTION.requestedAddress, offer ? bytesOf(offer.address) : null],
    [OPTION.serverIdentifier, offer ? bytesOf(offer.server) : null],
    [OPTION.maxMessageSize, Uint8Array.of(0x05, 0xc0)],
    [OPTION.parameterRequestList, Buffer.from(userClass ? IPXE_ASKS : FIRMWARE_ASKS, 'hex')],
    [OPTION.vendorClass, vendorClass === null ? null : Buffer.from(vendorClass)],
    [OPTION.userClass, userClass === null ? null : Buffer.from(userClass)],
    [OPTION.clientArchitecture, architecture === null ? null : Uint8Array.of(0, architecture)],
    [OPTION.clientMachineIdentifier, architecture === null ? null : new Uint8Array(17).fill(number + 1, 1)],
    [OPTION.ipxe, userClass ? FEATURES : null],
  ]
  const chaddr = new Uint8Array(16)
  chaddr.set([0x52, 0x54, 0x00, 0xdc, 0x00, number])
  const none = { ciaddr: '0.0.0.0', yiaddr: '0.0.0.0', siaddr: '0.0.0.0', giaddr: '0.0.0.0', sname: '', file: '' }
  const head = { op: BOOT_REQUEST, htype: 1, hlen: 6, hops: 0, xid: number + 1, secs: 4, flags: 0x8000, chaddr }
  return encode({
    ...head,
    ...none,
    options: new Map(options.filter((each): each is [number, Uint8Array] => !!each[1])),
  })
}

const bytesOf = (address: string) => Uint8Array.from(address.split('.').map(Number))

/** What a client was told; `type` is option 53's. */
export interface Told {
  type: number | undefined
  address: string
  server: string
  boot: Client['wants']
}

/** What an answer tells the client of that number; null when it is none of its. */
export function told(datagram: Uint8Array, number: number): Told | null {
  const decoded = decode(datagram)
  if (!decoded.ok || decoded.value.op !== BOOT_REPLY || decoded.value.xid !== number + 1) return null
  const { file, siaddr, yiaddr, options }: Packet = decoded.value
  const text = (code: number) =>
    Buffer.from(options.get(code) ?? [])
      .toString('latin1')
      .replace(/\0+$/, '')
  return {
    type: options.get(OPTION.messageType)?.[0],
    address: yiaddr,
    server: options.get(OPTION.serverIdentifier)?.join('.') ?? '',
    boot: {
      file: file || text(OPTION.bootFileName) || null,
      nextServer: siaddr,
      vendorClass: text(OPTION.vendorClass) || null,
    },
  }
}
