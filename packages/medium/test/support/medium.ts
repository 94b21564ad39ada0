import { hash } from 'node:crypto'
import { ProfileInput } from '@eims/contracts'
import { type Contents, compose, MEDIUM_TYPE, MIB, type Readable, SECTOR } from '../../src/index.ts'

/** Bytes in front of the partition: a GPT with one entry in 1 MiB. */
const BASE = MIB

const profile = (name: string): Contents['profiles'][number] => ({
  profile: ProfileInput.parse({ name, image: 'debian-13' }),
  image: {
    name: 'debian-13',
    manifestSha256: hash('sha256', 'manifest'),
    rawSize: 4096,
    frameCount: 1,
    facts: null,
    k3sVersion: null,
  },
  addons: [],
})

/** What the medium of these tests brings: two profiles and three blobs, none of them a whole sector. */
export const contents: Contents = {
  architecture: 'x86_64',
  profiles: [profile('pos'), profile('kiosk')],
  blobs: ['manifest', 'a frame', 'another frame'].map((text) => [hash('sha256', text), text.length]),
}

/** PURE: a GPT's header and entries, as far as anybody who looks for a partition reads them. */
function gpt(first: number, last: number): Buffer {
  const head = Buffer.alloc(BASE, 0xee)
  head.write('EFI PART', SECTOR, 'latin1')
  head.writeUInt32LE(92, SECTOR + 12)
  head.writeBigUInt64LE(2n, SECTOR + 72)
  head.writeUInt32LE(4, SECTOR + 80)
  head.writeUInt32LE(128, SECTOR + 84)
  head.fill(0, 2 * SECTOR, 3 * SECTOR)
  const type = Buffer.from(MEDIUM_TYPE.replaceAll('-', ''), 'hex')
  for (const [from, to] of [
    [0, 4],
    [4, 6],
    [6, 8],
  ] as const)
    type.subarray(from, to).reverse()
  type.copy(head, 2 * SECTOR + 128)
  head.writeBigUInt64LE(BigInt(first), 2 * SECTOR + 128 + 32)
  head.writeBigUInt64LE(BigInt(last), 2 * SECTOR + 128 + 40)
  return head
}

/** A whole medium in memory. */
export function madeMedium(brings: Contents = contents): Buffer {
  const { length, places, pages } = compose(brings)
  const head = gpt(BASE / SECTOR, (BASE + length) / SECTOR - 1)
  const bytes = Buffer.concat([head, Buffer.alloc(length)])
  for (const text of ['manifest', 'a frame', 'another frame']) {
    const place = places.get(hash('sha256', text))
    if (place) bytes.write(text, BASE + place.offset)
  }
  for (const page of pages({ length: BASE, sha256: hash('sha256', head) })) page.bytes.copy(bytes, BASE + page.offset)
  return bytes
}

export const readable = (bytes: Buffer): Readable => ({
  async read(offset, length) {
    if (offset < 0 || offset + length > bytes.length) throw new Error(`it ends before byte ${offset + length}`)
    return bytes.subarray(offset, offset + length)
  },
})
