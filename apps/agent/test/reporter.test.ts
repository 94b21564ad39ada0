import type { ReportRequest } from '@eims/contracts'
import t, { type Test } from 'tap'
import { startReporting } from '../src/reporter.ts'
import { openState } from '../src/state.ts'
import { tempDir } from './support/context.ts'

// One promise: a server hears as often as it must, and no more often. The clock is the test's.

async function report(t: Test, { pace, leaseSeconds }: { pace: number; leaseSeconds: number }) {
  const reports: ReportRequest[] = []
  let now = 0
  let nap = { until: 0, wake: () => {} }
  const reporter = startReporting({
    sink: {
      async report(each) {
        reports.push(each)
        return { kind: 'accepted', cancelled: false, leaseSeconds }
      },
    },
    state: openState(tempDir(t)),
    attempt: { runId: 'run-1', actionId: 'one', attempt: 1 },
    lastSeq: 0,
    leaseSeconds,
    pace,
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((wake, reject) => {
        nap = { until: now + milliseconds, wake }
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
    signal: new AbortController().signal,
  })
  /** Lets so many milliseconds go by, one at a time, and what they wake be done. */
  async function pass(milliseconds: number): Promise<void> {
    for (const end = now + milliseconds; now < end; ) {
      now += 1
      if (now >= nap.until) nap.wake()
      await new Promise(setImmediate)
    }
  }
  await new Promise(setImmediate)
  return { reporter, reports, pass }
}

await t.test('progress is not reported more often than the pace', async (t) => {
  const { reporter, reports, pass } = await report(t, { pace: 200, leaseSeconds: 30 })
  for (let step = 0; step < 100; step += 1) {
    reporter.progress(step / 100)
    await pass(5)
  }
  await reporter.end({ state: 'SUCCEEDED', result: {} }, null)
  t.strictSame(
    reports.map(({ state, progress }) => [state, progress]),
    [
      ['RUNNING', null],
      ['RUNNING', 0.39],
      ['RUNNING', 0.79],
      ['SUCCEEDED', 0.99],
    ],
  )
})

await t.test('a long action keeps its lease without news: three reports in each', async (t) => {
  const { reporter, reports, pass } = await report(t, { pace: 2000, leaseSeconds: 1 })
  await pass(2000)
  t.equal(reports.length, 6)
  await reporter.end({ state: 'SUCCEEDED', result: {} }, null)
})
