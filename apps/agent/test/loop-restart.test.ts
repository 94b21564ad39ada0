import { type NextReply, ProblemError, type ReportRequest } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { action, session, startAgent } from './support/agent.ts'
import { tempDir } from './support/context.ts'
import { stubServer } from './support/stub-server.ts'

const lease = { cancelled: false, leaseSeconds: 30 }
const wait: NextReply = { kind: 'wait', reason: { code: 'not-asked-for', slots: {}, text: 'done' }, retrySeconds: 0 }

await t.test('an agent that was killed goes on: same session, same attempt, higher report numbers', async (t) => {
  const stateDir = tempDir(t)
  let over = false
  const server = await stubServer(t, {
    onboard: () => session,
    next: () => (over ? wait : action('one')),
    report: (report) => {
      over ||= report.state !== 'RUNNING'
      return lease
    },
  })
  const first = startAgent(t, { bases: [server.base], stateDir, execute: () => new Promise(() => {}) })
  await until(() => server.reports.length > 0)
  first.stop()
  const before = Math.max(...server.reports.map(({ seq }) => seq))
  const count = server.reports.length
  startAgent(t, { bases: [server.base], stateDir, execute: async () => ({ result: {} }) })
  await until(() => over)
  t.ok(Math.min(...server.reports.slice(count).map(({ seq }) => seq)) > before)
  t.equal(server.onboards.length, 1)
})

await t.test(
  'an end that nobody had accepted when the agent was killed is reported again, and not done again',
  async (t) => {
    const stateDir = tempDir(t)
    let away = true
    let over = false
    const ends: ReportRequest[] = []
    const server = await stubServer(t, {
      onboard: () => session,
      next: () => (over ? wait : action('one')),
      report: (report) => {
        if (report.state === 'RUNNING') return lease
        ends.push(report)
        if (away) throw new ProblemError('database-down', 'The database does not answer')
        over = true
        return lease
      },
    })
    let executed = 0
    const execute = async () => {
      executed += 1
      return { result: { disk: '/dev/sda' }, finish: 'kexec' as const }
    }
    const first = startAgent(t, { bases: [server.base], stateDir, execute })
    await until(() => ends.length > 0)
    first.stop()
    t.strictSame(first.finishes, [], 'nothing is done before the report was accepted')
    away = false
    const second = startAgent(t, { bases: [server.base], stateDir, execute })
    await until(() => second.finishes.length > 0)
    t.equal(executed, 1)
    t.strictSame(second.finishes, ['kexec'])
    t.strictSame(ends.at(-1), ends[0], 'it is the same report')
    t.ok(
      second.screen.some((line) => line.includes('##  ##')),
      'a large OK',
    )
  },
)

await t.test('a machine that started again counts on from what the server has heard', async (t) => {
  let over = false
  const server = await stubServer(t, {
    onboard: () => session,
    next: () => (over ? wait : action('one', { lastSeq: 41 })),
    report: (report) => {
      over ||= report.state !== 'RUNNING'
      return lease
    },
  })
  startAgent(t, { bases: [server.base], stateDir: tempDir(t), execute: async () => ({ result: {} }) })
  await until(() => over)
  t.equal(server.reports[0]!.seq, 42)
})

await t.test('an end that is stale by then is dropped, and the machine stays on', async (t) => {
  const stateDir = tempDir(t)
  let away = true
  let asked = 0
  const server = await stubServer(t, {
    onboard: () => session,
    next: () => (++asked === 1 ? action('one') : wait),
    report: (report) => {
      if (report.state === 'RUNNING') return lease
      if (away) throw new ProblemError('database-down', 'The database does not answer')
      throw new ProblemError('stale-report', 'Attempt 1 is over')
    },
  })
  const execute = async () => ({ result: {}, finish: 'reboot' as const })
  const first = startAgent(t, { bases: [server.base], stateDir, execute })
  await until(() => server.reports.some(({ state }) => state === 'SUCCEEDED'))
  first.stop()
  away = false
  const second = startAgent(t, { bases: [server.base], stateDir, execute })
  await until(() => asked > 1)
  t.strictSame(second.finishes, [])
})
