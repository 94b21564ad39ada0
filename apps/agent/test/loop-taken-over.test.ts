import { ProblemError } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { action, session, startAgent } from './support/agent.ts'
import { tempDir } from './support/context.ts'
import { stubServer } from './support/stub-server.ts'

// Promise: what another boot has taken over is written no further; a server that is away stops nothing.

/** A server that takes the agent until `refuse` is called with how it is refused from then on. */
async function takenOver(t: Parameters<typeof stubServer>[0]) {
  let refusal: ProblemError | null = null
  const orRefuse = <T>(value: T): T => {
    if (refusal) throw refusal
    return value
  }
  const server = await stubServer(t, {
    onboard: () => orRefuse(session),
    // it reports after a third of its lease, also when there is nothing new
    next: () => orRefuse(action('write-image', { leaseSeconds: 1 })),
    report: () => orRefuse({ cancelled: false, leaseSeconds: 1 }),
  })
  let stopped = false
  let writing = false
  const agent = startAgent(t, {
    bases: [server.base],
    stateDir: tempDir(t),
    execute: (_, { signal }) =>
      new Promise((_resolve, reject) => {
        writing = true
        signal.addEventListener('abort', () => {
          stopped = true
          reject(signal.reason as Error)
        })
      }),
    pace: 5,
  })
  await until(() => writing)
  const refuse = (error: ProblemError) => {
    refusal = error
  }
  return { server, agent, isStopped: () => stopped, refuse }
}

await t.test('refused also when it introduces itself anew, it stops and says so', async (t) => {
  const { agent, isStopped, refuse } = await takenOver(t)
  refuse(new ProblemError('session-over', 'the machine has booted anew, or another one has its node'))
  await until(isStopped)
  await until(() => agent.screen.some((line) => line.startsWith('  Stopped: the machine has booted anew')))
  t.match(agent.lost[0], /booted anew/)
})

for (const code of ['database-down', 'busy', 'internal'] as const)
  await t.test(`a server that says ${code} stops nothing`, async (t) => {
    const { server, isStopped, refuse } = await takenOver(t)
    refuse(new ProblemError(code, 'not now'))
    const heard = server.reports.length + server.calls.length
    await until(() => server.reports.length + server.calls.length > heard + 5)
    t.notOk(isStopped())
  })
