import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { ProfileInput } from '@eims/contracts'
import { appended, compose, type InstallReport, MEDIUM_TYPE, MIB, REPORTS } from '@eims/medium'
import { DIGEST } from './site.ts'

/** Where the partition begins: behind a table and nothing. */
const BASE = MIB

export interface TestMedium {
  /** names it */
  id: string
  /** the medium's bytes in a file, as pristine as it was made */
  bytes: Buffer
}

/** A medium that brings the image of `addProfile`, its table made by sfdisk; it starts no machine. */
export function makeMedium(file: string): TestMedium {
  const manifest = Buffer.from('a manifest')
  const { length, places, pages } = compose({
    architecture: 'x86_64',
    profiles: [
      {
        profile: ProfileInput.parse({ name: 'debian', image: 'debian-image' }),
        image: {
          name: 'debian-image',
          manifestSha256: DIGEST,
          rawSize: 4096,
          frameCount: 1,
          facts: null,
          k3sVersion: null,
        },
        addons: [],
      },
    ],
    blobs: [[hash('sha256', manifest), manifest.length]],
  })
  closeSync(openSync(file, 'w'))
  truncateSync(file, BASE + length + MIB)
  execFileSync('sfdisk', ['-q', file], {
    input: `label: gpt\nstart=2048, size=${length / 512}, type=${MEDIUM_TYPE}\n`,
  })
  const bytes = readFileSync(file)
  manifest.copy(bytes, BASE + places.get(hash('sha256', manifest))!.offset)
  for (const page of pages({ length: BASE, sha256: hash('sha256', bytes.subarray(0, BASE)) }))
    page.bytes.copy(bytes, BASE + page.offset)
  writeFileSync(file, bytes)
  return { id: hash('sha256', bytes.subarray(BASE, BASE + 4096 - 32)), bytes }
}

/** Appends reports as machines do. @returns where each of them begins; bytes from the medium's start */
export function leaveReports({ bytes }: TestMedium, ...reports: InstallReport[]): number[] {
  return reports.map((report) => {
    const place = appended(bytes.subarray(BASE + REPORTS.offset, BASE + REPORTS.offset + REPORTS.length), report)!
    place.bytes.copy(bytes, BASE + place.offset)
    return BASE + place.offset
  })
}
