import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { run } from '../command.ts'
import { LAYOUT } from '../target/disk.ts'
import { type CarriedFile, LINK } from './k3s.ts'

const MIB = 1024 * 1024
const ROOT = 3

/**
 * Makes the target image carry files: its root, the last partition, grows by their size. Needs no loop device.
 * @param target the image as it was built, which stays
 * @param file the raw image to write (sparse)
 */
export async function buildMutableDisk(target: string, file: string, carried: readonly CarriedFile[]): Promise<void> {
  const more = Math.ceil(carried.reduce((sum, { size }) => sum + size, 0) / MIB)
  const end = LAYOUT.end + more
  const root = `${file}.root`
  // resize2fs would cut off whatever is in front of and behind a file system that it is shown in a larger file
  await copyMib({ from: target, skip: LAYOUT.root, to: root, seek: 0, count: LAYOUT.end - LAYOUT.root })
  await run('resize2fs', ['-f', root, `${end - LAYOUT.root}M`], { timeoutMs: 5 * 60_000 })
  const folders = new Set([...carried.map(({ to }) => to), LINK.from].flatMap(ancestors))
  const commands = [
    ...[...folders].map((folder) => `mkdir ${folder}`),
    ...carried.flatMap(({ from, to, mode }) => [`write "${from}" ${to}`, `sif ${to} mode 0100${mode}`]),
    `symlink ${LINK.from} ${LINK.to}`,
  ]
  await run('debugfs', ['-w', '-f', '-', root], { input: `${commands.join('\n')}\n`, timeoutMs: 5 * 60_000 })

  await copyMib({ from: target, skip: 0, to: file, seek: 0, count: LAYOUT.root })
  await run('truncate', ['-s', `${LAYOUT.size + more}M`, file])
  const partition = [`--new=${ROOT}:${LAYOUT.root * 2048}:${end * 2048 - 1}`, `--typecode=${ROOT}:8304`]
  await run('sgdisk', ['--move-second-header', `--delete=${ROOT}`, ...partition, file])
  await copyMib({ from: root, skip: 0, to: file, seek: LAYOUT.root, count: end - LAYOUT.root })
  await rm(root)
}

interface Piece {
  from: string
  to: string
  /** MiB */
  skip: number
  seek: number
  count: number
}

const copyMib = ({ from, to, skip, seek, count }: Piece) =>
  run(
    'dd',
    [
      `if=${from}`,
      `of=${to}`,
      'bs=1M',
      `skip=${skip}`,
      `seek=${seek}`,
      `count=${count}`,
      'conv=notrunc,sparse',
      'status=none',
    ],
    { timeoutMs: 5 * 60_000 },
  )

/** `a/b/c` -> `a`, `a/b`. */
function ancestors(path: string): string[] {
  const folder = dirname(path)
  return folder === '.' ? [] : [...ancestors(folder), folder]
}
