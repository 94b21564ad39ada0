import type { NextReply, ReportReply } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { action, session, startAgent } from './support/agent.ts'
import { tempDir } from './support/context.ts'
import { stubServer } from './support/stub-server.ts'

// A disk that no longer answers never gives its caller back: the agent ends, and PID 1 starts a new one.

const never = () => new Promise<never>(() => {})
const message = 'Action one did not stop within 0.05 s; its disk may no longer answer'
const hour: NextReply = action('one')
const second: NextReply = { ...action('one'), action: { ...action('one').action, timeout: 1 } }

const cases: [string, NextReply, ReportReply, string[]][] = [
  ['ended by the server', hour, { cancelled: true, leaseSeconds: 30 }, []],
  ['out of time', second, { cancelled: false, leaseSeconds: 30 }, ['Action one took longer than its 1 s']],
]
for (const [name, next, reply, told] of cases)
  await t.test(`an action that is ${name} and does not stop ends the agent`, async (t) => {
    const server = await stubServer(t, { onboard: () => session, next: () => next, report: () => reply })
    const agent = startAgent(t, { bases: [server.base], stateDir: tempDir(t), execute: never, grace: 50 })
    await t.rejects(agent.ended, { message })
    const ends = server.reports.filter(({ state }) => state === 'FAILED')
    t.strictSame(
      ends.map((end) => end.reason?.text),
      told,
    )
  })

await t.test('one that stops in time does not', async (t) => {
  let asked = 0
  const server = await stubServer(t, {
    onboard: () => session,
    next: () =>
      ++asked === 1
        ? hour
        : { kind: 'wait', reason: { code: 'not-asked-for', slots: {}, text: 'done' }, retrySeconds: 0 },
    report: () => ({ cancelled: true, leaseSeconds: 30 }),
  })
  const execute: Parameters<typeof startAgent>[1]['execute'] = (_, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  startAgent(t, { bases: [server.base], stateDir: tempDir(t), execute, grace: 1000 })
  await until(() => asked > 2)
  t.pass('it asked on')
})
