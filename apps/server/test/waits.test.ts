import t from 'tap'
import { NodeWaits } from '../src/engine/waits.ts'

const never = new AbortController().signal

await t.test('a change of its node ends a wait, a change of another does not', async (t) => {
  const waits = new NodeWaits()
  let woken = false
  const wait = waits.wait('one', 60_000, never).then(() => {
    woken = true
  })
  waits.wake('two')
  await new Promise(setImmediate)
  t.equal(woken, false)
  waits.wake('one')
  await wait
  t.equal(woken, true)
})

await t.test('an agent that hangs up ends its wait', async () => {
  const hangUp = new AbortController()
  const wait = new NodeWaits().wait('one', 60_000, hangUp.signal)
  hangUp.abort()
  await wait
  await new NodeWaits().wait('one', 60_000, hangUp.signal)
})
