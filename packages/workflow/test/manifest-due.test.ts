import type { Action } from '@eims/contracts'
import t from 'tap'
import { manifestDue } from '../src/index.ts'
import { next, play, report, runWith, tick } from './runs.ts'

const writes: Partial<Action> = {
  uses: { kind: 'builtin', builtin: 'write-image' },
  with: { manifestSha256: 'a'.repeat(64) },
}
const plan = runWith({ a: {}, write: writes, c: {} })
const second = play(plan, [0, next()], [1, report({ state: 'SUCCEEDED' })]).run

await t.test('an image is due when its action comes next, and for who begins it anew', async (t) => {
  t.equal(manifestDue(plan, 's1'), null)
  t.equal(manifestDue(second, 's1'), 'a'.repeat(64))
  const writing = play(second, [2, next()]).run
  t.equal(manifestDue(writing, 's1'), null, 'who writes it has what it needs, or waits')
  t.equal(manifestDue(writing, 's2'), 'a'.repeat(64))
  t.equal(manifestDue(play(writing, [400, tick()]).run, 's1'), null, 'it may go on with what was lost')
  t.equal(manifestDue(play(writing, [3, report({ actionId: 'write', state: 'SUCCEEDED' })]).run, 's1'), null)
  const over = { kind: 'cancel', reason: { code: 'cancelled', slots: { by: 'x' } } } as const
  t.equal(manifestDue(play(second, [2, over]).run, 's1'), null)
})
