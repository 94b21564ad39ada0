import { FRAME_BYTES, type Frame, type ImageManifest } from '@eims/contracts'
import { unpack } from './frame.ts'
import type { FetchChunk } from './verified-chunks.ts'

/** The raw bytes that a manifest describes, in order, each frame verified; the next frame is on its way meanwhile. */
export async function* rawBytes(
  manifest: ImageManifest,
  fetchChunk: FetchChunk,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const pieces: (Frame | ImageManifest['zeros'][number])[] = [...manifest.frames, ...manifest.zeros].sort(
    (a, b) => a.offset - b.offset,
  )
  const fetch = async (piece: (typeof pieces)[number] | undefined): Promise<Buffer | null> =>
    piece && 'sha256' in piece ? await unpack(piece, await fetchChunk(piece.sha256, piece.size, signal)) : null
  let next = fetch(pieces[0])
  for (const [nth, piece] of pieces.entries()) {
    signal.throwIfAborted()
    const raw = await next
    next = fetch(pieces[nth + 1])
    // whoever stops taking hears nothing of it
    next.catch(() => {})
    if (raw) yield raw
    else for (let left = piece.length; left > 0; left -= FRAME_BYTES) yield Buffer.alloc(Math.min(left, FRAME_BYTES))
  }
}
