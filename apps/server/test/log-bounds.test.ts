import { LOG_LIMITS } from '@eims/registry'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { addDefaultProfile, openSite } from './support/site.ts'

// Promise: an agent that talks without end fills no disk; what it said first and last can be read, and what is missing.

const { fresh } = await startDatabases(t)

await t.test('an attempt that says more than is kept', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const agent = await bootAgent(site.open, { serial: 'SN-1', mac: '52:54:00:aa:00:01' })
  const action = await agent.action()
  let said = 0
  let seq = 0
  const say = (lines: number, text = '', more: object = { state: 'RUNNING' }) =>
    agent.end(action, {
      seq: ++seq,
      log: Array.from({ length: lines }, () => {
        const head = `line ${said++} `
        return { at: new Date().toISOString(), stream: 'stdout', text: head + text.slice(head.length) }
      }),
      ...more,
    })
  await say(500, 'x'.repeat(4096))
  t.equal(await site.db.log.count(), 500, 'a report as large as any')
  for (let report = 0; report < 4; report++) await say(500, 'x'.repeat(4096))
  for (let report = 0; report < 300; report++) await say(20, 'y'.repeat(800))
  await say(300, 'z'.repeat(50), { state: 'FAILED', message: 'broken' })

  const { items } = await site.api('nodeLogs', { params: { id: 'SN-1' }, query: { pageSize: 1000 } })
  const all = await site.db.log.findMany({ orderBy: { id: 'asc' } })
  const kept = all.length - 1
  const gap = all.findIndex(({ dropped }) => dropped !== null)
  t.match(items[0], { text: /^line 0 / })
  t.match(items[gap], {
    stream: 'agent',
    text: `[${said - kept} lines were dropped here: this attempt said more than is kept]`,
  })
  t.match(all[gap - 1]?.text, new RegExp(`^line ${gap - 1} `), 'the first ones without a hole')
  t.strictSame(
    all.slice(-300).map(({ text }) => text.split(' ')[1]),
    Array.from({ length: 300 }, (_, index) => String(said - 300 + index)),
    'its last report whole',
  )
  const [{ bytes }] = await site.db.$queryRaw<
    [{ bytes: number }]
  >`select sum(octet_length(text) + 200)::int as bytes from log`
  t.ok(bytes <= LOG_LIMITS.head + 2 * LOG_LIMITS.tail, `${bytes} bytes`)
  const attempt = await site.db.attempt.findFirstOrThrow()
  t.ok(Math.abs(attempt.logBytes - bytes) < LOG_LIMITS.report + 5000, `${attempt.logBytes} on record`)
})
