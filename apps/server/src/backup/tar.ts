import { ProblemError } from '@eims/contracts'
import { createTarDecoder } from 'modern-tar'

/** An image's manifest of a million frames is the largest entry that a backup can have. */
const MOST_BYTES = 512 * 1024 * 1024

export interface Entry {
  name: string
  bytes: Buffer
}

/** The files of an archive, one after the other; memory holds one. Throws ProblemError backup-unreadable. */
export async function* tarEntries(stream: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  let broken: { error: unknown } | null = null
  const source = async function* () {
    try {
      yield* stream
    } catch (error) {
      broken = { error }
      throw error
    }
  }
  try {
    for await (const { header, body } of ReadableStream.from(source()).pipeThrough(
      createTarDecoder({ strict: true }),
    )) {
      const { name, size, type } = header
      if (type !== 'file' || size > MOST_BYTES) throw unreadable(`its entry "${name}" is none of a backup`)
      yield { name, bytes: Buffer.from(await new Response(body).arrayBuffer()) }
    }
  } catch (error) {
    if (broken) throw (broken as { error: unknown }).error
    if (error instanceof ProblemError) throw error
    throw unreadable(`it is no tar archive, was cut off or is damaged (${(error as Error).message})`)
  }
}

export const unreadable = (why: string) => new ProblemError('backup-unreadable', `the backup cannot be used: ${why}`)
