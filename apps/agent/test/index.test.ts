import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

// Who drives the agent himself imports it: nothing may run by that alone.

const index = join(import.meta.dirname, '../src/index.ts')
const script = `
let timers = 0
for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
  const real = globalThis[name]
  globalThis[name] = (...args) => (timers++, real(...args))
}
const agent = await import(${JSON.stringify(index)})
// a PipeWrap is a pipe to this test
const opened = process.getActiveResourcesInfo().filter((each) => each !== 'PipeWrap')
process.on('exit', () => process.stderr.write(JSON.stringify({ names: Object.keys(agent), opened, timers })))`

await t.test('importing the agent starts nothing', async (t) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: {},
    encoding: 'utf8',
    timeout: 30_000,
  })
  t.equal(status, 0, 'the process ends by itself')
  t.equal(stdout, '', 'nothing is said')
  const { names, opened, timers } = JSON.parse(stderr)
  t.strictSame(opened, [], 'no socket, file or child is left open')
  t.equal(timers, 0)
  for (const name of ['runLoop', 'handlers', 'execute', 'lookOnly', 'openSession', 'openServers', 'openState'])
    t.ok(names.includes(name), name)
})
