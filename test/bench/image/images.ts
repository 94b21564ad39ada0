import { createCipheriv } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { buildTargetImage } from '@eims/lab'
import { CACHE } from '../../cache.ts'

const MIB = 1024 * 1024

export const IMAGES = {
  /** a real OS: 805 MB, a good third of it zeros */
  sparse: async () =>
    (await buildTargetImage({ variant: 'A', cacheDir: CACHE, log: (line) => process.stderr.write(`# ${line}\n`) }))
      .path,
  dense,
}

/**
 * 512 MiB without a zero: in turn a MiB that does not compress, one that does by half, and one of words, the same at
 * every call.
 */
async function dense(folder: string): Promise<string> {
  const path = join(folder, 'dense.raw')
  const random = createCipheriv('aes-256-ctr', Buffer.alloc(32, 7), Buffer.alloc(16))
  const noise = (length: number) => random.update(Buffer.alloc(length))
  const words = Array.from({ length: 512 }, () => noise(6).toString('base64'))
  const pieces = [
    () => noise(MIB),
    () => Buffer.from(noise(MIB / 2).toString('hex'), 'latin1'),
    () => Buffer.from(Array.from(noise(MIB / 8), (at) => words[at * 2]).join(''), 'latin1'),
  ]
  await using file = await open(path, 'w')
  for (let at = 0; at < 512; at++) await file.write(at === 0 ? disk() : pieces[at % 3]!())
  return path
}

/** The least that passes for the beginning of a whole disk: an MBR with one partition. */
function disk(): Buffer {
  const bytes = Buffer.alloc(MIB, 1)
  bytes.fill(0, 0, 512)
  bytes.set([0x80, 0, 2, 0, 0x83, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0], 446)
  bytes.set([0x55, 0xaa], 510)
  return bytes
}
