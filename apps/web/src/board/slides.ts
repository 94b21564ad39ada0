import type { Board, NeedyMachine } from '@eims/contracts'

/** What the middle of the board shows in turn. */
export type Slide =
  | { kind: 'needy'; machines: NeedyMachine[] }
  | { kind: 'batches'; batches: Board['batches'] }
  | { kind: 'calm' }

const pagesOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, page) => items.slice(page * size, (page + 1) * size))

/**
 * PURE: who needs a person comes first; then, where the board is of several, how far each batch is.
 * @param fits how many of each have room at once
 */
export function slidesOf({ needy, batches }: Board, fits: { machines: number; batches: number }): Slide[] {
  const needs = pagesOf(needy, fits.machines).map((machines): Slide => ({ kind: 'needy', machines }))
  const far = batches.length > 1 ? pagesOf(batches, fits.batches) : []
  return [
    ...(needs.length > 0 ? needs : [{ kind: 'calm' } as const]),
    ...far.map((page): Slide => ({ kind: 'batches', batches: page })),
  ]
}
