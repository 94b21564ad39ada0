import { hash } from 'node:crypto'
import { Inventory } from '@eims/contracts'
import t from 'tap'
import {
  appended,
  decodeCustomization,
  decodeReports,
  encodeCustomization,
  encodeReport,
  type InstallReport,
  newestOf,
  PAGE,
  PRISTINE,
  REPORTS,
  RESERVED,
} from '../src/index.ts'

const custom = {
  ...PRISTINE,
  config: 'version: 1\n',
  configs: { 'till.yaml': 'version: 1\noperatingSystem: {}\n' },
  units: [{ serial: 'SN-0001', name: 'pos-1', profile: null, config: 'till.yaml' }],
}

await t.test('a reserved area, as its bytes', (t) => {
  const area = encodeCustomization(custom)
  const text =
    '{"format":1,"config":"version: 1\\n","configs":{"till.yaml":"version: 1\\noperatingSystem: {}\\n"},"units":[{"serial":"SN-0001","name":"pos-1","profile":null,"config":"till.yaml"}]}'
  t.equal(area.length, RESERVED.length)
  t.equal(area.toString('latin1', 0, 32), 'eims customization'.padEnd(32, '\0'))
  t.equal(area.readBigUInt64LE(32), BigInt(text.length))
  t.equal(area.toString('hex', 40, 72), hash('sha256', text))
  t.equal(area.toString('utf8', 128, 128 + text.length), text)
  t.strictSame(decodeCustomization(area), { customization: custom, digest: hash('sha256', text) })
  t.strictSame(decodeCustomization(Buffer.alloc(RESERVED.length)), { customization: PRISTINE, digest: null })
  t.end()
})

await t.test('a reserved area that is not whole says so, wherever a byte is another', (t) => {
  const area = encodeCustomization(custom)
  for (const at of [0, 32, 39, 40, 128, 200, RESERVED.length - 1]) {
    const spoilt = Buffer.from(area)
    spoilt[at]! ^= 0x80
    t.throws(() => decodeCustomization(spoilt), { message: /its customization is damaged/ }, `byte ${at}`)
  }
  const half = Buffer.from(area)
  half.fill(0, 150)
  t.throws(() => decodeCustomization(half), { message: /customize it again, or reset it/ })
  t.throws(() => encodeCustomization({ ...PRISTINE, config: 'x'.repeat(RESERVED.length) }), RangeError)
  t.end()
})

const report = (change: Partial<InstallReport> = {}): InstallReport => ({
  format: 1,
  runId: 'run-1',
  state: 'BEGUN',
  reason: null,
  at: '2026-11-29T12:00:00.000Z',
  seconds: 12.5,
  medium: 'ab'.repeat(32),
  customization: null,
  identity: { serial: 'SN-0001', macs: ['52:54:00:aa:00:01'] },
  inventory: null,
  name: 'pos-1',
  profile: 'pos',
  image: { name: 'debian-13', manifestSha256: 'cd'.repeat(32) },
  disk: null,
  steps: [],
  ...change,
})

/** An area to which reports were appended one after the other. */
function areaWith(...reports: InstallReport[]): Buffer {
  const area = Buffer.alloc(REPORTS.length)
  for (const each of reports) {
    const place = appended(area, each)!
    place.bytes.copy(area, place.offset - REPORTS.offset)
  }
  return area
}

await t.test('reports are appended, each on pages of its own, and read in that order', (t) => {
  const second = report({ state: 'INSTALLED', seconds: 300 })
  const other = report({ runId: 'run-2', state: 'FAILED', reason: 'No disk was found.' })
  const area = areaWith(report(), second, other)
  t.strictSame(decodeReports(area), { reports: [report(), second, other], end: 3 * PAGE, spoilt: [] })
  t.strictSame(newestOf(decodeReports(area).reports), [second, other])
  t.equal(area.toString('latin1', 0, 16), 'eims report'.padEnd(16, '\0'))
  t.end()
})

await t.test('a machine that started again and came to no disk is still installed', (t) => {
  const disk = { path: '/dev/sda', serial: null, size: 8e9 }
  const installed = report({ state: 'INSTALLED', disk })
  const refused = report({ state: 'FAILED', reason: 'not blank' })
  t.strictSame(newestOf([report(), installed, report(), refused]), [installed, refused])
  const anew = report({ state: 'INSTALLED', disk, seconds: 200 })
  t.strictSame(newestOf([report(), installed, report(), refused, report(), anew]), [anew])
  t.strictSame(newestOf([report(), refused]), [refused])
  t.end()
})

