import { hash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProfileInput } from '@eims/contracts'
import {
  type Customization,
  compose,
  encodeCustomization,
  MEDIUM_TYPE,
  type MediumProfile,
  MIB,
  PRISTINE,
  RESERVED,
} from '@eims/medium'
import { architecture } from '../../src/hardware/survey.ts'
import { sparse, tool } from './disks.ts'
import type { FakeImage } from './image.ts'

/** Where the partition begins in these media: behind a table and nothing. */
export const BASE = MIB

export interface MadeMedium {
  seal: string
  /** bytes of the whole medium, as it is made */
  bytes: Buffer
  /** where a blob lies on it; bytes from its start */
  at(digest: string): number
}

/** A profile as a medium has it. */
export const mediumProfile = (image: FakeImage, more: Partial<ProfileInput> = {}): MediumProfile => ({
  profile: ProfileInput.parse({ name: 'pos', image: 'debian-13', overwrite: false, ...more }),
  image: {
    name: 'debian-13',
    manifestSha256: image.manifestSha256,
    rawSize: image.manifest.rawSize,
    frameCount: image.manifest.frames.length,
    facts: null,
    k3sVersion: null,
  },
  addons: [],
})

/** A medium with one image, its table made by sfdisk in `folder`. */
export function makeMedium(folder: string, image: FakeImage, profile = mediumProfile(image)): MadeMedium {
  const blobs = [...image.chunks].map(([digest, { length }]): [string, number] => [digest, length])
  const { seal, length, places, pages } = compose({ architecture: architecture(), profiles: [profile], blobs })
  const file = sparse(join(folder, 'medium'), BASE + length + MIB)
  tool(
    'sfdisk',
    ['-q', file],
    `label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\nstart=2048, size=${length / 512}, type=${MEDIUM_TYPE}, uuid=66666666-2222-3333-4444-555555555555\n`,
  )
  const bytes = readFileSync(file)
  for (const [digest, chunk] of image.chunks) chunk.copy(bytes, BASE + places.get(digest)!.offset)
  const boot = { length: BASE, sha256: hash('sha256', bytes.subarray(0, BASE)) }
  for (const page of pages(boot)) page.bytes.copy(bytes, BASE + page.offset)
  return { seal, bytes, at: (digest) => BASE + places.get(digest)!.offset }
}

/** Puts the medium into a machine's drive, customized. */
export function insert(node: string, { bytes }: MadeMedium, custom?: Partial<Customization>): void {
  const written = Buffer.from(bytes)
  if (custom) encodeCustomization({ ...PRISTINE, ...custom }).copy(written, BASE + RESERVED.offset)
  writeFileSync(node, written)
}
