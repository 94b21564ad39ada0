import { until } from '@eims/lab'
import t from 'tap'
import { finishMachine } from '../src/finish.ts'
import { action, session, startAgent } from './support/agent.ts'
import { tempDir } from './support/context.ts'
import { fakeMachine } from './support/machine.ts'
import { stubServer } from './support/stub-server.ts'

const patience = { sync: 20, down: 20 }
const all = [['sync'], ['reboot', '-f'], ['force', 'reboot']]

for (const [name, answer] of [
  ['fails', () => Promise.reject(new Error('Input/output error'))],
  ['hangs', () => new Promise<string>(() => {})],
] as const)
  await t.test(`each means that ${name} is followed by the next`, async (t) => {
    const machine = fakeMachine(t)
    const busybox = (applet: string, ...args: string[]) => {
      machine.calls.push([applet, ...args])
      return answer()
    }
    const finish = finishMachine({ ...machine, busybox }, 'reboot', patience)
    await t.rejects(finish, { message: 'This machine does not obey reboot' })
    t.strictSame(machine.calls, all)
  })

await t.test('a kernel that waits in memory is started, and a machine that keeps its own restarts', async (t) => {
  const machine = fakeMachine(t)
  await t.rejects(finishMachine(machine, 'kexec', patience), { message: 'This machine does not obey kexec' })
  t.strictSame(machine.calls, [['sync'], ['kexec', '--exec'], ...all.slice(1)])
})

await t.test('a machine that is held is left alone', async (t) => {
  const machine = fakeMachine(t)
  await finishMachine(machine, 'hold', patience)
  t.strictSame(machine.calls, [])
})

await t.test('an agent that is started again while it leaves leaves again, and does nothing twice', async (t) => {
  const stateDir = tempDir(t)
  const server = await stubServer(t, {
    onboard: () => session,
    next: () => action('one'),
    report: () => ({ cancelled: false, leaseSeconds: 30 }),
  })
  let executed = 0
  const options = {
    bases: [server.base],
    stateDir,
    execute: async () => {
      executed += 1
      return { result: {}, finish: 'reboot' as const }
    },
    finish: () => Promise.reject(new Error('This machine does not obey reboot')),
  }
  for (const _ of [1, 2]) {
    const agent = startAgent(t, options)
    await t.rejects(agent.ended, { message: 'This machine does not obey reboot' })
    t.strictSame(agent.finishes, ['reboot'])
  }
  t.equal(executed, 1)
  const last = startAgent(t, { ...options, finish: async () => {} })
  await until(() => executed > 1)
  t.equal(last.finishes[0], 'reboot', 'the third time it goes, and only then is the outbox empty')
  last.stop()
})
