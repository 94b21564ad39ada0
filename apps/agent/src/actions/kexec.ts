import { createReadStream, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { BuiltinArgs } from '@eims/contracts'
import { findChosen } from '../disk/chosen.ts'
import { releaseDisk } from '../disk/claim.ts'
import { partitionsFor, withFilesystem } from '../disk/filesystem.ts'
import { folderIn } from '../disk/in-root.ts'
import { Failure } from '../failure.ts'
import { type BootEntry, firstEntry } from '../loader/first-entry.ts'
import { runTool } from '../run-tool.ts'
import { choiceOf } from './choose-disk.ts'
import type { Context, Handler } from './handler.ts'

/**
 * The builtin `kexec`: the installed system's kernel is loaded into memory; the loop starts it after the server has accepted
 * the report. Nobody takes the run up after it, so its disk loses the run's mark.
 */
export const kexecHandler: Handler<'kexec'> = async (args, context) => {
  const loaded =
    args.kernel === null
      ? await loadFirst(args, context)
      : await withFilesystem(context, args, 'read', async (root) =>
          load(context, root, entryOf(args, firstEntry(root))),
        )
  if (!loaded) throw new Failure({ code: 'no-kernel-found', slots: { path: args.kernel } })
  await releaseDisk(context)
  context.log(`Starting ${loaded.kernel} with ${loaded.commandLine}`)
  return { result: { kernel: loaded.kernel, commandLine: loaded.commandLine }, finish: 'kexec' }
}

type Args = BuiltinArgs<'kexec'>
type Known = BootEntry & { commandLine: string }

/** A loader may have a partition of its own, with its kernels on it. */
async function loadFirst(args: Args, context: Context): Promise<Known | null> {
  const disk = findChosen(context.machine, choiceOf(context.results))
  const partitions = await partitionsFor(context, disk, 'read')
  const numbers = partitions.length === 0 ? [0] : partitions.map(({ number }) => number)
  for (const partition of args.partition === null ? numbers : [args.partition]) {
    const loaded = await withFilesystem(context, { partition, fsType: args.fsType }, 'read', async (root) => {
      const entry = firstEntry(root)
      return entry && (await load(context, root, entryOf(args, entry)))
    }).catch((error: unknown) => {
      if (error instanceof Failure && error.reason.code === 'filesystem-not-mounted') return null
      throw error
    })
    if (loaded) return loaded
  }
  return null
}

/** What is said goes before what the loader says; an initrd belongs to its kernel. */
function entryOf({ kernel, initrd, commandLine: said }: Args, entry: BootEntry | null): Known {
  const commandLine = said ?? (entry ? entry.commandLine : '')
  if (commandLine === null) throw new Failure({ code: 'kernel-args-unknown', slots: { variable: 'kernelopts' } })
  const initrds = initrd === null ? (kernel === null ? entry!.initrds : []) : [initrd]
  return { kernel: kernel ?? entry!.kernel, initrds, commandLine }
}

async function load(context: Context, root: string, entry: Known): Promise<Known> {
  const kernel = fileIn(root, entry.kernel)
  const files = entry.initrds.map((path) => fileIn(root, path))
  const joined = join(context.machine.root, 'tmp/kexec-initrd')
  try {
    const initrd = files.length > 1 ? await oneInitrd(files, joined) : files[0]
    const words = [`--command-line=${entry.commandLine}`, ...(initrd === undefined ? [] : [`--initrd=${initrd}`])]
    // where the kernel is locked down only the call that looks at signatures works, and elsewhere it may be missing
    await runTool(context, 'kexec', ['--load', '--kexec-syscall-auto', ...words, kernel])
  } finally {
    rmSync(joined, { force: true })
  }
  return entry
}

/** kexec takes one; the kernel takes several behind each other, each from a multiple of 4 bytes on, as GRUB puts them. */
async function oneInitrd(files: readonly string[], place: string): Promise<string> {
  mkdirSync(dirname(place), { recursive: true })
  await using joined = await open(place, 'w', 0o600)
  for (const path of files) {
    let length = 0
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
      await joined.appendFile(piece)
      length += piece.length
    }
    await joined.appendFile(Buffer.alloc(-length & 3))
  }
  return place
}

/** The place of a regular file in the Micro-OS; links lead to nothing outside of the installed system. */
function fileIn(root: string, path: string): string {
  const missing = new Failure({ code: 'no-kernel-found', slots: { path: path.slice(0, 4096) } })
  let place: string
  try {
    place = join(folderIn(root, dirname(path)), basename(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing
    throw error
  }
  if (lstatSync(place, { throwIfNoEntry: false })?.isFile() !== true) throw missing
  return place
}
