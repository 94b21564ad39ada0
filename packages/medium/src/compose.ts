import { hash } from 'node:crypto'
import { Contents, type Directory, encodeDirectory, type Place, placesOf, sealOf } from './directory.ts'
import { DIRECTORY_OFFSET, MIB, upTo } from './layout.ts'
import { encodeSuperblock } from './superblock.ts'

/** What is known of a medium's partition before the bytes in front of it are made. */
export interface Composed {
  /** what the Micro-OS on it knows it by */
  seal: string
  /** bytes of the partition */
  length: number
  /** where each blob is to be written; bytes from the partition's start */
  places: Map<string, Place>
  /**
   * The partition's own pages, once the bytes in front of it are known: their number, and their SHA-256. They are written last:
   * what has no first page is no medium.
   */
  pages: (boot: Directory['boot']) => { offset: number; bytes: Buffer }[]
}

/** No medium begins its partition behind that: as many digits as any place may have. */
const FAR = 2 ** 40

/** PURE: the layout of a medium's partition. */
export function compose(given: Contents): Composed {
  const contents = Contents.parse(given)
  const seal = sealOf(contents)
  const made = (boot: Directory['boot'], length?: number) =>
    encodeDirectory({ format: 1, seal, ...contents, boot }, length)
  const directoryLength = made({ length: FAR, sha256: '0'.repeat(64) }).length
  const { places, end } = placesOf(contents.blobs, directoryLength)
  const length = upTo(end, MIB)
  return {
    seal,
    length,
    places,
    pages(boot) {
      const bytes = made(boot, directoryLength)
      const directory = { length: bytes.length, sha256: hash('sha256', bytes) }
      return [
        { offset: DIRECTORY_OFFSET, bytes },
        { offset: 0, bytes: encodeSuperblock({ directory, length }) },
      ]
    },
  }
}
