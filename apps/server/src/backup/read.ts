import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { BackupEnd, BackupHead, ProblemError, type RestoreReport } from '@eims/contracts'
import type { BlobStore } from '@eims/image'
import {
  type BackupTarget,
  forgetServers,
  openBackupTarget,
  type Registry,
  RestoreError,
  refuseRestore,
} from '@eims/registry'
import type { z } from 'zod'
import { refuseBesideOthers } from './others.ts'
import { type Entry, tarEntries, unreadable } from './tar.ts'

interface RestoreParts {
  registry: Pick<Registry, 'db' | 'url'>
  store: Pick<BlobStore, 'put' | 'directory' | 'keepAll'>
  /** of this server among those that work on the database */
  serverId: string
}

/**
 * Replaces the registry with a backup: completely or, whatever is wrong with the file, not at all. Blobs that came
 * in before a fault are left to housekeeping.
 * @throws ProblemError backup-unreadable, wrong-state
 */
export async function restoreFrom(
  stream: AsyncIterable<Buffer>,
  { registry: { db, url }, store, serverId }: RestoreParts,
  { force, hold }: { force: boolean; hold: boolean },
): Promise<RestoreReport> {
  using _ = store.keepAll()
  try {
    const entries = tarEntries(stream)
    const first = (await entries.next()).value as Entry | undefined
    if (first?.name !== 'eims-backup.json') throw unreadable('it does not begin as a backup of eims does')
    const head = parse(BackupHead, first)
    const { schema } = head
    await refuseRestore({ url, schema, force })
    await refuseBesideOthers(db, serverId)
    await using stack = new AsyncDisposableStack()
    let [target, blobs] = [undefined as BackupTarget | undefined, 0]
    const open = async () => {
      if (target) return target
      await refuseBesideOthers(db, serverId) // the images may have taken an hour to come in
      target = stack.use(await openBackupTarget({ url, schema, force }))
      return target
    }
    const tables = new Tables(open)
    for await (const entry of entries) {
      const [folder, name = ''] = entry.name.split('/')
      if (folder === 'blobs' && !target) {
        await store.put(entry.bytes, name)
        blobs += 1
      } else if (folder === 'tables') await tables.take(name, entry.bytes)
      else if (entry.name === 'end.json') {
        const end = parse(BackupEnd, entry)
        await tables.compare(end, Object.keys(schema.tables))
        if (blobs !== end.blobs) throw unreadable(`${blobs} pieces of images came, it says ${end.blobs}`)
        const after = await (await open()).commit(end.sequences, { hold, madeAt: head.madeAt })
        await forgetServers(db)
        await writeFile(join(store.directory, 'site'), `${head.site.id}\n`)
        const { lacking } = end
        return {
          site: head.site.name,
          madeAt: head.madeAt,
          rows: tables.rows,
          blobs,
          lacking: lacking.length,
          ...after,
        }
      } else throw unreadable(`its entry "${entry.name}" stands at the wrong place`)
    }
    throw unreadable('its end is missing; the file was cut off')
  } catch (error) {
    if ((error as { code?: string }).code === '55P03')
      throw new ProblemError(
        'wrong-state',
        'the registry is in use, by a backup that is being made most likely; try again',
      )
    if (error instanceof RestoreError) throw new ProblemError('wrong-state', error.message)
    if (error instanceof ProblemError && error.code === 'image-mismatch')
      throw unreadable(`a piece of an image is damaged: ${error.message}`)
    // What the database says no to came from the file: values that are none, references that lead nowhere.
    if (/^(22|23)/.test((error as { code?: string }).code ?? '')) throw unreadable((error as Error).message)
    throw error
  }
}

function parse<S extends z.ZodType>(schema: S, { name, bytes }: Entry): z.output<S> {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    throw unreadable(`its ${name} is damaged, or of another version of eims`)
  }
}

/** Takes the pieces of one table after the other. */
class Tables {
  rows = 0
  readonly #open: () => Promise<BackupTarget>
  readonly #seen = new Map<string, { rows: number; bytes: number; sha256: string }>()
  #current: { name: string; into: ReturnType<BackupTarget['into']>; hash: Hash; bytes: number } | undefined

  constructor(open: () => Promise<BackupTarget>) {
    this.#open = open
  }

  async take(name: string, bytes: Buffer): Promise<void> {
    if (this.#current?.name !== name) {
      await this.#finish()
      if (this.#seen.has(name)) throw unreadable(`its table ${name} stands at two places`)
      const into = (await this.#open()).into(name)
      into.on('error', () => {}) // told by whoever waits for it
      this.#current = { name, into, hash: createHash('sha256'), bytes: 0 }
    }
    const current = this.#current!
    current.hash.update(bytes)
    current.bytes += bytes.length
    if (!current.into.write(bytes)) await once(current.into, 'drain')
  }

  async #finish(): Promise<void> {
    if (!this.#current) return
    const { name, into, hash, bytes } = this.#current
    this.#current = undefined
    into.end()
    await finished(into)
    this.rows += into.rowCount
    this.#seen.set(name, { rows: into.rowCount, bytes, sha256: hash.digest('hex') })
  }

  /** Throws when what came is not what the end says. */
  async compare({ tables }: BackupEnd, names: string[]): Promise<void> {
    await this.#finish()
    for (const name of names) {
      const wanted = tables[name]
      const came = this.#seen.get(name) ?? { rows: 0, bytes: 0, sha256: createHash('sha256').digest('hex') }
      if (wanted?.rows !== came.rows || wanted.bytes !== came.bytes || wanted.sha256 !== came.sha256)
        throw unreadable(`its table ${name} is damaged`)
    }
  }
}
