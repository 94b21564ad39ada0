import { bytes } from '@eims/contracts'
import { unpackTar } from '../archive/unpack-tar.ts'
import { calm } from '../back-off.ts'
import { withFilesystem } from '../disk/filesystem.ts'
import { architecture } from '../hardware/survey.ts'
import { fetchManifest } from '../image/manifest.ts'
import { onTheWire } from '../image/on-the-wire.ts'
import { rawBytes } from '../image/raw-bytes.ts'
import { verifiedChunks } from '../image/verified-chunks.ts'
import type { Handler } from './handler.ts'

/**
 * The builtin `unpack-archive`: a tar archive of the store, in frames like an image's, goes into a file system as it comes; nothing
 * of it is kept meanwhile. Chunks are verified before a byte of them is unpacked.
 */
export const unpackArchiveHandler: Handler<'unpack-archive'> = async (args, context) => {
  const { archiveSha256, archiveSize, folder, ...place } = args
  const { machine, signal, log, progress } = context
  const fetchChunk = verifiedChunks(onTheWire(context.chunks), calm, log)
  const wanted = { manifestSha256: archiveSha256, rawSize: archiveSize, architecture: architecture() }
  const manifest = await fetchManifest(fetchChunk, wanted, signal)
  async function* told(): AsyncGenerator<Buffer> {
    let came = 0
    for await (const piece of rawBytes(manifest, fetchChunk, signal)) {
      came += piece.length
      progress(Math.min(1, came / archiveSize))
      yield piece
    }
  }
  return await withFilesystem(context, place, 'write', async (root, partition) => {
    const done = await unpackTar(machine, told(), { root, folder })
    log(`Unpacked ${done.entries} entries with ${bytes(done.bytes)} into ${folder} on partition ${partition}`)
    if (done.attributes > 0) log(`${done.attributes} extended attributes of the archive were left out`)
    return { result: { partition, entries: done.entries, bytes: done.bytes } }
  })
}
