import type { NewEvent } from '@eims/registry'
import { type OpenFile, startTftpServer, type TftpEvent } from '@eims/tftp'
import type { Logger } from 'pino'
import type { Artifacts } from '../artifacts.ts'
import type { Segment } from '../listen/segments.ts'

export interface TftpOnSegment {
  segment: Segment
  artifacts: Artifacts
  /** the whole of autoexec.ipxe for this segment */
  autoexec: string
  record: (event: NewEvent) => void
  /** an iPXE binary of ours went to this machine */
  onBinarySent: (mac: string) => void
  log: Logger
}

/** The TFTP server of one LAN segment: iPXE binaries and the script that current iPXE looks for beside them. */
export function startTftp({
  segment,
  artifacts,
  autoexec,
  record,
  onBinarySent,
  log,
}: TftpOnSegment): Promise<AsyncDisposable> {
  const script = Buffer.from(autoexec)
  return startTftpServer({
    listen: { fd: segment.fds.tftp },
    serverAddress: segment.address,
    open: async ({ name }) =>
      name === 'autoexec.ipxe' ? inMemory(script) : ((await artifacts.bootFile(name)) ?? 'not-found'),
    onEvent: (event) => {
      log.debug({ event }, 'tftp')
      if (event.kind === 'finished' && event.mac && event.name !== 'autoexec.ipxe') onBinarySent(event.mac)
      const seen = transferEvent(event)
      if (seen) record(seen)
    },
    onSocketError: (error) => log.error({ err: error }, 'tftp: the socket failed'),
  })
}

const inMemory = (bytes: Buffer): OpenFile => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
})

/** One transfer as an event for its machine's timeline; null for what belongs to no machine or is mere noise. */
export function transferEvent(event: TftpEvent): NewEvent | null {
  const { kind, mac, name, bytes, milliseconds, reason, retransmissions } = event
  // OVMF asks for tsize, aborts, and asks again: the aborted one says nothing.
  if (!mac || kind === 'started' || kind === 'aborted') return null
  const data = { name, bytes, milliseconds, retransmissions }
  if (kind === 'finished')
    return { kind: 'tftp.read', mac, message: `read ${name}, ${bytes} bytes in ${Math.round(milliseconds)} ms`, data }
  return { kind: 'tftp.failed', mac, message: `could not read ${name}: ${reason ?? kind}`, data }
}
