import type { Batch } from '@eims/contracts'

/** How much of a batch is done, is worked at, and failed: parts of all that it should have. The numbers stand beside it. */
export function BatchBar({
  of: { expected, registered, passed, running, failed },
}: {
  of: Pick<Batch['counts'], 'expected' | 'registered' | 'passed' | 'running' | 'failed'>
}) {
  const all = Math.max(1, expected ?? registered, registered)
  let at = 0
  return (
    <svg className="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
      {(
        [
          ['running', passed],
          ['working', running],
          ['failed', failed],
        ] as const
      ).map(([standing, amount]) => {
        const from = at
        at += (amount / all) * 1000
        return <rect key={standing} className={standing} x={from} width={at - from} height="10" />
      })}
    </svg>
  )
}
