import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'

/** Bytes that are read and sent at once. The copy into the kernel, and over TLS the cipher, keep all others waiting so long. */
const PIECE = 256 * 1024
/** Pieces of memory that are kept for the next file; where more are in use at once they are left to the garbage collector. */
const KEPT = 64

const kept: Buffer[] = []
const waiting: (() => void)[] = []

/**
 * Sends the first `size` bytes of a file as the rest of a reply whose head is written, and ends it. Through one piece of memory, filled again when the
 * kernel has taken what was in it: a stream takes new memory for each piece, and three times the CPU time a byte. Whoever
 * goes away, or a file that ends early or cannot be read, ends the connection.
 */
export async function sendWhole(file: FileHandle, size: number, response: ServerResponse): Promise<void> {
  const piece = kept.pop() ?? Buffer.allocUnsafeSlow(PIECE)
  try {
    for (let at = 0; at < size; ) {
      await turn()
      const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, size - at), at)
      if (bytesRead === 0) throw new Error(`the file ends at byte ${at} of ${size}`)
      at += bytesRead
      await taken(response, piece.subarray(0, bytesRead))
    }
    response.end()
    if (kept.length < KEPT) kept.push(piece)
  } catch {
    // what was handed over may not have left this piece of memory yet: it is not used again
    response.destroy()
  }
}

/**
 * Resolves for one caller in each turn of the event loop, in the order of asking. Fifty machines that take all they can get would
 * else have fifty pieces written in one turn, and any other call needs several turns: its own, and those of the database's replies.
 * Nobody waits for another's wire: a turn is over when a piece is begun.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(begin)
  })
}

function begin(): void {
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(begin)
}

/** Resolves when the kernel has taken the bytes; rejects when nobody will. */
function taken(response: ServerResponse, bytes: Buffer): Promise<void> {
  const { resolve, reject, promise } = Promise.withResolvers<void>()
  const gone = () => reject(new Error('the connection was closed'))
  response.once('close', gone)
  if (response.closed || response.destroyed) gone()
  else response.write(bytes, (error) => (error ? reject(error) : resolve()))
  return promise.finally(() => response.off('close', gone))
}
