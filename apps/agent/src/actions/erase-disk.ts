import { type BuiltinArgs, bytes, say } from '@eims/contracts'
import { type Choice, findChosen, recogniseChosen } from '../disk/chosen.ts'
import { type Claimed, claimedAgain, withClaimed } from '../disk/claim.ts'
import { isMarked, markPlace } from '../disk/mark.ts'
import { pages } from '../disk/pages.ts'
import { reread } from '../disk/reread.ts'
import { ataSanitizing, ataUnlocked, ataWays } from '../erase/ata.ts'
import { discardWay } from '../erase/discard.ts'
import { nvmeSanitizing, nvmeWays } from '../erase/nvme.ts'
import { overwrite } from '../erase/overwrite.ts'
import { scsiWays } from '../erase/scsi.ts'
import { type Fault, type Here, Refused, sanitized, type Way } from '../erase/way.ts'
import { Failure } from '../failure.ts'
import type { DiskFacts } from '../hardware/disks.ts'
import { isAta } from '../hardware/disks.ts'
import { type Machine, nodeOf } from '../machine.ts'
import { choiceOf } from './choose-disk.ts'
import type { Context, Handler } from './handler.ts'

const MIB = 1024 * 1024
/** Stretches of a MiB that are read back at the end, first and last included. */
const SAMPLES = 64
/** Milliseconds between two looks at how far a disk is with its own erasing. */
const POLL = 5000

/** Ways after which the disk is swept: what is not zero is made so. */
const swept = ['discard', 'overwrite']

/**
 * The builtin `erase-disk`: afterwards the disk reads as zeros, but for the run's mark, which stands before anything is
 * erased and is set again at once by a disk that erased it with the rest. A disk that was told to erase itself goes on
 * with it when the run is cancelled, or the machine's power goes.
 * @param poll milliseconds between two looks at how far a disk is with its own erasing
 */
export const eraseDisk =
  (poll: number): Handler<'erase-disk'> =>
  async ({ method }, context) => {
    const { machine, log } = context
    const choice = choiceOf(context.results)
    const found = findChosen(machine, choice)
    const here: Here = { ...context, node: () => nodeNow(machine, choice, found), poll }
    // one that is at it since before a power cut, or kept our password over it, answers no reads
    if (wants(method, 'secure')) await atIt(here, found)
    await withClaimed(
      context,
      choice,
      () => {},
      async () => {},
    )
    const tried: Fault[] = []
    const past = (fault: Fault) => {
      log(say({ code: 'disk-cannot-erase', slots: { disk: found.path, tried: [fault] } }))
      tried.push(fault)
    }
    for (const way of await waysOf(here, found, method)) {
      if ('fault' in way) {
        past(way)
        continue
      }
      const refused = await refusal(way)
      if (refused) {
        past(refused)
        continue
      }
      const target = await claimedAgain(context, choice, (claimed) => afterwards(claimed, way, context))
      await reread(machine, nodeOf(machine, target.path))
      const at = await firstNotBlank(context, target)
      if (at === null) {
        log(`${target.path} is erased (${way.method}): ${bytes(target.size)}, ${SAMPLES} places read back as zeros`)
        const { path: disk, serial, size } = target
        return { result: { method: way.method, disk, serial, bytes: size, samples: SAMPLES } }
      }
      const notBlank = { disk: target.path, method: way.method, offset: at }
      if (swept.includes(way.method)) throw new Failure({ code: 'disk-not-erased', slots: notBlank })
      past({ method: way.method, fault: 'not-blank', text: `byte ${at}` })
    }
    throw new Failure({ code: 'disk-cannot-erase', slots: { disk: found.path, tried: tried.slice(0, 16) } })
  }

export const eraseDiskHandler = eraseDisk(POLL)

/**
 * Ways take hours, and a disk that was away for a moment leaves its old name to another one.
 * @throws Failure chosen-disk-gone, chosen-disk-unclear
 */
function nodeNow(machine: Machine, choice: Choice, begun: DiskFacts): string {
  const { disk, sure } = recogniseChosen(machine, choice)
  if (!sure && disk.path !== begun.path)
    throw new Failure({ code: 'chosen-disk-gone', slots: { disk: begun.path, serial: begun.serial } })
  return nodeOf(machine, disk.path)
}

type Method = BuiltinArgs<'erase-disk'>['method']
const wants = (asked: Method, method: Method) => asked === method || asked === 'auto'

async function atIt(here: Here, disk: DiskFacts): Promise<void> {
  if (disk.transport === 'nvme') await sanitized(here, () => nvmeSanitizing(here))
  else if (isAta(here.machine, disk)) {
    await sanitized(here, () => ataSanitizing(here))
    const fault = await ataUnlocked(here)
    if (fault) throw new Failure({ code: 'disk-cannot-erase', slots: { disk: disk.path, tried: [fault] } })
  }
}

/** The best one first, as far as they were asked for. */
async function waysOf(here: Here, disk: DiskFacts, method: Method): Promise<(Way | Fault)[]> {
  const ways: (Way | Fault)[] = []
  if (wants(method, 'secure')) ways.push(...(await ownWays(here, disk)))
  if (wants(method, 'discard')) ways.push(discardWay(here, disk))
  if (wants(method, 'overwrite')) ways.push({ method: 'overwrite', erase: async () => {} })
  return ways
}

async function ownWays(here: Here, disk: DiskFacts): Promise<(Way | Fault)[]> {
  if (disk.transport === 'nvme') return await nvmeWays(here)
  if (isAta(here.machine, disk)) return await ataWays(here, { rotates: disk.rotation === 'hdd' })
  if (disk.transport === 'scsi') return scsiWays(here)
  return [{ method: 'secure', fault: 'not-supported', text: disk.transport }]
}

async function refusal(way: Way): Promise<Fault | null> {
  try {
    await way.erase()
    return null
  } catch (error) {
    if (error instanceof Refused) return error.fault
    throw error
  }
}

async function afterwards(claimed: Claimed, { method }: Way, context: Context): Promise<DiskFacts> {
  if (swept.includes(method)) {
    const written = await overwrite(claimed, context)
    context.log(`${bytes(written)} of ${claimed.target.path} were overwritten with zeros`)
  }
  return claimed.target
}

/** Byte of the first sample that is not zero, the run's mark left aside; null: all are. */
async function firstNotBlank({ machine, runId, signal }: Context, target: DiskFacts): Promise<number | null> {
  const { size, path, sectorSize } = target
  await using disk = await machine.openDisk(nodeOf(machine, path), 'read')
  const marked = await isMarked(disk, target, runId)
  const into = pages(MIB)
  const zeros = Buffer.alloc(MIB)
  const last = Math.max(0, size - MIB)
  for (let nth = 0; nth < SAMPLES; nth += 1) {
    signal.throwIfAborted()
    const offset = nth === SAMPLES - 1 ? last : Math.floor((last * nth) / (SAMPLES - 1) / MIB) * MIB
    const sample = await disk.read(offset, Math.min(MIB, size - offset), into)
    const mark = markPlace(target) - offset
    if (marked && mark < sample.length) sample.fill(0, Math.max(0, mark), Math.max(0, mark + sectorSize))
    if (!sample.equals(zeros.subarray(0, sample.length))) return offset + sample.findIndex((byte) => byte !== 0)
  }
  return null
}
