import t from 'tap'
import { ATTEMPT_LIMITS, FailedAttempts, networkOf } from '../src/http/attempts.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

void t.test('wrong keys of one address cost more and more, then are refused, and are forgotten', (t) => {
  const attempts = new FailedAttempts()
  const delays = Array.from({ length: 22 }, (_, i) => {
    const penalty = attempts.note('192.0.2.1', i * 1000)
    attempts.waited('192.0.2.1')
    return penalty.kind === 'delay' ? penalty.milliseconds : 'refused'
  })
  t.strictSame(delays, [0, 0, 0, 250, 500, 1000, 2000, ...Array(13).fill(4000), 'refused', 'refused'])
  t.match(attempts.note('192.0.2.1', 300_000), { kind: 'refuse', retryAfterSeconds: 300 })
  t.match(attempts.note('192.0.2.2', 300_000), { kind: 'delay', milliseconds: 0 }, 'another address')
  t.match(attempts.note('192.0.2.1', 600_001), { kind: 'delay', milliseconds: 0 }, 'later')
  t.end()
})

void t.test('what waits is bounded, and what is remembered', (t) => {
  const attempts = new FailedAttempts({ ...ATTEMPT_LIMITS, waiting: 2, addresses: 3 })
  t.match(attempts.note('192.0.2.1', 0), { kind: 'delay' })
  t.match(attempts.note('192.0.2.1', 0), { kind: 'delay' })
  t.match(attempts.note('192.0.2.1', 0), { kind: 'refuse', retryAfterSeconds: 4 })
  attempts.waited('192.0.2.1')
  t.match(attempts.note('192.0.2.1', 0), { kind: 'delay' })
  for (let i = 0; i < 100; i++) attempts.note(`198.51.100.${i}`, i)
  t.equal(attempts.size, 3)
  t.end()
})

void t.test('whose address it is', (t) => {
  const table: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:1:aaaa::1', '2001:db8:0:1'],
    ['2001:DB8::1:2:3:4:5', '2001:db8:0:1'],
    ['2001:db8:0:1::7', '2001:db8:0:1'],
    ['2001:db8:0:2::7', '2001:db8:0:2'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
  ]
  for (const [address, network] of table) t.equal(networkOf(address), network, address)
  t.end()
})

await t.test(
  'a wrong key is slowed down and refused; a right one from the same address, and none at all, are not',
  async (t) => {
    const attempts = { ...ATTEMPT_LIMITS, free: 1, firstDelay: 100, longestDelay: 200, refused: 4, forgotten: 60_000 }
    const site = await openSite(t, await fresh(t), 'server-1', { attempts })
    const ask = async (key?: string) => {
      const began = performance.now()
      const headers: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {}
      const response = await fetch(`${site.admin}/api/v1/site`, { headers })
      const { code } = (await response.json()) as { code?: string }
      return {
        status: response.status,
        code,
        retryAfter: response.headers.get('retry-after'),
        took: performance.now() - began,
      }
    }
    for (let i = 0; i < 10; i++) t.match(await ask(), { status: 401 })
    const wrong = []
    for (let i = 0; i < 6; i++) wrong.push(await ask(`eims_${i}`))
    t.strictSame(
      wrong.map(({ status }) => status),
      [401, 401, 401, 401, 429, 429],
    )
    t.ok(wrong[1]!.took >= 95 && wrong[2]!.took >= 195 && wrong[3]!.took >= 195)
    t.match(wrong[4], { code: 'too-many-attempts', retryAfter: '60' })
    t.match(await ask(site.keys.viewer), { status: 200 })
    t.match(await ask(), { status: 401, code: 'unauthenticated' })
    t.match(await ask('eims_x'), { status: 429 })
  },
)
