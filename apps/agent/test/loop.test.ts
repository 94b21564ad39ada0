import { type NextReply, ProblemError, type ReportRequest } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { action, session, startAgent } from './support/agent.ts'
import { tempDir } from './support/context.ts'
import { stubServer, type Weather } from './support/stub-server.ts'

const lease = { cancelled: false, leaseSeconds: 30 }
const wait: NextReply = {
  kind: 'wait',
  reason: { code: 'unregistered', slots: {}, text: 'Nobody registered this machine' },
  retrySeconds: 0,
}
const ok = async () => ({ result: {} })
const finals = (reports: ReportRequest[]) => reports.filter(({ state }) => state !== 'RUNNING')

/** A server with a list of actions to do; hands out the same one until its end was reported. */
function plan(ids: string[]) {
  const left = [...ids]
  return {
    left,
    onboard: () => session,
    next: (): NextReply => (left[0] ? action(left[0]) : wait),
    report: (report: ReportRequest) => {
      if (report.actionId !== left[0]) throw new ProblemError('stale-report', 'That attempt is over')
      if (report.state !== 'RUNNING') left.shift()
      return lease
    },
  }
}

await t.test('a plan is done in order, each action reported as running and as succeeded', async (t) => {
  const work = plan(['one', 'two'])
  const server = await stubServer(t, work)
  const done: string[] = []
  const agent = startAgent(t, {
    bases: [server.base],
    stateDir: tempDir(t),
    execute: async ({ id }, context) => {
      done.push(id)
      context.log(`doing ${id}`)
      context.progress(0.5)
      return { result: { id } }
    },
  })
  await until(() => agent.screen.some((line) => line.startsWith('Waiting')))
  t.strictSame(done, ['one', 'two'])
  t.strictSame(
    finals(server.reports).map(({ actionId, state, result, progress }) => ({ actionId, state, result, progress })),
    ['one', 'two'].map((id) => ({ actionId: id, state: 'SUCCEEDED', result: { id }, progress: 0.5 })),
  )
  for (const id of done) {
    const own = server.reports.filter(({ actionId }) => actionId === id)
    t.strictSame(
      own.map(({ seq }) => seq),
      own.map((_, index) => index + 1),
      'reports count from 1',
    )
    t.equal(own.flatMap(({ log }) => log).filter(({ text }) => text === `doing ${id}`).length, 1)
  }
  t.equal(server.onboards.length, 1)
})

const storms: [string, Weather][] = [
  ['replies are lost', (_, nth) => (nth % 2 ? 'lose reply' : 'fine')],
  ['connections are cut', (_, nth) => (nth % 3 ? 'hang up' : 'fine')],
  [
    'reports are lost ten times in a row',
    (call, nth) => (call === 'report' && nth > 1 && nth < 12 ? 'hang up' : 'fine'),
  ],
]
for (const [name, weather] of storms)
  await t.test(`every action is done once though ${name}`, async (t) => {
    const work = plan(['one', 'two', 'three'])
    const server = await stubServer(t, work, { weather })
    const done: string[] = []
    startAgent(t, {
      bases: [server.base],
      stateDir: tempDir(t),
      execute: async ({ id }) => {
        done.push(id)
        return { result: {} }
      },
    })
    await until(() => work.left.length === 0)
    t.strictSame(done, ['one', 'two', 'three'])
    t.equal(new Set(server.onboards.map(({ agentKey }) => agentKey)).size, 1, 'one key, however often it onboards')
  })

await t.test('a server that goes away during an action and comes back gets the result', async (t) => {
  const work = plan(['one'])
  const first = await stubServer(t, work)
  let finish = () => {}
  const agent = startAgent(t, {
    bases: [first.base],
    stateDir: tempDir(t),
    execute: () => new Promise((resolve) => (finish = () => resolve({ result: { x: 1 } }))),
  })
  await until(() => first.reports.length > 0)
  await first.stop()
  finish()
  await until(() => agent.screen.some((line) => line.startsWith('Waiting: http://127.0.0.1')))
  t.equal(work.left.length, 1, 'and a person saw why it waited')
  const second = await stubServer(t, work, { port: first.port })
  await until(() => work.left.length === 0)
  t.match(finals(second.reports), [{ state: 'SUCCEEDED', result: { x: 1 } }])
})

await t.test('an end does not wait for progress that no server takes, and brings its lines', async (t) => {
  const work = plan(['one'])
  const server = await stubServer(t, {
    ...work,
    report: (report) => {
      if (report.state === 'RUNNING') throw new ProblemError('database-down', 'The database does not answer')
      return work.report(report)
    },
  })
  startAgent(t, {
    bases: [server.base],
    stateDir: tempDir(t),
    execute: async (_, context) => {
      await until(() => server.reports.length > 0)
      context.log('late')
      return { result: {} }
    },
  })
  await until(() => work.left.length === 0)
  t.match(finals(server.reports), [{ state: 'SUCCEEDED', log: [{ text: 'late' }] }])
})

await t.test('another server of the list is taken when the first is away', async (t) => {
  const work = plan(['one'])
  const server = await stubServer(t, work)
  const gone = await stubServer(t, work)
  await gone.stop()
  startAgent(t, { bases: [gone.base, server.base], stateDir: tempDir(t), execute: ok })
  await until(() => work.left.length === 0)
  t.equal(finals(server.reports).length, 1)
})

