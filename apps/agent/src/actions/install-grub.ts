import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { findChosen } from '../disk/chosen.ts'
import { withFilesystem } from '../disk/filesystem.ts'
import { folderIn } from '../disk/in-root.ts'
import { runInside } from '../disk/run-inside.ts'
import { Failure } from '../failure.ts'
import { choiceOf } from './choose-disk.ts'
import type { Handler } from './handler.ts'

/** A /boot of its own is where GRUB's modules belong, and the system's own fstab says which partition that is. */
const withBoot =
  'if grep -Eq \'^[^#[:space:]]+[[:space:]]+/boot[[:space:]]\' /etc/fstab; then mount /boot || exit; fi; exec "$0" "$@"'

/**
 * The builtin `install-grub`: the installed system's own grub-install writes GRUB's boot record for a BIOS, and what belongs
 * behind it, to the chosen disk, the only one that it sees.
 */
export const installGrubHandler: Handler<'install-grub'> = async (place, context) =>
  withFilesystem(context, place, 'run', async (root, partition) => {
    const { path } = findChosen(context.machine, choiceOf(context.results))
    const program = programIn(root)
    const argv = ['/bin/sh', '-c', withBoot, program, '--target=i386-pc', path]
    const { code, last } = await runInside(context, root, { argv, resolvConf: false, devices: [] })
    if (code !== 0) throw new Failure({ code: 'program-failed', slots: { program, exitCode: code, last } })
    context.log(`GRUB for BIOS on ${path}, from partition ${partition}`)
    return { result: { partition } }
  })

/** Fedora and its kin have it under another name. */
function programIn(root: string): string {
  const isThere = (name: string) =>
    lstatSync(join(folderIn(root, '/usr/sbin'), name), { throwIfNoEntry: false }) !== undefined
  return isThere('grub2-install') ? 'grub2-install' : 'grub-install'
}
