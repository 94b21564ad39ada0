import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../command.ts'
import { hashTree, type Verity } from './verity.ts'

const MIB = 1024 * 1024
const ESP_MIB = 40
/** of /var in the image, where nothing is in it: the machine that gets the image has more room */
const VAR_MIB = 32

/** GUIDs of the Discoverable Partitions Specification, where sgdisk has no code of its own. */
const VERITY_X86_64 = '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5'

/**
 * Makes a disk image out of a root directory tree, as immutable operating systems have it: an EFI system partition with
 * kernel and initrd, slot A (the root, only to be read, and the hash tree that dm-verity checks it by), slot B of the same
 * size with nothing in it, and /var, which the first boot formats. Needs no loop device and no device mapper.
 * @param tree its /boot/esp is moved to the EFI system partition
 * @param file the raw image to write (sparse)
 */
export async function buildImmutableDisk(tree: string, file: string): Promise<void> {
  const [esp, root, hashes] = ['esp', 'root', 'hashes'].map((name) => `${file}.${name}`) as [string, string, string]
  await rename(join(tree, 'boot/esp'), esp)
  const rootMib = await makeRoot(tree, root)
  const verity = await hashTree(tree, root, hashes)
  await mkdir(join(esp, 'grub'))
  await writeFile(join(esp, 'grub/grub.cfg'), bootMenu(verity.rootHash))

  const hashMib = Math.ceil((await stat(hashes)).size / MIB)
  const at = await partitionDisk(file, verity, { rootMib, hashMib })
  const volume = ['-i', `${file}@@${at.esp}M`]
  await run('mformat', [
    ...volume,
    '-F',
    '-c',
    '1',
    '-T',
    `${ESP_MIB * 2048}`,
    '-H',
    `${at.esp * 2048}`,
    '-v',
    'ESP',
    '::',
  ])
  await run('mcopy', [
    ...volume,
    '-s',
    join(esp, 'EFI'),
    join(esp, 'grub'),
    join(esp, 'vmlinuz'),
    join(esp, 'initrd.img'),
    '::',
  ])
  await copyInto(file, root, at.root)
  await copyInto(file, hashes, at.hashes)
  await Promise.all([esp, root, hashes].map((each) => rm(each, { recursive: true })))
}

/** @returns its size in MiB, with hardly any room left: nobody writes there */
async function makeRoot(tree: string, file: string): Promise<number> {
  const { stdout } = await run('du', ['-sm', tree])
  const mib = Math.ceil(Number.parseInt(stdout, 10) * 1.05) + 16
  // the last two features are what Debian 13's mke2fs adds, and Debian 12's e2fsck does not know
  const features = ['-O', '^has_journal,^metadata_csum_seed,^orphan_file']
  const options = ['-q', '-F', '-t', 'ext4', '-L', 'eims-root', '-m', '0', '-b', '4096', ...features]
  await run('mke2fs', [...options, '-d', tree, file, `${mib}M`], { timeoutMs: 5 * 60_000 })
  return mib
}

/** `systemd.*`: the initrd has opened and mounted all that there is */
const bootMenu = (rootHash: string) => `linux /vmlinuz root=/dev/mapper/root ro roothash=${rootHash} \
systemd.verity=no systemd.gpt_auto=no console=tty0 console=ttyS0,115200 mitigations=off no_timer_check
initrd /initrd.img
boot
`

interface Sizes {
  rootMib: number
  hashMib: number
}

/** @returns where partitions begin, in MiB */
async function partitionDisk(file: string, { dataGuid, treeGuid }: Verity, { rootMib, hashMib }: Sizes) {
  const partitions: [name: string, mib: number, type: string, guid?: string][] = [
    ['esp', ESP_MIB, 'ef00'],
    ['root-a', rootMib, '8304', dataGuid],
    ['verity-a', hashMib, VERITY_X86_64, treeGuid],
    ['root-b', rootMib, '8304'],
    ['verity-b', hashMib, VERITY_X86_64],
    ['var', VAR_MIB, '8300'],
  ]
  const words: string[] = []
  const starts: number[] = []
  let end = 1
  for (const [index, [name, mib, type, guid = 'R']] of partitions.entries()) {
    const number = index + 1
    starts.push(end)
    words.push(`--new=${number}:${end}M:+${mib}M`, `--change-name=${number}:${name}`)
    words.push(`--typecode=${number}:${type}`, `--partition-guid=${number}:${guid}`)
    end += mib
  }
  await rm(file, { force: true })
  await run('truncate', ['-s', `${end + 1}M`, file])
  await run('sgdisk', [...words, file])
  const [esp, root, hashes] = starts as [number, number, number]
  return { esp, root, hashes }
}

const copyInto = (file: string, part: string, mib: number) =>
  run('dd', [`if=${part}`, `of=${file}`, 'bs=1M', `seek=${mib}`, 'conv=notrunc,sparse', 'status=none'], {
    timeoutMs: 5 * 60_000,
  })