await t.test('a session that is over is opened again with the same token and key', async (t) => {
  const work = plan(['one', 'two'])
  let valid = 's-1'
  const server = await stubServer(t, {
    ...work,
    onboard: () => ({ ...session, session: valid }),
    next: () => work.next(),
    report: (report, token) => {
      if (token !== valid) throw new ProblemError('session-over', 'The session is over')
      if (report.actionId === 'one' && report.state !== 'RUNNING') valid = 's-2'
      return work.report(report)
    },
  })
  startAgent(t, { bases: [server.base], stateDir: tempDir(t), execute: ok })
  await until(() => work.left.length === 0)
  t.equal(server.onboards.length, 2)
  t.strictSame(server.onboards[0]!.agentKey, server.onboards[1]!.agentKey)
})

for (const code of ['session-over', 'invalid-input', 'too-large', 'double-agent', 'tls-only'] as const)
  await t.test(`an onboarding refused with ${code} is told to the one who can start the machine again`, async (t) => {
    const refuse = () => {
      throw new ProblemError(code, 'The boot token has expired.')
    }
    const server = await stubServer(t, { ...plan(['one']), onboard: refuse })
    const agent = startAgent(t, { bases: [server.base], stateDir: tempDir(t), execute: ok })
    await until(() => agent.lost.length > 1)
    t.match(agent.lost[0], /The boot token has expired\.$/)
  })

await t.test(
  'an action that throws is reported as failed with its sentence, shown large, and the agent goes on',
  async (t) => {
    const work = plan(['one', 'two'])
    const server = await stubServer(t, work)
    const agent = startAgent(t, {
      bases: [server.base],
      stateDir: tempDir(t),
      execute: async ({ id }) => {
        if (id === 'one') throw new Error('The disk /dev/sda is in use')
        return { result: {} }
      },
    })
    await until(() => work.left.length === 0)
    t.match(finals(server.reports)[0], {
      state: 'FAILED',
      reason: { text: 'The disk /dev/sda is in use' },
      result: null,
    })
    t.ok(agent.screen.includes('one: The disk /dev/sda is in use'))
    t.ok(agent.screen.some((line) => line.includes('######')))
  },
)

await t.test('a stale report is dropped, its action stopped, and the next one asked for', async (t) => {
  let asked = 0
  const server = await stubServer(t, {
    onboard: () => session,
    next: () => (++asked === 1 ? action('one') : wait),
    report: () => {
      throw new ProblemError('stale-report', 'Attempt 1 of one is over')
    },
  })
  let stopped = false
  startAgent(t, {
    bases: [server.base],
    stateDir: tempDir(t),
    execute: (_, { signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          stopped = true
          reject(signal.reason)
        }),
      ),
  })
  await until(() => asked > 1)
  t.ok(stopped)
  t.equal(finals(server.reports).length, 0)
})

await t.test('a cancelled run stops its action without an end, and and the machine stays on', async (t) => {
  let asked = 0
  const server = await stubServer(t, {
    onboard: () => session,
    next: () => (++asked === 1 ? action('one') : wait),
    report: () => ({ cancelled: true, leaseSeconds: 30 }),
  })
  const agent = startAgent(t, {
    bases: [server.base],
    stateDir: tempDir(t),
    execute: (_, { signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve({ result: {}, finish: 'reboot' }))),
  })
  await until(() => asked > 1)
  t.equal(finals(server.reports).length, 0)
  t.strictSame(agent.finishes, [])
  t.ok(agent.screen.includes('  Stopped: The server ended this run'))
})

await t.test('an action that takes longer than its timeout is stopped and reported as failed', async (t) => {
  const work = plan(['slow'])
  const server = await stubServer(t, {
    ...work,
    next: () => {
      const reply = work.next()
      return reply.kind === 'action' ? { ...reply, action: { ...reply.action, timeout: 1 } } : reply
    },
  })
  startAgent(t, {
    bases: [server.base],
    stateDir: tempDir(t),
    execute: (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  })
  await until(() => work.left.length === 0)
  t.match(finals(server.reports), [
    { state: 'FAILED', reason: { code: 'action-too-long', text: 'Action slow took longer than its 1 s' } },
  ])
})

await t.test('an action without a limit is not stopped', async (t) => {
  const work = plan(['endless'])
  const server = await stubServer(t, {
    ...work,
    next: () => {
      const reply = work.next()
      return reply.kind === 'action' ? { ...reply, action: { ...reply.action, timeout: 0 } } : reply
    },
  })
  startAgent(t, {
    bases: [server.base],
    stateDir: tempDir(t),
    execute: async (_, { signal }) => {
      await until(() => server.reports.length > 1)
      return { result: { stopped: signal.aborted } }
    },
  })
  await until(() => work.left.length === 0)
  t.match(finals(server.reports), [{ state: 'SUCCEEDED', result: { stopped: false } }])
})

await t.test('two thousand log lines arrive in order, five hundred a report', async (t) => {
  const work = plan(['one'])
  const server = await stubServer(t, work)
  startAgent(t, {
    bases: [server.base],
    stateDir: tempDir(t),
    execute: async (_, context) => {
      for (let line = 0; line < 2000; line += 1) context.log(`line ${line}`)
      return { result: {} }
    },
  })
  await until(() => work.left.length === 0)
  t.strictSame(
    server.reports.flatMap(({ log }) => log.map(({ text }) => text)),
    Array.from({ length: 2000 }, (_, line) => `line ${line}`),
  )
  t.match(finals(server.reports), [{ state: 'SUCCEEDED' }])
})