await t.test(
  'a cut at any sector of a report loses none of those before it, and the next one is appended behind',
  (t) => {
    const first = report()
    const long = report({
      state: 'INSTALLED',
      steps: Array.from({ length: 120 }, (_, at) => ({
        name: `step ${at}`.padEnd(150, '.'),
        state: 'SUCCEEDED',
        seconds: 1,
      })),
    })
    const area = areaWith(first)
    const place = appended(area, long)!
    const sectors = place.bytes.length / 512
    t.ok(sectors > 8, 'it has several pages')
    // a stick writes the sectors in any order: any one missing, the first so many, the last so many
    for (let cut = 0; cut < sectors; cut++)
      for (const keep of [(at: number) => at !== cut, (at: number) => at < cut, (at: number) => at > cut]) {
        const torn = Buffer.from(area)
        for (let at = 0; at < sectors; at++)
          if (keep(at)) place.bytes.copy(torn, place.offset - REPORTS.offset + at * 512, at * 512, (at + 1) * 512)
        const read = decodeReports(torn)
        const whole = read.reports.length === 2
        t.strictSame(read.reports, whole ? [first, long] : [first], `sector ${cut}`)
        const next = appended(torn, report({ runId: 'run-3' }))!
        next.bytes.copy(torn, next.offset - REPORTS.offset)
        t.strictSame(
          decodeReports(torn).reports.map(({ runId, state }) => `${runId} ${state}`),
          ['run-1 BEGUN', ...(whole ? ['run-1 INSTALLED'] : []), 'run-3 BEGUN'],
        )
      }
    t.end()
  },
)

await t.test('a full area takes no report, and what does not fit into one is left out of it', (t) => {
  const full = Buffer.alloc(REPORTS.length, 1)
  t.equal(appended(full, report()), null)
  t.strictSame(decodeReports(full), {
    reports: [],
    end: REPORTS.length,
    spoilt: Array.from({ length: REPORTS.length / PAGE }, (_, page) => page),
  })
  const disk = {
    path: '/dev/sda',
    size: 1,
    sectorSize: 512,
    model: 'm'.repeat(250),
    serial: 's'.repeat(120),
    wwn: null,
    rotation: 'ssd' as const,
    transport: 'ata' as const,
    removable: false,
    readOnly: false,
    content: { blank: true, found: null },
  }
  const inventory = {
    architecture: 'x86_64' as const,
    firmware: 'uefi' as const,
    secureBoot: null,
    cpuModel: null,
    cpuCount: 1,
    memory: 1,
    biosVendor: '',
    biosVersion: '',
    disks: Array.from({ length: 256 }, () => disk),
    nics: [],
    missingFirmware: [],
  }
  const bytes = encodeReport(report({ inventory: Inventory.parse(inventory) }))
  t.equal(bytes.length, PAGE)
  t.match(decodeReports(Buffer.concat([bytes, Buffer.alloc(REPORTS.length - bytes.length)])), {
    reports: [{ inventory: null }],
  })
  t.end()
})

await t.test(
  'a report that says what cannot be is none: a length beyond the area, another digest, other fields',
  (t) => {
    const bytes = encodeReport(report())
    const lies: [string, (page: Buffer) => void][] = [
      ['length', (page) => page.writeUInt32LE(0xffffffff, 16)],
      ['digest', (page) => page.writeUInt8(page[40]! ^ 1, 40)],
      [
        'fields',
        (page) => {
          const text = Buffer.from('{"format":2}')
          text.copy(page, 64)
          page.writeUInt32LE(text.length, 16)
          page.write(hash('sha256', text), 32, 'hex')
        },
      ],
    ]
    for (const [name, lie] of lies) {
      const area = Buffer.alloc(REPORTS.length)
      bytes.copy(area)
      lie(area)
      bytes.copy(area, PAGE)
      t.strictSame(decodeReports(area), { reports: [report()], end: 2 * PAGE, spoilt: [0] }, name)
    }
    t.end()
  },
)
