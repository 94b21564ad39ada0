import { choiceIn } from '../actions/choose-disk.ts'
import type { Context } from '../actions/handler.ts'
import type { DiskFacts } from '../hardware/disks.ts'
import { nodeOf } from '../machine.ts'
import type { BlockDevice } from './block-device.ts'
import { type Choice, findChosen, recogniseChosen } from './chosen.ts'
import { holdInterlock } from './interlock.ts'
import { clearMark, isMarked, setMark, sparingMark, underMark } from './mark.ts'

/** The chosen disk in the hands of an action that destroys what it holds. */
export interface Claimed {
  target: DiskFacts
  /** the disk as it will be when its mark is gone; nothing that is written to it touches the mark */
  disk: BlockDevice
}

/**
 * The chosen disk, once the interlock was held against it and the run's mark stands on it. An action behind another one
 * that did so, and an attempt behind another attempt, go on under the mark.
 * @param choice what the run's choose-disk answered
 * @param prepare is run between the two, when nothing was written yet
 * @throws Failure disk-changed, chosen-disk-gone, chosen-disk-unclear, disk-in-use
 */
export async function withClaimed<P, T>(
  { machine, runId }: Pick<Context, 'machine' | 'runId'>,
  choice: Choice,
  prepare: (target: DiskFacts) => P | Promise<P>,
  use: (claimed: Claimed, prepared: P) => Promise<T>,
): Promise<T> {
  const chosen = recogniseChosen(machine, choice)
  const { disk: target } = chosen
  await using bare = await machine.openDisk(nodeOf(machine, target.path), 'write')
  if (!(await isMarked(bare, target, runId))) await holdInterlock(bare, chosen, choice, async () => false)
  const prepared = await prepare(target)
  return await marked(bare, target, runId, (claimed) => use(claimed, prepared))
}

/**
 * The same behind an action's own work on the disk, which may have taken the mark away: the interlock was held before.
 * What is at the mark's place by now is nobody's.
 */
export async function claimedAgain<T>(
  { machine, runId }: Pick<Context, 'machine' | 'runId'>,
  choice: Choice,
  use: (claimed: Claimed) => Promise<T>,
): Promise<T> {
  const { disk: target } = recogniseChosen(machine, choice)
  await using bare = await machine.openDisk(nodeOf(machine, target.path), 'write')
  return await marked(bare, target, runId, use)
}

async function marked<T>(
  bare: BlockDevice,
  target: DiskFacts,
  runId: string,
  use: (claimed: Claimed) => Promise<T>,
): Promise<T> {
  await setMark(bare, target, runId)
  return await use({ target, disk: sparingMark(bare, await underMark(bare, target, runId), target) })
}

/** Nobody takes the run up any more: its disk, where there is one, loses the run's mark, and can be started from. */
export async function releaseDisk({
  machine,
  runId,
  results,
  keepsake,
}: Pick<Context, 'machine' | 'runId' | 'results' | 'keepsake'>): Promise<void> {
  const choice = choiceIn(results)
  if (!choice) return
  const target = findChosen(machine, choice)
  await using disk = await machine.openDisk(nodeOf(machine, target.path), 'write')
  await clearMark(disk, target, runId, keepsake)
}
