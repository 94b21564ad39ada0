import type { Fault } from './frame.ts'

/** What is asked for: places in the shared memory, in bytes from its start. */
export type Task =
  | { kind: 'digest'; packed: number; size: number }
  | { kind: 'unpack'; packed: number; size: number; raw: number; length: number; rawSha256: string }

/** The digest; what is wrong with the chunk; or null, and the raw bytes are in their place. */
export type Answer = string | Fault | null

/**
 * Digests and unpacks chunks in memory that is shared with whoever asks. Threads are started by the text of this function, so
 * that the agent is one file wherever it runs: it refers to nothing outside itself.
 *
 * That a chunk is the manifest's, its own digest says. That unpacking it gave the bytes which were packed, the checksum in its
 * frame says, where the service put one (zstd compares it); frames of earlier versions have none, and are digested once more.
 */
export function unpacker(memory: ArrayBufferLike): (task: Task) => Answer {
  const { hash } = process.getBuiltinModule('node:crypto')
  const { zstdDecompressSync } = process.getBuiltinModule('node:zlib')

  return (task) => {
    const packed = Buffer.from(memory, task.packed, task.size)
    if (task.kind === 'digest') return hash('sha256', packed)
    const { length } = task
    // RFC 8878 section 3.1.1: magic number, then a descriptor of which bit 2 says that a checksum ends the frame
    const checked = task.size > 4 && packed.readUInt32LE(0) === 0xfd2fb528 && (packed[4]! & 4) !== 0
    let unpacked: Buffer<ArrayBuffer>
    try {
      // one output buffer, never one of Node's pool, and a byte too long: a full one makes Node take a second
      unpacked = zstdDecompressSync(packed, { maxOutputLength: length, chunkSize: Math.max(65536, length + 1) })
    } catch (error) {
      return { fault: 'packing', held: null, text: (error as Error).message }
    }
    try {
      if (unpacked.length !== length) return { fault: 'size', held: unpacked.length, text: null }
      if (!checked && hash('sha256', unpacked) !== task.rawSha256) return { fault: 'digest', held: length, text: null }
      Buffer.from(memory, task.raw, length).set(unpacked)
      return null
    } finally {
      // gives the memory back at once, so that the next one is made of it: the garbage collector would let them pile up
      unpacked.buffer.transfer(0)
    }
  }
}
