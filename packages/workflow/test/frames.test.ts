import { Action, ReportRequest } from '@eims/contracts'
import t from 'tap'
import { createRun, step } from '../src/index.ts'

const lease = 90
const of = (frames?: number) => {
  const action = Action.parse({
    id: 'w',
    task: 'install-os',
    name: 'w',
    uses: { kind: 'builtin', builtin: 'write-image' },
    with: { manifestSha256: 'ab'.repeat(32), rawSize: 4096, ...(frames === undefined ? {} : { frames }) },
    env: {},
    timeout: 600,
    repeatable: true,
  })
  return createRun({ id: 'r', nodeId: 'n', instanceId: 'i', plan: { version: 1, actions: [action] }, now: 0 })
}

/** The run after an agent has reported its image as written, with this result. */
function told(frames: number | undefined, result: object | null) {
  const begun = step(of(frames), { kind: 'next', sessionId: 's', lease }, 0).run
  const report = ReportRequest.parse({ runId: 'r', actionId: 'w', attempt: 1, seq: 1, state: 'SUCCEEDED', result })
  return step(begun, { kind: 'report', sessionId: 's', report, lease }, 0).run
}

await t.test('an image counts as written with all frames of its manifest', async (t) => {
  for (const [framesWritten, framesKept] of [
    [7, 0],
    [0, 7],
    [3, 4],
  ])
    t.match(told(7, { framesWritten, framesKept, bytesFetched: 0 }), { state: 'SUCCEEDED', reason: null })
  t.match(told(0, { framesWritten: 0, framesKept: 0 }), { state: 'SUCCEEDED' }, 'an image of zeros')
  t.match(told(undefined, null), { state: 'SUCCEEDED' }, 'a plan of an earlier version')
})

await t.test('one that was skipped, or written in part, fails the run', async (t) => {
  const cases: [object | null, number][] = [
    [null, 0],
    [{}, 0],
    [{ framesWritten: 0, framesKept: 0, bytesFetched: 0 }, 0],
    [{ framesWritten: 3, framesKept: 3 }, 6],
    [{ framesWritten: 8, framesKept: 0 }, 8],
    [{ framesWritten: 'all', framesKept: 0 }, 0],
  ]
  for (const [result, sum] of cases)
    t.match(told(7, result), {
      state: 'FAILED',
      reason: {
        code: 'action-failed',
        slots: { why: { code: 'image-not-whole', slots: { action: 'w', told: sum, frames: 7 } } },
      },
    })
})
