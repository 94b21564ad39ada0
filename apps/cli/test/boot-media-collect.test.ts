import { type Client, ProblemError, UnitInput } from '@eims/contracts'
import { encodeReport, type InstallReport, PAGE, REPORTS } from '@eims/medium'
import t from 'tap'
import { reportsOf, tellServer } from '../src/boot-media/collect.ts'

// What a machine left on a medium is told to a server by itself, and what is wrong is named.

const MEDIUM = 'ab'.repeat(32)
const report = (serial: string, more: Partial<InstallReport> = {}): InstallReport => ({
  format: 1,
  runId: `run-${serial}`,
  state: 'INSTALLED',
  reason: null,
  at: '2026-11-29T12:05:00.000Z',
  seconds: 300,
  medium: MEDIUM,
  customization: null,
  identity: { serial, macs: [] },
  inventory: null,
  name: serial.toLowerCase(),
  profile: 'pos',
  image: { name: 'debian-13', manifestSha256: 'cd'.repeat(32) },
  disk: null,
  steps: [],
  ...more,
})

/** An area with one report a page, and a page of nonsense where there is none. */
function areaOf(...reports: (InstallReport | null)[]): Buffer {
  const area = Buffer.alloc(REPORTS.length)
  for (const [page, each] of reports.entries())
    if (each) encodeReport(each).copy(area, page * PAGE)
    else area.fill(1, page * PAGE, (page + 1) * PAGE)
  return area
}

await t.test('the newest report of each; damaged pages, another medium’s and nobody’s are named', async (t) => {
  const { found, skipped } = reportsOf(
    areaOf(
      report('SN-1', { state: 'BEGUN' }),
      null,
      null,
      report('SN-1'),
      report('SN-2', { medium: 'ee'.repeat(32) }),
      null,
      report('SN-3', { identity: { macs: [] }, name: 'nobody' }),
      report('SN-4', { begunAt: '2026-11-29T12:00:00.000Z', agent: '1.2', config: 'cd'.repeat(32) }),
    ),
    MEDIUM,
  )
  t.match(found, [
    { body: { serial: 'SN-1', installation: { state: 'INSTALLED', begunAt: null, agent: null, config: null } } },
    {
      body: {
        serial: 'SN-4',
        installation: { begunAt: '2026-11-29T12:00:00.000Z', agent: '1.2', instanceId: 'run-SN-4' },
      },
    },
  ])
  t.equal(found.length, 2)
  t.strictSame(
    skipped.map(({ what }) => what),
    ['pages 1 to 2 of the reports', 'page 5 of the reports', 'the report of sn-2 (SN-2)', 'the report of nobody'],
  )
  t.strictSame(reportsOf(Buffer.alloc(REPORTS.length), MEDIUM), { found: [], skipped: [] })
  t.equal(reportsOf(Buffer.alloc(REPORTS.length, 1), MEDIUM).skipped.length, 1, 'nonsense throughout is told of once')
})

await t.test('a unit that is refused keeps none of the others; what goes for all ends it', async (t) => {
  const { found } = reportsOf(areaOf(report('SN-1'), report('SN-2'), report('SN-3')), MEDIUM)
  const shown: string[] = []
  const progress = { show: (_: string, __: number, text?: string) => void shown.push(text ?? ''), end: () => {} }
  const tell = (refuse: (serial: string | undefined) => ProblemError | null) => {
    const client = async (_: string, { body }: { body: UnitInput }) => {
      const { serial, dryRun } = UnitInput.parse(body)
      const problem = refuse(serial)
      if (problem) throw problem
      return { node: null, result: 'new', dryRun, image: null, digest: 'unknown' }
    }
    return tellServer(client as unknown as Client, found, { dryRun: true, batch: 'hall' }, progress as never)
  }
  const units = await tell((serial) => (serial === 'SN-2' ? new ProblemError('identity-conflict', 'two nodes') : null))
  t.strictSame(
    units.map(({ name, result, why }) => `${name} ${result} ${why}`),
    ['sn-1 new null', 'sn-2 refused two nodes', 'sn-3 new null'],
  )
  t.strictSame(shown, ['0 of 3', '1 of 3', '2 of 3'])
  const noBatch = new ProblemError('invalid-input', 'no batch hall', [{ path: 'body.batch', message: 'is none' }])
  await t.rejects(
    tell(() => noBatch),
    { message: 'no batch hall' },
  )
  await t.rejects(
    tell(() => new ProblemError('forbidden', 'not with this key')),
    { code: 'forbidden' },
  )
})
