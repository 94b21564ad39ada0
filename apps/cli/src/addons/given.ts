import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { bytes, Sha256 } from '@eims/contracts'
import {
  chartFault,
  checkManifest,
  checkValues,
  helmChart,
  Notes,
  placeOfAddon,
  readSums,
  SET,
} from '@eims/edge-config'
import { noteLines } from '../edge-config/file.ts'
import { Refusal } from '../refusal.ts'

/** A text that is larger is no list of digests. */
const MOST_SUMS = 1024 * 1024

/** A file of a set, before its digest is known. */
export interface Given {
  /** in the set */
  path: string
  /** what it is made of: a file here, or text */
  source: { file: string; size: number } | { bytes: Buffer }
  /** what its publisher says; null: nobody said any */
  sha256: string | null
}

interface Wish {
  files: readonly string[]
  /** `FILE=HEX`, or the digest alone where there is one archive */
  checksums: readonly string[]
  namespace: string | null
  /** a file */
  values: string | null
}

/**
 * Reads the files of a set: manifests and charts as they will be applied, archives by their names.
 * @returns in the order of their paths
 * @throws Refusal with every mistake there is, at its file, line and column
 */
export function readGiven({ files, checksums, namespace, values }: Wish): Given[] {
  const faults: string[] = []
  const fault = (file: string, says: string) => void faults.push(`${file} ${says}`)
  const sums = new Map<string, string>()
  const parts = files.filter((file) => {
    const found = /(?:sums?|\.txt|\.sha256)$/i.test(file) || /sha256sum/i.test(file) ? sumsIn(file) : null
    for (const [name, digest] of found ?? []) sums.set(name, digest)
    return found === null
  })
  const kinds = parts.map((file) => ({ file, place: placeOfAddon(basename(file)) }))
  const archives = kinds.filter(({ place }) => place?.kind === 'archive').map(({ file }) => basename(file))
  readChecksums(checksums, archives, sums, fault)
  const charts = kinds.filter(({ place }) => place?.kind === 'chart')
  if (charts.length !== 1 && (values !== null || namespace !== null))
    fault(
      charts.length === 0 ? '--values and --namespace' : '--values or --namespace',
      'need exactly one chart: make a set of each',
    )
  const valuesText = values === null ? null : readValues(values, faults)
  const given: Given[] = []
  let manifests = 0
  for (const { file, place } of kinds) {
    const found = statSync(file, { throwIfNoEntry: false })
    if (!found?.isFile()) fault(file, found ? 'is no file' : 'is not there')
    else if (!place)
      fault(
        file,
        'is no part of addons: give .yaml, .yml or .json, charts as .tgz, and .tar, .tar.gz, .tar.zst, .tar.lz4 or .txt',
      )
    else if (given.some(({ path }) => path === place.path))
      fault(file, `would be ${place.path}, as another file: rename one`)
    else if (place.kind === 'archive') {
      if (found.size > SET.archive) fault(file, `is larger than ${bytes(SET.archive)}: split it`)
      if (found.size === 0) fault(file, 'is empty')
      given.push({ path: place.path, source: { file, size: found.size }, sha256: sums.get(basename(file)) ?? null })
    } else if (found.size > SET.manifest) fault(file, `is larger than ${bytes(SET.manifest)}: split it`)
    else {
      const text = place.kind === 'chart' ? chart(file, place.stem, fault) : manifest(file, faults)
      manifests += text?.length ?? 0
      given.push({ path: place.path, source: { bytes: text ?? Buffer.alloc(0) }, sha256: null })
    }
  }
  if (parts.length === 0) fault('a set', 'needs at least one manifest, chart or archive of images')
  if (parts.length > SET.files) fault('a set', `has at most ${SET.files} files, and these are ${parts.length}`)
  if (manifests > SET.manifests) fault('the manifests', `are larger than ${bytes(SET.manifests)} together`)
  if (faults.length > 0) throw new Refusal('the set of addons has mistakes:', 1, faults)
  return given.sort((a, b) => (a.path < b.path ? -1 : 1))

  function chart(file: string, name: string, tell: typeof fault): Buffer | null {
    const packed = readFileSync(file)
    const wrong = chartFault(packed)
    if (wrong) tell(file, wrong)
    return wrong ? null : Buffer.from(helmChart({ name, bytes: packed, namespace, values: valuesText }))
  }
}

function manifest(file: string, faults: string[]): Buffer {
  const content = readFileSync(file)
  const notes = new Notes()
  for (const _ of checkManifest(content.toString('utf8'), notes));
  faults.push(...noteLines(file, 'mistake', notes.mistakes))
  return content
}

function readValues(file: string, faults: string[]): string | null {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile() || found.size > SET.manifest) {
    faults.push(`${file} ${found ? 'is too large for values of a chart' : 'is not there'}`)
    return null
  }
  const text = readFileSync(file, 'utf8')
  const notes = new Notes()
  checkValues(text, notes)
  faults.push(...noteLines(file, 'mistake', notes.mistakes))
  return text
}

/** The digests of a file that is a list of them, as publishers put it beside archives; a list of images is none. */
function sumsIn(file: string): Map<string, string> | null {
  const found = statSync(file, { throwIfNoEntry: false })
  return found?.isFile() && found.size <= MOST_SUMS ? readSums(readFileSync(file, 'utf8')) : null
}

function readChecksums(
  checksums: readonly string[],
  archives: readonly string[],
  sums: Map<string, string>,
  fault: (what: string, says: string) => void,
): void {
  for (const said of checksums) {
    const [, file, hex] = /^(?:(.*)=)?(.*)$/s.exec(said) ?? []
    const digest = Sha256.safeParse(hex)
    const name = file === undefined ? (archives.length === 1 ? archives[0] : undefined) : basename(file)
    if (!digest.success) fault(`--checksum ${said}`, `${digest.error.issues[0]?.message}`)
    else if (name === undefined) fault(`--checksum ${said}`, 'must say of which archive it is: FILE=HEX')
    else if (!archives.includes(name)) fault(`--checksum ${said}`, `is of ${name}, which is none of the archives given`)
    else sums.set(name, digest.data)
  }
}
