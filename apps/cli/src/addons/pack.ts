import { createHash, hash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { type AddonFile, tarEnd, tarHeader, tarPadding } from '@eims/contracts'
import { SUMS, sumsOf } from '@eims/edge-config'
import type { ProgressLine } from '../progress.ts'
import { Refusal } from '../refusal.ts'
import type { Given } from './given.ts'

/** A set as it is sent: a tar archive, of which files stay where they are until it is. */
export interface Packed {
  blob: Blob
  sha256: string
  files: AddonFile[]
}

/**
 * Packs a set: the same files give the same bytes, whenever and by whomever it is done. Each file is read once for its own
 * digest and the archive's, and again when it is sent, which the server compares.
 * @throws Refusal for files that are not what their publisher says, all at once
 */
export async function packSet(given: readonly Given[], line: ProgressLine): Promise<Packed> {
  const whole = createHash('sha256')
  const parts: (Uint8Array<ArrayBuffer> | Blob)[] = []
  const files: AddonFile[] = []
  const faults: string[] = []
  const add = (part: Uint8Array<ArrayBuffer>) => {
    whole.update(part)
    parts.push(part)
  }
  const padding = (size: number) => add(new Uint8Array(tarPadding(size)))
  const all = given.reduce((sum, { source }) => sum + ('file' in source ? source.size : 0), 0)
  let read = 0
  for (const { path, source, sha256 } of given) {
    const size = 'bytes' in source ? source.bytes.length : source.size
    add(tarHeader(path, size, 0))
    if ('bytes' in source) {
      add(new Uint8Array(source.bytes))
      files.push({ path, size, sha256: hash('sha256', source.bytes) })
    } else {
      const own = createHash('sha256')
      let came = 0
      for await (const chunk of createReadStream(source.file, {
        highWaterMark: 1024 * 1024,
      }) as AsyncIterable<Buffer>) {
        own.update(chunk)
        whole.update(chunk)
        came += chunk.length
        read += chunk.length
        line.show('reading archives', read / all)
      }
      if (came !== size) throw new Refusal(`${source.file} was changed while it was read: give it again`)
      const digest = own.digest('hex')
      if (sha256 !== null && digest !== sha256)
        faults.push(`${source.file} has the SHA-256 ${digest}, and its publisher says ${sha256}`)
      parts.push(await openAsBlob(source.file))
      files.push({ path, size, sha256: digest })
    }
    padding(size)
  }
  line.end()
  if (faults.length > 0) throw new Refusal('nothing is sent:', 1, faults)
  const sums = new TextEncoder().encode(sumsOf(files))
  add(tarHeader(SUMS, sums.length, 0))
  add(sums)
  padding(sums.length)
  add(tarEnd)
  return { blob: new Blob(parts), sha256: whole.digest('hex'), files }
}
