import { createHash } from 'node:crypto'
import { BackupEnd, type BackupHead, ImageManifest, ProblemError, tarEnd, tarEntry } from '@eims/contracts'
import type { BlobStore } from '@eims/image'
import { type BackupSource, openBackupSource } from '@eims/registry'

/** A table goes into entries of about this size, so that none has to be in memory as a whole. */
const PIECE = 1024 * 1024

interface BackupParts {
  /** of the database */
  url: string
  store: Pick<BlobStore, 'read'>
  version: string
  now: () => number
}

/**
 * A backup as it is sent: `eims-backup.json`, the images' blobs, every table in pieces, `end.json`. All of one moment,
 * while the service works; a chunk is read and checked when its turn comes.
 */
export async function* backupOf(parts: BackupParts, { images }: { images: boolean }): AsyncGenerator<Uint8Array> {
  await using source = await openBackupSource(parts.url)
  const at = parts.now()
  const entry = (name: string, bytes: Uint8Array) => tarEntry(name, bytes, at / 1000)
  const json = (name: string, value: unknown) => entry(name, Buffer.from(`${JSON.stringify(value)}\n`))
  const { schema, site } = source
  const head: BackupHead = {
    format: 1,
    version: parts.version,
    madeAt: new Date(at).toISOString(),
    site,
    images,
    schema,
  }
  yield json('eims-backup.json', head)
  const end: BackupEnd = { tables: {}, sequences: {}, blobs: 0, blobBytes: 0, lacking: [] }
  if (images)
    for await (const { digest, bytes } of blobsOf(source.imageManifests, parts.store, end.lacking)) {
      end.blobs += 1
      end.blobBytes += bytes.length
      yield entry(`blobs/${digest}`, bytes)
    }
  for (const table of Object.keys(schema.tables)) {
    let number = 0
    for await (const bytes of pieces(source, table, end)) yield entry(`tables/${table}/${++number}`, bytes)
  }
  end.sequences = await source.sequences()
  yield json('end.json', BackupEnd.parse(end))
  yield tarEnd
}

/** Manifest and frames of every image once; digests of what this server's disk does not have go into `lacking`. */
async function* blobsOf(manifests: string[], store: BackupParts['store'], lacking: string[]) {
  const seen = new Set<string>()
  const read = async (digest: string) => {
    if (seen.has(digest)) return null
    seen.add(digest)
    const bytes = await store.read(digest).catch((error: unknown) => {
      if (error instanceof ProblemError) return null
      throw error
    })
    if (!bytes && lacking.length < 100) lacking.push(digest)
    return bytes
  }
  for (const digest of manifests) {
    const bytes = await read(digest)
    if (!bytes) continue
    yield { digest, bytes }
    for (const { sha256 } of ImageManifest.parse(JSON.parse(bytes.toString('utf8'))).frames) {
      const frame = await read(sha256)
      if (frame) yield { digest: sha256, bytes: frame }
    }
  }
}

/** A table's rows in pieces; what they are together is noted in `end`. */
async function* pieces(source: BackupSource, table: string, end: BackupEnd): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const rows = source.rows(table)
  let [bytes, count, held] = [0, 0, [] as Buffer[]]
  let size = 0
  for await (const chunk of rows as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
    // A line break within a value is written as \n by COPY, so each that stands here ends a row.
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1
    held.push(chunk)
    size += chunk.length
    if (size < PIECE) continue
    yield Buffer.concat(held)
    ;[held, size] = [[], 0]
  }
  if (size > 0) yield Buffer.concat(held)
  end.tables[table] = { rows: count, bytes, sha256: hash.digest('hex') }
}
