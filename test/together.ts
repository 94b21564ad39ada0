import type { Test } from 'tap'

/**
 * Subtests at the same time, printed in their order, each with its own lines and with how long it took itself.
 *
 * tap (21) prints a buffered subtest that ended while an earlier one still ran with that one's lines and place; so none
 * ends here before the one ahead of it was printed.
 * @param timeout milliseconds for each, waiting included
 */
export const together = async (
  t: Test,
  timeout: number,
  subtests: Record<string, (t: Test) => Promise<unknown>>,
): Promise<void> => {
  t.jobs = Object.keys(subtests).length
  let printed: Promise<unknown> = Promise.resolve()
  for (const [name, run] of Object.entries(subtests)) {
    const ahead = printed
    printed = t.test(name, { buffered: true, timeout }, async (t) => {
      const began = performance.now()
      try {
        await run(t)
      } finally {
        t.comment(`took ${Math.round((performance.now() - began) / 1000)} s`)
        await ahead
      }
    })
  }
  await printed
}
