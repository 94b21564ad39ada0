import { type Judgement, type NewEvent, type Reason, say, told, worded } from '@eims/contracts'
import { readDeniedFile } from '@eims/dhcp-proxy'
import { inMemory, type OpenFile, type ReadRequest, startTftpServer, type TftpEvent, type TftpServer } from '@eims/tftp'
import type { Logger } from 'pino'
import type { Artifacts } from '../artifacts.ts'
import type { Segment } from '../segment.ts'
import { shortage } from '../shortage.ts'
import { isOfSignedChain, isOptional } from '../signed-chain.ts'

export interface TftpOnSegment {
  segment: Segment
  artifacts: Artifacts
  /** a boot file that is written for this segment, as it is now; null: that name is none */
  generated: (name: string) => string | null
  /** what keeps a machine from booting from the network; by the MAC in the file's name and by its address */
  gate: (mac: string | null, address: string) => Judgement | null
  /** whose IPv4 address this is on the LAN, or null */
  macOf: (address: string) => string | null
  record: (event: NewEvent) => void
  /** an iPXE binary of ours went to this machine */
  onBinarySent: (mac: string) => void
  /** all transfers from port 69, for firewalls that pass nothing else */
  singlePort: boolean
  /** milliseconds since 1970 */
  now: () => number
  log: Logger
}

/** The TFTP server of one LAN segment: iPXE binaries and the script that current iPXE looks for beside them. */
export function startTftp(parts: TftpOnSegment): Promise<TftpServer> {
  const { segment, macOf, record, onBinarySent, now, log } = parts
  const short = shortage(
    (times) =>
      log.warn({ times, interface: segment.interface }, 'tftp: more transfers are asked for than there are places'),
    now,
  )
  return startTftpServer<Reason>({
    listen: { fd: segment.fds.tftp },
    get serverAddress() {
      return segment.address
    },
    singlePort: parts.singlePort,
    get mtu() {
      return segment.mtu
    },
    open: (request) => openFile(request, parts),
    onEvent: (event) => {
      log.debug({ event }, 'tftp')
      if (isShort(event)) short()
      const mac = event.mac ?? macOf(event.client.address)
      if (event.kind === 'finished' && mac && isIpxe(event.name)) onBinarySent(mac)
      const seen = transferEvent({ ...event, mac })
      if (seen) record(seen)
    },
    onSocketError: (error) => log.error({ err: error }, 'tftp: the socket failed'),
  })
}

/** Whether a transfer was thrown out, or not begun, because there are so many of them. */
const isShort = ({ reason, refusal }: Pick<TftpEvent<Reason>, 'reason' | 'refusal'>) =>
  refusal === 'busy' || reason?.code === 'tftp-gave-way'

/** What is no script or configuration, and not of the signed chain either, is an iPXE of ours or of the operator's. */
const isIpxe = (name: string) => !isOfSignedChain(name) && !/^(autoexec\.ipxe|grub\/.*)$/.test(name)

/**
 * The file that a machine gets, or why it gets none. One that is to boot its disk and came here all the same (another
 * DHCP server sent it) gets iPXE: its script then leads to the disk.
 */
export async function openFile(
  { name, mac, client }: Pick<ReadRequest, 'name' | 'mac' | 'client'>,
  { gate, artifacts, generated }: Pick<TftpOnSegment, 'gate' | 'artifacts' | 'generated'>,
): Promise<OpenFile | 'not-found' | { refused: Reason; message: string }> {
  const closed = gate(mac, client.address)
  const refused = closed?.kind === 'refused' ? closed.reason : readDeniedFile(name)
  if (refused) return { refused, message: say(refused) }
  const text = generated(name)
  if (text !== null) return inMemory(Buffer.from(text))
  return (await artifacts.bootFile(name)) ?? 'not-found'
}

/** One transfer as an event for its machine's timeline; null for what belongs to no machine or is mere noise. */
export function transferEvent(event: Omit<TftpEvent<Reason>, 'client'>): NewEvent | null {
  const { kind, mac, name, bytes, milliseconds, reason, refusal, retransmissions } = event
  // OVMF asks for tsize, aborts, and asks again: the aborted one says nothing.
  if (!mac || kind === 'started' || kind === 'aborted' || (kind !== 'finished' && isOptional(name))) return null
  const data = { name, bytes, milliseconds, retransmissions }
  if (kind === 'finished') return worded({ kind: 'tftp.read', mac, data })
  const why: Reason = reason ?? told(kind)
  return worded({ kind: 'tftp.failed', mac, data: { ...data, reason: why, ...(refusal ? { refusal } : {}) } })
}
