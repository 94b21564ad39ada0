import { bytes } from './figures.ts'
import type { AnyReason, SlotsOf } from './reason.ts'
import type { diskReasons } from './reason-disk.ts'
import { secureBootWords } from './reason-secure-boot-words.ts'

const eraseFaults: Record<SlotsOf<'disk-cannot-erase'>['tried'][number]['fault'], string> = {
  'not-supported': 'is not supported by the disk',
  frozen: 'is frozen by the firmware until the machine, or the disk, was without power',
  locked: 'is locked by a password that nobody here knows',
  'not-alone': 'would erase other disks (namespaces) of the same controller too',
  refused: 'was refused by the disk',
  'not-blank': 'left something that can be read',
}

/** Sentences of reason-disk.ts, in English; part of reason-words.ts. */
export const diskWords: {
  readonly [C in keyof typeof diskReasons | 'secure-boot-refuses']: (
    slots: SlotsOf<C>,
    say: (reason: AnyReason) => string,
  ) => string
} = {
  ...secureBootWords,
  'secure-boot-differs': ({ expected, has }) => {
    if (expected === 'off')
      return 'Secure Boot is on, and this OS cannot start with it: turn Secure Boot off in the firmware setup, then retry the run'
    return has === 'none'
      ? 'This machine has no Secure Boot: set its firmware to UEFI (no CSM or legacy boot) and turn Secure Boot on, then retry the run'
      : 'Secure Boot is off: turn it on in the firmware setup (with its factory keys), then retry the run'
  },
  'partitions-do-not-fit': ({ disk, bytes: needed, room }) =>
    `The partitions take ${bytes(needed)}, and ${disk} has room for ${bytes(room)}; make them smaller, or let the last one take what is left`,
  'addons-do-not-fit': ({ disk, bytes: needed, room }) =>
    `The addons take ${bytes(needed)}, and behind the image ${disk} has room for ${bytes(room)}; take a larger disk, a smaller image or fewer addons`,
  'partition-not-in-mbr': ({ partition, fault }) =>
    `Partition ${partition} cannot be in an MBR: ${{ number: 'it has four, numbered 1 to 4', type: 'bios-boot is a type of a GPT' }[fault]}`,
  'disk-cannot-erase': ({ disk, tried }) =>
    `${disk} cannot be erased as it was asked for: ${tried.map(({ method, fault, text }) => `${method} ${eraseFaults[fault]}${text ? ` (${text})` : ''}`).join('; ')}`,
  'filesystem-cannot-grow': ({ disk, partition, fsType }) =>
    `The file system of partition ${partition} of ${disk} cannot be made larger: ${fsType ?? 'nothing known is on it'} (ext4, ext3, xfs and btrfs can)`,
  'disk-not-erased': ({ disk, method, offset }) =>
    `${disk} says that it was erased (${method}), but holds something at byte ${offset}; it may be failing, so destroy it if nobody may read it`,
  'no-kernel-found': ({ path }) =>
    path === null
      ? 'No grub.cfg and no BLS entry with a kernel was found on the chosen disk; give the action kernel, initrd and commandLine'
      : `There is no file ${path} to start the installed system with; give the action the kernel, initrd and commandLine that there are`,
  'kernel-args-unknown': ({ variable }) =>
    `The boot entry takes its kernel's arguments from GRUB's variable ${variable}, and no grubenv or grub.cfg beside it sets that; give the action its commandLine`,
  'iso-takes-no-seed': () =>
    'The image is an ISO, which takes no partition for a cloud-init seed; take a disk or cloud image, or a workflow without the seed',
  'no-loader-found': ({ disk }) =>
    `No boot loader with a kernel was found on ${disk} (grub.cfg, loader/entries, EFI/Linux), so no kernel arguments can be set; let the image be written before`,
  'kernel-args-built-in': ({ file, has }) =>
    `${file} is a unified kernel image and has its arguments inside (${has}): none of them can be removed; take an image without them`,
  'addon-not-signed': ({ file }) =>
    `Secure Boot is on, and nobody has signed ${file}: the firmware will not load it, so its kernel arguments do not count until it is signed or Secure Boot is off`,
}
