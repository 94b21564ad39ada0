import { hash } from 'node:crypto'
import { Failure } from '../failure.ts'
import { type DiskEnds, recognise } from '../hardware/disk-content.ts'
import { type DiskFacts, readEnds } from '../hardware/disks.ts'
import type { BlockDevice } from './block-device.ts'
import type { Choice } from './chosen.ts'

/** By which the ends of a disk are known again. */
export const digestOf = ({ head, tail }: DiskEnds): string => hash('sha256', Buffer.concat([head, tail]))

/**
 * Holds the interlock once more against a disk that does not carry the run's mark, whichever session chose it: it must be
 * blank where nothing may be overwritten, and as it was at the choice where only its place or name says that it is the
 * one.
 * @param target.sure the disk itself said so
 * @param isWhole whether the image stands there to the last byte, so that writing it changes nothing
 * @throws Failure disk-changed
 */
export async function holdInterlock(
  disk: BlockDevice,
  target: { disk: DiskFacts; sure: boolean },
  choice: Pick<Choice, 'ends' | 'overwrite'>,
  isWhole: () => Promise<boolean>,
): Promise<void> {
  const { path, size } = target.disk
  const ends = await readEnds(disk, size)
  const { blank, found } = recognise(ends)
  const asItWas = target.sure || choice.ends === null || choice.ends === digestOf(ends)
  if ((blank || choice.overwrite) && asItWas) return
  if (await isWhole()) return
  throw new Failure({ code: 'disk-changed', slots: { disk: path, found } })
}
