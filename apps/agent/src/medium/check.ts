import { bytes, ImageManifest } from '@eims/contracts'
import { checkPieces, type MediumProfile, piecesOf, Unreadable } from '@eims/medium'
import type { Screen } from '../screen/screen.ts'
import type { Found } from './found.ts'

/**
 * Reads all that this machine is to get off the medium, from one end to the other, before its disk is touched.
 * @param tools digests of the archives beside the Micro-OS
 * @param steps of the plan, in front of which this one is
 * @throws Unreadable with the first piece that is damaged; what reading throws
 */
export async function checkMedium(
  { medium, source }: Pick<Found, 'medium' | 'source'>,
  { image, addons }: MediumProfile,
  tools: readonly string[],
  steps: number,
  screen: Pick<Screen, 'line' | 'action' | 'progress'>,
  signal: AbortSignal,
): Promise<void> {
  const manifests = [image.manifestSha256, ...addons.map((each) => each.image.manifestSha256)]
  await checkPieces(source, piecesOf(medium, manifests).slice(1), () => {}, signal)
  const needed = new Set([...manifests, ...tools])
  for (const digest of manifests) {
    const place = medium.places.get(digest)!
    const parsed = ImageManifest.safeParse(
      JSON.parse((await source.read(medium.base + place.offset, place.length)).toString('utf8')),
    )
    if (!parsed.success) throw new Unreadable(`its piece ${digest} is no manifest`)
    for (const { sha256 } of parsed.data.frames) needed.add(sha256)
  }
  const pieces = piecesOf(medium, needed)
  const total = pieces.reduce((sum, { length }) => sum + length, 0)
  screen.action(0, steps, `Checking the medium, ${bytes(total)}`)
  let done = 0
  const onBytes = (count: number) => {
    done += count
    screen.progress(Math.min(1, done / total))
  }
  await checkPieces(source, pieces, onBytes, signal)
}
