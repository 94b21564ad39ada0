/** What the work comes to, or `late` when that takes longer than so many milliseconds: the work goes on, unwatched. */
export async function inTime<T, L>(work: Promise<T>, milliseconds: number, late: L): Promise<T | L> {
  const waiting = Promise.withResolvers<L>()
  const timer = setTimeout(waiting.resolve, milliseconds, late)
  try {
    return await Promise.race([work, waiting.promise])
  } finally {
    clearTimeout(timer)
  }
}
