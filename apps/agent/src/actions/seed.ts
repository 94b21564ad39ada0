import { randomUUID } from 'node:crypto'
import { addonsBuiltin, type BuiltinArgs, builtins } from '@eims/contracts'
import { findChosen } from '../disk/chosen.ts'
import { type FatFile, formatFat } from '../disk/fat.ts'
import type { Patch } from '../disk/gpt.ts'
import { underMark } from '../disk/mark.ts'
import { reread } from '../disk/reread.ts'
import { placeSeed } from '../disk/seed-partition.ts'
import { Failure } from '../failure.ts'
import { nodeOf } from '../machine.ts'
import { choiceOf } from './choose-disk.ts'
import type { Handler } from './handler.ts'

/** The label by which cloud-init's NoCloud finds its seed (also accepted in lower case). */
const LABEL = 'CIDATA'

/**
 * The builtin `seed`: cloud-init's documents on a FAT partition CIDATA at the end of the disk. Its power may be cut after
 * any write: the volume is on the disk before the table that names it, and one copy of the table is whole at any time,
 * so that the same action goes on from there.
 */
export const seedHandler: Handler<'seed'> = async (args, context) => {
  const target = findChosen(context.machine, choiceOf(context.results))
  const node = nodeOf(context.machine, target.path)
  let number: number
  let patches: Patch[]
  {
    await using bare = await context.machine.openDisk(node, 'write')
    const disk = await underMark(bare, target, context.runId)
    const wish = { name: LABEL, guid: randomUUID(), growRoot: args.growRoot ?? true, addons: addonsIn(context.results) }
    const place = await placeSeed(disk, target, wish)
    const volume = formatFat({
      label: LABEL,
      size: place.length,
      sectorSize: target.sectorSize,
      hiddenSectors: place.offset / target.sectorSize,
      serial: Buffer.from(randomUUID().replaceAll('-', ''), 'hex').readUInt32LE(0),
      files: documents(args),
    })
    if (!volume) throw new Failure({ code: 'seed-too-large', slots: { bytes: place.length } })
    number = place.number
    // the table last: until it stands, the disk is as the image left it
    patches = [{ offset: place.offset, bytes: volume }, ...place.table]
    for (const { offset, bytes } of patches) {
      await disk.write(offset, bytes)
      await disk.sync()
    }
  }
  await reread(context.machine, node)
  await using bare = await context.machine.openDisk(node, 'read')
  const disk = await underMark(bare, target, context.runId)
  for (const { offset, bytes } of patches)
    if (!bytes.equals(await disk.read(offset, bytes.length)))
      throw new Failure({ code: 'disk-gives-other-bytes', slots: { disk: target.path, offset, of: 'seed' } })
  context.log(`Seed on partition ${number} of ${target.path}`)
  return { result: { partition: number } }
}

/** The partition that the run's addons lie on. */
function addonsIn(results: Record<string, unknown>): number | null {
  for (const result of Object.values(results)) {
    const parsed = builtins[addonsBuiltin].result.safeParse(result)
    if (parsed.success) return parsed.data.addonsPartition
  }
  return null
}

/** NoCloud reads user-data and meta-data, and the others when they are there. */
function documents(args: BuiltinArgs<'seed'>): FatFile[] {
  const optional = [
    { name: 'vendor-data', text: args.vendorData },
    { name: 'network-config', text: args.networkConfig },
  ].filter(({ text }) => text !== '')
  return [{ name: 'meta-data', text: args.metaData }, { name: 'user-data', text: args.userData }, ...optional].map(
    ({ name, text }) => ({ name, bytes: Buffer.from(text, 'utf8') }),
  )
}
