import type { AuditRecord } from '@eims/contracts'
import t from 'tap'
import { bench, node, ok, pageOf } from './support/bench.ts'

const record = (more: Partial<AuditRecord>): AuditRecord => ({
  id: '1',
  at: '2026-11-20T10:00:00.000Z',
  actor: 'ann',
  action: 'node.patch',
  subject: 'id-pos-1',
  subjectName: 'pos-1',
  reason: null,
  before: { name: 'old-1' },
  after: { name: 'pos-1' },
  ...more,
})
const records = [
  record({}),
  record({ action: 'node.import', subject: 'import-1', subjectName: null, before: null, after: {} }),
  record({
    action: 'node.import',
    subject: 'import-2',
    subjectName: 'lot-7.csv',
    before: null,
    after: { counts: { rows: 3, created: 2, updated: 1, failed: 0 } },
  }),
]

await t.test('audit list says what a thing was called, and the id of what has no name', async (t) => {
  const { asked, eims } = await bench(t, () => pageOf(records))
  const [, ...lines] = (await eims('audit', 'list')).trimEnd().split('\n')
  t.match(lines, [
    /ann +node\.patch +pos-1 +name old-1 → pos-1 +-$/,
    /ann +node\.import +import-1 +- +-$/,
    /ann +node\.import +lot-7\.csv +3 rows, 2 created, 1 updated +-$/,
  ])
  t.strictSame(asked, [['GET /api/v1/audit?pageSize=50', null]], 'in one request')
  t.strictSame(JSON.parse(await eims('audit', 'list', '--json')), records)
})

await t.test('audit list --node asks by the id of whatever names the machine', async (t) => {
  const { asked, eims } = await bench(t, (line) =>
    line.includes('/nodes/')
      ? ok({
          ...node('pos-1'),
          inventory: null,
          medium: null,
          claimedMac: null,
          config: null,
          hardware: null,
          warnings: [],
        })
      : pageOf(records),
  )
  await eims('audit', 'list', '--node', 'SN-pos-1')
  await eims('audit', 'list', '--node', 'pos-1', '--filter', 'actor = ann OR actor = bob', '--limit', '5')
  t.strictSame(
    asked.map(([line]) => line.replaceAll('+', ' ')),
    [
      'GET /api/v1/nodes/SN-pos-1',
      'GET /api/v1/audit?pageSize=50&filter=subject = "id-pos-1"',
      'GET /api/v1/nodes/pos-1',
      'GET /api/v1/audit?pageSize=5&filter=(actor = ann OR actor = bob) AND subject = "id-pos-1"',
    ],
  )
})
