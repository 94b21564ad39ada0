import { isUtf8 } from 'node:buffer'
import { lstatSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { findChosen } from '../disk/chosen.ts'
import { partitionsFor, withFilesystem } from '../disk/filesystem.ts'
import { folderIn, makeFolder } from '../disk/in-root.ts'
import { putWhole } from '../disk/put-whole.ts'
import { Failure } from '../failure.ts'
import { secureBoot } from '../firmware/secure-boot.ts'
import { architecture } from '../hardware/survey.ts'
import { readCommandLine, writeAddon } from '../loader/addon.ts'
import { editEntry, editGrubenv, isKernelEntry, usesKernelopts } from '../loader/bls.ts'
import { editGrubCfg, editGrubDefault, firstInGrubCfg, setsCommandLine } from '../loader/grub.ts'
import { loaderFiles } from '../loader/places.ts'
import { type Edit, edited } from '../loader/words.ts'
import { choiceOf } from './choose-disk.ts'
import type { Context, Handler } from './handler.ts'

/** In alphabetical order the last add-on has the last word. */
const ADDON = 'loader/addons/site.addon.efi'

type Loader = 'grub' | 'bls' | 'uki'
interface Found {
  loaders: Set<Loader>
  files: string[]
}

/**
 * The builtin `kernel-args`: what the OS's loaders are told is changed wherever it stands on the chosen disk, on the partition of
 * the OS and on those of its loaders: in what the loader reads at the next boot, and in what makes that anew for the
 * next kernel. A unified kernel image keeps its own words, and gets an add-on beside it.
 */
export const kernelArgsHandler: Handler<'kernel-args'> = async (edit, context) => {
  const { machine, log } = context
  const disk = findChosen(machine, choiceOf(context.results))
  const found: Found = { loaders: new Set(), files: [] }
  const partitions = await partitionsFor(context, disk, 'write')
  const numbers = partitions.length === 0 ? [0] : partitions.map(({ number }) => number)
  for (const partition of numbers) {
    context.signal.throwIfAborted()
    await withFilesystem(context, { partition, fsType: null }, 'write', async (root) =>
      changeIn(context, root, edit, found),
    ).catch((error: unknown) => {
      // swap, LVM, room for a loader
      if (!(error instanceof Failure && error.reason.code === 'filesystem-not-mounted')) throw error
    })
  }
  if (found.loaders.size === 0) throw new Failure({ code: 'no-loader-found', slots: { disk: disk.path } })
  const loader = [...found.loaders].join(', ')
  log(`Kernel arguments of ${loader} in ${found.files.join(', ')}`)
  return { result: { loader, files: found.files } }
}

function changeIn(context: Context, root: string, edit: Edit, found: Found): void {
  const files = loaderFiles(root)
  const read = (path: string) => textOf(readFileSync(join(root, path))).text
  const change = (path: string, to: (text: string) => string) => {
    const place = join(root, path)
    const { text, encoding } = textOf(readFileSync(place))
    const changed = to(text)
    if (changed !== text) putWhole(place, Buffer.from(changed, encoding), ownedAs(place))
    found.files.push(`/${path}`)
  }

  // whichever sets it last has the last word
  const adding = files.grubDefaults.findLast((path) => setsCommandLine(read(path))) ?? files.grubDefaults[0]
  for (const path of files.grubDefaults)
    change(path, (text) => editGrubDefault(text, { ...edit, add: path === adding ? edit.add : [] }))
  for (const path of files.grubCfg.filter((each) => firstInGrubCfg(read(each)))) {
    found.loaders.add('grub')
    change(path, (text) => editGrubCfg(text, edit))
  }
  for (const path of files.entries.filter((each) => isKernelEntry(read(each)))) {
    found.loaders.add('bls')
    if (usesKernelopts(read(path))) context.log(`/${path} has its arguments from GRUB's environment block`)
    change(path, (text) => editEntry(text, edit))
  }
  for (const path of files.grubenv.filter((each) => read(each).includes('\nkernelopts=')))
    change(path, (text) => editGrubenv(text, edit.remove))
  for (const path of files.kernelCmdline)
    change(path, (text) => edited(text.trimEnd(), edit) + (text.endsWith('\n') ? '\n' : ''))
  for (const [folder, ukis] of Map.groupBy(files.ukis, (path) => dirname(dirname(dirname(path))))) {
    found.loaders.add('uki')
    changeAddon(context, root, { folder, ukis, edit })
    found.files.push(`/${join(folder, ADDON)}`)
  }
}

/** A file of an installed system may be in any encoding: the bytes that nobody changes are to stay as they are. */
function textOf(bytes: Buffer): { text: string; encoding: 'utf8' | 'latin1' } {
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1'
  return { text: bytes.toString(encoding), encoding }
}

function ownedAs(place: string): { uid: number; gid: number; mode: number } {
  const { uid, gid, mode } = lstatSync(place)
  return { uid, gid, mode: mode & 0o7777 }
}

function changeAddon(
  { machine, log, note }: Context,
  root: string,
  { folder, ukis, edit }: { folder: string; ukis: string[]; edit: Edit },
): void {
  const inside = ukis.map((uki) => ({ uki, own: readCommandLine(readFileSync(join(root, uki))) ?? '' }))
  for (const { uki, own } of inside)
    if (edited(own, { add: [], remove: edit.remove }) !== own)
      throw new Failure({ code: 'kernel-args-built-in', slots: { file: `/${uki}`, has: own.slice(0, 4096) } })
  const path = join(folder, ADDON)
  const place = join(
    folderIn(root, dirname(path), (missing) => makeFolder(missing, { uid: 0, gid: 0, mode: 0o755 })),
    basename(path),
  )
  const isFile = lstatSync(place, { throwIfNoEntry: false })?.isFile()
  const before = isFile ? (readCommandLine(readFileSync(place)) ?? '') : ''
  const isInAll = (word: string) => inside.every(({ own }) => edited(own, { add: [word], remove: [] }) === own)
  const after = edited(before, { ...edit, add: edit.add.filter((word) => !isInAll(word)) })
  if (after === '') {
    rmSync(place, { force: true })
    return
  }
  putWhole(place, writeAddon(after, architecture()), { uid: 0, gid: 0, mode: 0o644 })
  log(`/${path} adds to ${ukis.map((uki) => `/${uki}`).join(', ')}: ${after}`)
  if (secureBoot(machine.sysRoot)) note({ code: 'addon-not-signed', slots: { file: `/${path}` } })
}
