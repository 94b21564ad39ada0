/**
 * Runs jobs at once. The first that fails stops the others by their signal; settles only when all have stopped,
 * so that nothing still writes when the caller goes on.
 */
export async function together(jobs: ((signal: AbortSignal) => Promise<void>)[], signal: AbortSignal): Promise<void> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  await Promise.allSettled(
    jobs.map(async (job) => {
      try {
        await job(either)
      } catch (error) {
        failed.abort(error)
      }
    }),
  )
  signal.throwIfAborted()
  failed.signal.throwIfAborted()
}
