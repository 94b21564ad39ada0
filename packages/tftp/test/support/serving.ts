import { until } from '@eims/lab'
import { startTftpServer, type TftpEvent, type TftpServerOptions } from '../../src/index.ts'

/** A server on loopback over files in memory, with what it reported and which files were opened, read and closed. */
export async function serving(files: Record<string, Uint8Array>, options: Partial<TftpServerOptions> = {}) {
  const events: TftpEvent[] = []
  const calls: string[] = []
  const server = await startTftpServer({
    listen: { address: '127.0.0.1', port: 0 },
    serverAddress: '127.0.0.1',
    onEvent: (event) => events.push(event),
    open: async ({ name }) => {
      const bytes = Object.hasOwn(files, name) ? files[name] : undefined
      if (bytes === undefined) return 'not-found'
      calls.push(`open ${name}`)
      return {
        size: bytes.length,
        read: async (offset, length) => {
          calls.push(`read ${name} ${offset} ${length}`)
          return bytes.subarray(offset, offset + length)
        },
        close: () => void calls.push(`close ${name}`),
      }
    },
    ...options,
  })
  return {
    server,
    port: server.address.port,
    events,
    calls,
    kinds: () => events.map((event) => event.kind),
    /** resolves when no transfer is under way */
    idle: () => until(() => server.transfers === 0),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** Bytes that differ from place to place, so that a block in the wrong order shows. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 17 + (at >> 16)) & 0xff
  return bytes
}
