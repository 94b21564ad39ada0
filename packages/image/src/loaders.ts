import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import {
  type DigestAlgorithm,
  mayBeSignatures,
  PE_HEAD,
  type PeFile,
  readPe,
  readSignatures,
  type SignedLoader,
  signingCa,
} from '@eims/contracts'
import type { EfiFile } from './fat.ts'
import type { ReadAt } from './table.ts'

/** A unified kernel image holds kernel and initrd; GRUB and shim have a few MB. */
const MOST_BYTES = 512 * 1024 * 1024
const PIECE = 1024 * 1024
const MOST_MS = 60_000
/** whom the signatures of all loaders name; those of one name less than ten */
const MOST_NAMES = 4096

/**
 * Who signed each of the boot loaders, and whether they still are what was signed. What takes too long, or is too large,
 * is not looked into; it fails no image.
 * @throws the reason of `stopped`
 */
export async function readSigned(files: readonly EfiFile[], stopped?: AbortSignal): Promise<SignedLoader[]> {
  const limit = AbortSignal.timeout(MOST_MS)
  const signal = AbortSignal.any([limit, ...(stopped ? [stopped] : [])])
  const signed: SignedLoader[] = []
  let names = 0
  for (const file of files)
    try {
      const loader = await readOne(file, signal)
      const more = loader.signatures.reduce((sum, each) => sum + each.names.length, 0)
      const fits = names + more <= MOST_NAMES
      if (fits) names += more
      signed.push(fits ? loader : unread(file, 'not-read'))
    } catch {
      stopped?.throwIfAborted()
      signed.push(unread(file, 'not-read'))
    }
  return signed
}

const unread = ({ path }: EfiFile, fault: NonNullable<SignedLoader['fault']>): SignedLoader => ({
  path,
  digest: null,
  signatures: [],
  fault,
})

async function readOne(file: EfiFile, signal: AbortSignal): Promise<SignedLoader> {
  signal.throwIfAborted()
  const { path, size } = file
  if (size > MOST_BYTES) return unread(file, 'not-read')
  const read = whole(await file.open(signal))
  const pe = readPe(await read(0, Math.min(PE_HEAD, size)), size)
  if (!pe) return unread(file, 'not-pe')
  const { offset, length } = pe.signatures ?? { offset: 0, length: 0 }
  const signatures = length > 0 && mayBeSignatures(length) ? readSignatures(await read(offset, length)) : []
  // firmware may know kinds of signatures that are not read here
  if (length > 0 && signatures.length === 0) return unread(file, 'not-read')
  const algorithms = signatures.map(({ algorithm }) => algorithm).filter((each) => each !== null)
  const digests = await digestsOf(read, pe, new Set<DigestAlgorithm>(['sha256', ...algorithms]), signal)
  return {
    path,
    digest: digests.get('sha256')!.toString('hex'),
    signatures: signatures.map(({ issuer, names, algorithm, digest }) => ({
      ca: signingCa(issuer),
      issuer,
      names,
      whole: algorithm !== null && digests.get(algorithm)!.equals(digest),
    })),
    fault: null,
  }
}

/** A digest of less than the file holds would say that it was changed. */
const whole =
  (read: ReadAt): ReadAt =>
  async (offset, length) => {
    const bytes = await read(offset, length)
    if (bytes.length < length) throw new Error('the volume is damaged, or was cut off')
    return bytes
  }

/** The file's digests, as they are signed. */
async function digestsOf(
  read: ReadAt,
  { ranges }: PeFile,
  algorithms: ReadonlySet<DigestAlgorithm>,
  signal: AbortSignal,
) {
  const hashes = [...algorithms].map((name) => ({ name, hash: createHash(name) }))
  for (const [from, end] of ranges)
    for (let at = from; at < end; at += PIECE) {
      // what is in memory already comes at once: nothing else would have a turn, the end of the time neither
      await setImmediate()
      signal.throwIfAborted()
      const bytes = await read(at, Math.min(PIECE, end - at))
      for (const { hash } of hashes) hash.update(bytes)
    }
  return new Map(hashes.map(({ name, hash }) => [name, hash.digest()]))
}
