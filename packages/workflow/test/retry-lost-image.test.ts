import { type Action, type BuiltinName, builtInPlan, type Reason, shown } from '@eims/contracts'
import t from 'tap'
import { createRun } from '../src/index.ts'
import { next, play, report, sketch } from './runs.ts'

const lost: Reason = {
  code: 'gpt-damaged',
  slots: { disk: '/dev/sda', fault: 'entries-checksum', backup: 'no-header' },
}
const action = (builtin: BuiltinName): Action => ({
  id: builtin,
  task: 'test',
  name: builtin,
  uses: { kind: 'builtin', builtin },
  with: {},
  env: {},
  timeout: 600,
  repeatable: true,
})

/** The built-in plan without some of its actions, taken up again after its seed failed. */
function retried(reason: Reason, without: BuiltinName[] = []) {
  const plan = { version: 1 as const, actions: builtInPlan.filter((name) => !without.includes(name)).map(action) }
  let run = createRun({ id: 'run', nodeId: 'node', instanceId: 'instance', plan, now: 0 })
  for (const { name } of plan.actions.slice(
    0,
    plan.actions.findIndex(({ name }) => name === 'seed'),
  ))
    run = play(run, [1, next()], [2, report({ actionId: name, state: 'SUCCEEDED', result: {} })]).run
  run = play(run, [3, next()], [4, report({ actionId: 'seed', state: 'FAILED', reason: shown(reason) })]).run
  const step = play(run, [5, { kind: 'retry', from: 'failed-action' }])
  return { step, text: sketch(step.run) }
}

await t.test('an image whose partition table is lost is written again, and the disk is not chosen again', async (t) => {
  for (const reason of [lost, { code: 'no-partition-table', slots: {} } as const]) {
    const { step, text } = retried(reason)
    t.match(
      text,
      /inventory=SUCCEEDED.* choose-disk=SUCCEEDED.* write-image=PENDING\[SUCCEEDED\] seed=PENDING\[FAILED\]/,
    )
    t.match(step.effects, [{ event: 'node.changed', message: 'the run is taken up again from write-image' }])
  }
})

await t.test('after any other failure it goes on where it failed', async (t) => {
  t.match(
    retried({ code: 'seed-too-large', slots: { bytes: 1 } }).text,
    /write-image=SUCCEEDED.* seed=PENDING\[FAILED\]/,
  )
})

await t.test('a plan that writes no image goes on where it failed', async (t) => {
  t.match(retried(lost, ['write-image']).text, /choose-disk=SUCCEEDED.* seed=PENDING\[FAILED\]/)
})
