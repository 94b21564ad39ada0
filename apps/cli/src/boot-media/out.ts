import { existsSync, statSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { decodeReports, openMedium, readReports } from '@eims/medium'
import { interruptible } from '../interrupt.ts'
import { Refusal } from '../refusal.ts'
import { readable } from './readable.ts'

/** Names of the ISO 9660 file systems on our media. */
export const LABELS = { network: 'EIMS_BOOT', installer: 'EIMS_INSTALL' } as const

/**
 * The file that a medium is to be written to, absolute. What stands there is replaced only when it is an older medium that nobody
 * needs any more.
 * @param inputs files that it is made of
 * @throws Refusal when it is no plain file, its folder is not there, it is an input, or would be lost
 */
export async function outFile(name: string, inputs: readonly string[]): Promise<string> {
  const out = resolve(name)
  const there = statSync(out, { throwIfNoEntry: false })
  if (there && !there.isFile())
    throw new Refusal(`${out} is not a plain file; write the medium to one, and then that to the device with dd`, 2)
  if (!existsSync(dirname(out))) throw new Refusal(`there is no folder ${dirname(out)}`, 2)
  if (!there) return out
  for (const input of inputs) {
    const found = statSync(input, { throwIfNoEntry: false })
    if (found && found.ino === there.ino && found.dev === there.dev)
      throw new Refusal(`${out} is what the medium is to be made of; name another file to write`, 2)
  }
  if (there.size > 0 && !(await isMedium(out)))
    throw new Refusal(`${out} is there and is no boot medium; name another file, or remove that one`, 2)
  if (await hasReports(out))
    throw new Refusal(
      `${out} is a medium with reports of installations: take them in (boot-media collect), clear them (boot-media reset --reports), or name another file`,
      2,
    )
  return out
}

/** Whether a file is a medium of ours, by the label of its file system (ECMA-119, 8.4.7). */
export async function isMedium(path: string): Promise<boolean> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(72), 0, 72, 16 * 2048)
  const label = buffer.toString('latin1', 40, 72).trim()
  return (
    bytesRead === 72 && buffer.toString('latin1', 1, 6) === 'CD001' && Object.values<string>(LABELS).includes(label)
  )
}

async function hasReports(path: string): Promise<boolean> {
  await using file = await open(path)
  const source = readable(file)
  const medium = await openMedium(source).catch(() => null)
  return medium !== null && decodeReports(await readReports(source, medium)).reports.length > 0
}

/**
 * Writes a medium in a folder beside it, which is gone at the end, whatever happens. Ctrl-C ends it, and says so.
 * @throws Interrupted; Refusal when nothing can be written there
 */
export async function besideOut<T>(out: string, write: (work: string, signal: AbortSignal) => Promise<T>): Promise<T> {
  using stop = interruptible()
  const work = await mkdtemp(join(dirname(out), '.eims-boot-media-')).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Refusal(`nothing can be written to the folder ${dirname(out)} (${code})`)
  })
  try {
    return await write(work, stop.signal)
  } catch (error) {
    if (!stop.signal.aborted) throw error
    process.stderr.write(`eims: stopped; ${existsSync(out) ? `${out} is as it was` : 'nothing was made'}\n`)
    throw stop.signal.reason
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
