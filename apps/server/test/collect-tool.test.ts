import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { InstallReport } from '@eims/medium'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { leaveReports, makeMedium } from './support/medium.ts'
import { addProfile, DIGEST, openSite, rowCounts } from './support/site.ts'

// One promise: the tool takes what machines left on a stick into the registry, each by itself, and only reads the stick.

const { fresh } = await startDatabases(t)
const cli = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url))
const site = await openSite(t, await fresh(t))
await addProfile(site.db, 'debian')
const stick = join(t.testdir(), 'stick.img')
const medium = makeMedium(stick)

const eims = (...argv: string[]) =>
  new Promise<{ code: number | null; out: string; said: string }>((done) => {
    const env = { ...process.env, EIMS_SERVER: site.admin, EIMS_KEY: site.keys.operator }
    const child = spawn(process.execPath, [cli, 'boot-media', 'collect', stick, ...argv], { env })
    let out = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.on('close', (code) => done({ code, out, said }))
  })

const report = (number: number, more: Partial<InstallReport> = {}): InstallReport => ({
  format: 1,
  runId: `run-${number}`,
  state: 'INSTALLED',
  reason: null,
  at: '2026-11-29T12:05:00.000Z',
  seconds: 300,
  begunAt: '2026-11-29T12:00:00.000Z',
  agent: '0.1.0',
  medium: medium.id,
  customization: null,
  identity: { serial: `SN-${number}`, macs: [`52:54:00:00:00:0${number}`] },
  inventory: null,
  name: `pos-${number}`,
  profile: 'debian',
  config: null,
  image: { name: 'debian-image', manifestSha256: DIGEST },
  disk: { path: '/dev/sda', serial: null, size: 10 ** 9 },
  steps: [],
  ...more,
})
const begun: Partial<InstallReport> = { state: 'BEGUN', disk: null, at: '2026-11-29T12:00:01.000Z' }
const { begunAt: _, agent: __, config: ___, ...ofEarlierAgent } = report(5)
const [, , , , , damagedAt] = leaveReports(
  medium,
  report(1, begun),
  report(1),
  report(2, begun),
  report(2, { state: 'FAILED', reason: 'No disk fits.', disk: null }),
  report(3, begun),
  report(4),
  ofEarlierAgent,
  report(6, { medium: 'ee'.repeat(32) }),
  report(7),
)
medium.bytes[damagedAt! + 100]! ^= 1
writeFileSync(stick, medium.bytes)
// of two nodes it could be either
await site.api('addNode', { body: { name: 'by-serial', serial: 'SN-7' } })
await site.api('addNode', { body: { name: 'by-mac', macs: ['52:54:00:00:00:07'] } })

await t.test('a dry run tells, and registers nothing', async (t) => {
  const before = await rowCounts(site)
  const { code, out, said } = await eims('--dry-run')
  t.equal(code, 1, said)
  t.match(out, /pos-1 +SN-1 +installed, not yet seen running +would be registered/)
  t.match(out, /4 of 5 would be taken in/)
  t.strictSame(await rowCounts(site), before)
})

await t.test(
  'each machine by itself: a conflict, a damaged and a foreign report keep none of the others',
  async (t) => {
    const { code, out, said } = await eims('--json')
    t.equal(code, 1)
    t.match(said, /1 of 5 machines were not taken in/)
    const reply = JSON.parse(out)
    t.strictSame(
      reply.units.map((unit: Record<string, string>) => `${unit.name} ${unit.state} ${unit.result}`),
      ['pos-1 INSTALLED new', 'pos-2 FAILED new', 'pos-3 BEGUN new', 'pos-5 INSTALLED new', 'pos-7 INSTALLED refused'],
    )
    t.match(reply.units.at(-1).why, /by-serial.*by-mac|by-mac.*by-serial/)
    t.strictSame(
      reply.skipped.map(({ what }: { what: string }) => what),
      ['page 5 of the reports', 'the report of pos-6 (SN-6)'],
    )
    t.strictSame(
      (await site.api('listNodes', {})).items.map(({ name, instance }) => `${name} ${instance?.state ?? '-'}`),
      ['by-serial -', 'by-mac -', 'pos-1 PROVISIONED', 'pos-2 FAILED', 'pos-3 FAILED', 'pos-5 PROVISIONED'],
    )
    t.match(await site.api('getNode', { params: { id: 'pos-1' } }), {
      medium: { agent: '0.1.0', medium: medium.id, disk: { path: '/dev/sda' } },
    })
  },
)

await t.test('once the conflict is gone the rest comes in, and again nothing is changed', async (t) => {
  await site.api('deleteNode', { params: { id: 'by-mac' } })
  await site.api('addBatch', { body: { name: 'hall' } })
  const { code, out, said } = await eims('--batch', 'hall')
  t.equal(code, 0, said)
  t.match(out, /by-serial +SN-7 .*noted of a node that was there\n/)
  t.match(out, /skipped: page 5 of the reports has 4096 bytes that are no report/)
  t.match(out, /skipped: the report of pos-6 \(SN-6\) is of another medium/)
  t.match(out, /1 of 5 taken in/)
  t.match(await site.api('getNode', { params: { id: 'by-serial' } }), {
    batch: 'hall',
    instance: { state: 'PROVISIONED' },
  })
  const before = await rowCounts(site)
  const again = await eims()
  t.equal(again.code, 0, again.said)
  t.match(again.out, /nothing was changed/)
  t.strictSame(await rowCounts(site), before)
  t.ok(readFileSync(stick).equals(medium.bytes), 'the stick is as it was')
})
