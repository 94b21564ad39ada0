import { type BuiltinArgs, bytes, FRAME_BYTES, type Frame, type ImageManifest, whyImageUnfit } from '@eims/contracts'
import { calm } from '../back-off.ts'
import type { BlockDevice } from '../disk/block-device.ts'
import { recogniseChosen } from '../disk/chosen.ts'
import { holdInterlock } from '../disk/interlock.ts'
import { isMarked, markReaches, setMark, sparingMark, underMark } from '../disk/mark.ts'
import { clearTheWay } from '../disk/other-disks.ts'
import { pages } from '../disk/pages.ts'
import { reread } from '../disk/reread.ts'
import { zeroRange } from '../disk/zero-range.ts'
import { Failure } from '../failure.ts'
import { enforcing } from '../firmware/secure-boot.ts'
import type { DiskFacts } from '../hardware/disks.ts'
import { architecture, isUefi } from '../hardware/survey.ts'
import { alreadyWritten, isWhole } from '../image/already-written.ts'
import { isFrame } from '../image/frame.ts'
import { fetchManifest } from '../image/manifest.ts'
import { onTheWire } from '../image/on-the-wire.ts'
import { readableImage } from '../image/readable.ts'
import { together } from '../image/together.ts'
import { type FetchChunk, verifiedChunks } from '../image/verified-chunks.ts'
import { writeFrames } from '../image/write-frames.ts'
import { type Machine, nodeOf } from '../machine.ts'
import { duration } from '../screen/figures.ts'
import { choiceOf } from './choose-disk.ts'
import type { Context, Handler } from './handler.ts'

/** Old RAID and GPT metadata at the disk's end lies within this; a new OS must not find it. */
const TAIL = 1024 * 1024
/** Frames that are read back from the disk at the end, first and last included. */
const SAMPLES = 16

/**
 * The builtin `write-image`: afterwards the first rawSize bytes of the disk are the image's, byte for byte, and the
 * disk's last MiB behind them is zero, but for the run's mark (mark.ts), which stands before the first byte is written, and
 * for sector 0, which is put into its place when the run is done.
 * Chunks are verified before they touch the disk; frames that stand there already are kept. After the sync a sample is
 * read back past the page cache. A full pass would double the time on a slow disk and find little more: each frame was
 * verified in memory, and the sync reports what the disk refused.
 */
export const writeImageHandler: Handler<'write-image'> = async (args, context) => {
  const started = performance.now()
  const choice = choiceOf(context.results)
  const chosen = recogniseChosen(context.machine, choice)
  const { disk: target } = chosen
  refuseUnfit(args, context.machine, target)
  const fetchChunk = verifiedChunks(onTheWire(context.chunks), calm, context.log)
  const manifest = await fetchManifest(fetchChunk, { ...args, architecture: architecture() }, context.signal)
  if (manifest.rawSize > target.size)
    throw new Failure({
      code: 'image-too-large',
      slots: { bytes: manifest.rawSize, disk: target.path, size: target.size },
    })
  const node = nodeOf(context.machine, target.path)
  let report: Written
  {
    await using disk = await context.machine.openDisk(node, 'write')
    const marked = await isMarked(disk, target, context.runId)
    if (marked) context.log(`${target.path} was begun by this run`)
    else await holdInterlock(disk, chosen, choice, () => isWhole(disk, manifest, context.signal))
    const image = readableImage(manifest, target.sectorSize, fetchChunk, context.signal)
    await clearTheWay(context, target, { image, overwrite: choice.overwrite })
    await setMark(disk, target, context.runId)
    report = await write(disk, manifest, target, fetchChunk, { ...context, begun: marked || context.attempt > 1 })
    await disk.sync()
  }
  await reread(context.machine, node)
  await sample(context, target, manifest)
  context.log(
    `Wrote ${report.framesWritten} and kept ${report.framesKept} frames of ${bytes(manifest.rawSize)}, ` +
      `fetched ${bytes(report.bytesFetched)} in ${duration(performance.now() - started)}`,
  )
  return { result: report }
}

/** What cannot work is refused while the disk is as it was. Plans of earlier versions bring no facts. */
function refuseUnfit(
  { facts, seeded = true, addonsSize = 0 }: BuiltinArgs<'write-image'>,
  machine: Machine,
  disk: DiskFacts,
): void {
  const firmware = isUefi(machine.sysRoot) ? 'uefi' : 'bios'
  const target = { firmware, architecture: architecture(), disk, secure: enforcing(machine.sysRoot) } as const
  const unfit = facts && whyImageUnfit(facts, target, seeded, addonsSize)
  if (unfit) throw new Failure(unfit)
}

interface Written {
  framesWritten: number
  framesKept: number
  bytesFetched: number
}

async function write(
  bare: BlockDevice,
  manifest: ImageManifest,
  target: DiskFacts,
  fetchChunk: FetchChunk,
  { begun, runId, signal, progress, log }: Pick<Context, 'runId' | 'signal' | 'progress' | 'log'> & { begun: boolean },
): Promise<Written> {
  const disk = sparingMark(bare, await underMark(bare, target, runId), target)
  let done = 0
  const advance = (length: number) => {
    done += length
    progress(Math.min(1, done / manifest.rawSize))
  }
  const kept = await alreadyWritten(disk, manifest, begun, signal, advance)
  if (kept.size > 0) log(`${kept.size} of ${manifest.frames.length} frames stand on ${target.path} already`)
  const report = { framesWritten: 0, framesKept: kept.size, bytesFetched: 0 }
  const onWritten = (frame: Frame) => {
    report.framesWritten += 1
    report.bytesFetched += frame.size
    advance(frame.length)
  }
  const missing = manifest.frames.filter(({ offset }) => !kept.has(offset))
  const { zeros } = manifest
  const fill = (either: AbortSignal) =>
    writeFrames({ frames: missing, zeros, disk, fetchChunk, signal: either, onWritten, onZero: advance })
  const wipe = async (either: AbortSignal) =>
    void (await zeroRange(disk, Math.max(manifest.rawSize, target.size - TAIL), target.size, { signal: either }))
  await together([fill, wipe], signal)
  if (markReaches(target, manifest.rawSize)) await disk.finish()
  return report
}

async function sample({ machine, runId }: Context, target: DiskFacts, { frames }: ImageManifest): Promise<void> {
  const { path } = target
  await using bare = await machine.openDisk(nodeOf(machine, path), 'read')
  const disk = await underMark(bare, target, runId)
  const step = Math.max(1, (frames.length - 1) / (SAMPLES - 1))
  const into = pages(FRAME_BYTES)
  const chosen = new Set(Array.from({ length: Math.min(SAMPLES, frames.length) }, (_, nth) => Math.round(nth * step)))
  for (const index of chosen) {
    const frame = frames[index]!
    if (!isFrame(frame, await disk.read(frame.offset, frame.length, into)))
      throw new Failure({ code: 'disk-gives-other-bytes', slots: { disk: path, offset: frame.offset, of: 'image' } })
  }
}
