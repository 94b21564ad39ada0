import { filesMatching } from '../disk/matching.ts'

/** Where an OS keeps itself on its file system: the whole of it, or a subvolume of btrfs. */
const OS = ['', 'root/', '@/', '@rootfs/']
/** Where its loaders' files are, as seen from the OS, or from a partition of their own. */
const BOOT = ['', 'boot/', 'boot/efi/', 'efi/']

const roots = OS.flatMap((os) => BOOT.map((boot) => os + boot))

const patterns = {
  /** read by grub-mkconfig, the last one last */
  grubDefaults: OS.flatMap((os) => [`${os}etc/default/grub`, `${os}etc/default/grub.d/*.cfg`]),
  grubCfg: roots.flatMap((root) => [`${root}grub/grub.cfg`, `${root}grub2/grub.cfg`, `${root}EFI/*/grub.cfg`]),
  grubenv: roots.flatMap((root) => [`${root}grub2/grubenv`, `${root}EFI/*/grubenv`]),
  entries: roots.map((root) => `${root}loader/entries/*.conf`),
  /** what kernel-install gives the kernels to come */
  kernelCmdline: OS.map((os) => `${os}etc/kernel/cmdline`),
  ukis: roots.map((root) => `${root}EFI/Linux/*.efi`),
}

export type LoaderFiles = Record<keyof typeof patterns, string[]>

/** The files of loaders on one mounted file system; paths below it. */
export const loaderFiles = (root: string): LoaderFiles =>
  Object.fromEntries(
    Object.entries(patterns).map(([kind, each]) => [
      kind,
      [...new Set(each.flatMap((pattern) => filesMatching(root, pattern)))],
    ]),
  ) as LoaderFiles
