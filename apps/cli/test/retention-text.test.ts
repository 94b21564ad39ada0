import { RETENTION, type Stored } from '@eims/contracts'
import t from 'tap'
import { judgeStored } from '../src/doctor/retention.ts'
import { retentionRules, retentionText } from '../src/retention-text.ts'
import { renderCounters } from '../src/verbs/counters.ts'

const at = '2026-11-20T10:00:00.000Z'
const now = Date.parse(at) + 60_000
const kind = (bytes: number) => ({ rows: 10, bytes, fileBytes: 2 * bytes, limit: { bytes: 1e9, days: 30 } })
const stored = (more: Partial<Stored> = {}, events = 1e8): Stored => ({
  measuredAt: at,
  sweptAt: at,
  kinds: { events: kind(events), logs: kind(2e8), audit: kind(1e6), runs: kind(3e6) },
  unregistered: { count: 3, limit: 5000 },
  dropped: { logLines: 12, events: 0 },
  ...more,
})
const server = { id: 's', name: 'bench', startedAt: '2026-11-19T10:00:00.000Z' }
const judged = (...args: Parameters<typeof stored>) =>
  judgeStored({ server, stored: stored(...args) }, now).map(({ result, says }) => `${result}: ${says}`)

void t.test('bounds on the command line', (t) => {
  t.strictSame(retentionRules(['logs=30d', 'logs=2GB', 'audit=50MB']), {
    logs: { days: 30, megabytes: 2000 },
    audit: { megabytes: 50 },
  })
  for (const wrong of ['logs', 'logs=30', 'images=30d', 'logs=-1d', 'logs=1.5GB'])
    t.throws(() => retentionRules([wrong]), { message: /logs=30d/ }, wrong)
  t.match(retentionText(RETENTION), /^events 365 days and 1 GB; logs 180 days and 1 GB; /)
  t.end()
})

void t.test('what doctor says of the registry', (t) => {
  t.strictSame(judgeStored(null, now), [])
  t.strictSame(judged(), [
    'ok: It holds events 100 MB, logs 200 MB, audit 1 MB, runs 3 MB, and 3 machines that nobody registered. Dropped so far: 12 log lines of attempts that said more than is kept.',
  ])
  t.match(judged({}, 9e8), ['warn: events take 900 MB of 1 GB; beyond that the oldest are dropped.'])
  t.match(judged({}, 2e9), [/^warn: events take 2 GB, 1 GB are the bound/])
  t.match(judged({ unregistered: { count: 4500, limit: 5000 } }), [/^warn: There are 4500 machines/])
  t.match(judged({ sweptAt: '2026-11-20T09:00:00.000Z' }), [/^warn: What is too old was last dropped/])
  t.match(judged({ sweptAt: null }), [/^warn: What is too old was last dropped at no time/])
  const fresh = { server: { ...server, startedAt: at }, stored: stored({ sweptAt: '2026-11-01T09:00:00.000Z' }) }
  t.match(judgeStored(fresh, now), [{ result: 'ok' }], 'it has just started')
  t.end()
})

void t.test('counters show it', (t) => {
  t.match(renderCounters({ server, interfaces: [], stored: stored() }), /^events +10 +100 MB +1 GB +30 days +200 MB$/m)
  t.match(renderCounters({ server, interfaces: [], stored: stored() }), /^dropped: 12 log lines/m)
  t.notMatch(renderCounters({ server, interfaces: [], stored: null }), /REGISTRY/)
  t.end()
})
