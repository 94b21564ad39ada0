/** A file being served. `read` gives exactly `length` bytes from `offset`, both within `size`; at once when it can. */
export interface OpenFile {
  readonly size: number
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>
  close?(): Promise<void> | void
}

/** A file that is in memory. */
export function inMemory(bytes: Uint8Array): OpenFile {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

/** A block's bytes, or a promise after which asking again gives them. */
type Blocks = (block: number) => Uint8Array | Promise<unknown>

/** Bytes that are asked of a file at once. */
const pieceLength = 64 * 1024

/**
 * Reads a file in pieces of whole blocks, the next piece while this one is on the wire; keeps three of them at most.
 * Nothing is read before the first block is asked for. Blocks count from 1, as in transfer.ts.
 */
export function readAhead(file: OpenFile, blksize: number): Blocks {
  const perPiece = Math.max(2, Math.floor(pieceLength / blksize))
  const bytesPerPiece = perPiece * blksize
  const pieces = new Map<number, Uint8Array | Promise<unknown>>()

  function fetch(index: number) {
    const offset = index * bytesPerPiece
    const length = Math.max(0, Math.min(bytesPerPiece, file.size - offset))
    const found = length === 0 ? new Uint8Array() : file.read(offset, length)
    const checked = (bytes: Uint8Array) => {
      if (bytes.length === length) return bytes
      throw new Error(`got ${bytes.length} of ${length} bytes at ${offset}; was it changed?`)
    }
    if (found instanceof Uint8Array) return void pieces.set(index, checked(found))
    const kept = found.then((bytes) => void pieces.set(index, checked(bytes)))
    kept.catch(() => {}) // whoever asks for its blocks is told
    pieces.set(index, kept)
  }

  return (block) => {
    const index = Math.floor((block - 1) / perPiece)
    if (!pieces.has(index)) {
      for (const old of pieces.keys()) if (Math.abs(old - index) > 1) pieces.delete(old)
      fetch(index)
    }
    const piece = pieces.get(index)!
    if (!(piece instanceof Uint8Array)) return piece
    const start = ((block - 1) % perPiece) * blksize
    if (start === 0 && !pieces.has(index + 1) && (index + 1) * bytesPerPiece < file.size) {
      pieces.delete(index - 2)
      fetch(index + 1)
    }
    return piece.subarray(start, start + blksize)
  }
}
