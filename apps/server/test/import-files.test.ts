import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cellText, csvLine, guardedCell } from '@eims/contracts'
import t from 'tap'
import { pairsText, readPairs } from '../src/imports/cell-text.ts'
import { diskText, readDisk } from '../src/imports/disk-cell.ts'
import { EncodingWatch } from '../src/imports/encoding.ts'
import { readHeader } from '../src/imports/header.ts'
import { readMacs } from '../src/imports/mac-cell.ts'
import { BrokenCsv, describeCsv, readRecords } from '../src/imports/records.ts'
import { separatorOf } from '../src/imports/separator.ts'

const folder = mkdtempSync(join(tmpdir(), 'eims-csv-'))
t.teardown(() => rmSync(folder, { recursive: true }))

/** The rows of a file with these bytes: its cells behind the line where each begins. */
async function rowsOf(bytes: Buffer): Promise<[number, ...string[]][]> {
  const path = join(folder, 'file.csv')
  writeFileSync(path, bytes)
  const watch = new EncodingWatch()
  const step = Math.ceil(bytes.length / 1000)
  for (let at = 0; at < bytes.length; at += step) watch.add(bytes.subarray(at, at + step))
  const rows: [number, ...string[]][] = []
  for await (const { line, cells } of readRecords(await describeCsv(path, watch.end(), () => false)))
    rows.push([line, ...cells])
  return rows
}

await t.test('the same rows out of every form in which people save them', async (t) => {
  const wanted = [
    [1, 'Serial', 'Name', 'Metadata'],
    [2, 'ÄB-1', 'one', 'note=a "b", c'],
    [3, 'X 2', '', 'a\nb'],
    [5, ''],
    [6, 'Y', 'two', ''],
  ]
  const comma = 'Serial,Name,Metadata\nÄB-1,one,"note=a ""b"", c"\n"X 2",,"a\nb"\n\nY,two,\n'
  const forms: Record<string, Buffer> = {
    plain: Buffer.from(comma),
    'with a byte order mark': Buffer.from(`\uFEFF${comma}`),
    'CR LF': Buffer.from(comma.replaceAll('\n', '\r\n')),
    'old Macintosh': Buffer.from(comma.replaceAll('\n', '\r')),
    'Windows-1252': Buffer.from(comma, 'latin1'),
    'UTF-16, as a spreadsheet’s “Unicode text”': Buffer.from(`\uFEFF${comma}`, 'utf16le'),
    'no line end at the end': Buffer.from(comma.trimEnd()),
  }
  for (const [name, bytes] of Object.entries(forms)) t.same(await rowsOf(bytes), wanted, name)
  const semicolons = 'Serial;Name;Metadata\nÄB-1;one;"note=a ""b"", c"\n"X 2";;"a\nb"\n\nY;two;\n'
  t.same(await rowsOf(Buffer.from(semicolons)), wanted, 'semicolons')
  t.same(await rowsOf(Buffer.from(semicolons.replaceAll(';', '\t'))), wanted, 'tabs')
  const said = await rowsOf(Buffer.from(`sep=;\r\n${semicolons}`))
  t.same(
    said.map(([, ...cells]) => cells),
    wanted.map(([, ...cells]) => cells),
    'sep=;',
  )
  t.same(said[0]![0], 2, 'the header is on line 2 then')
})

await t.test(
  'a quote in the middle of a cell is a quote; one that is never closed ends what can be trusted',
  async (t) => {
    t.same(await rowsOf(Buffer.from('Product,MAC\n24" panel,x\n')), [
      [1, 'Product', 'MAC'],
      [2, '24" panel', 'x'],
    ])
    const rows: unknown[] = []
    writeFileSync(join(folder, 'open.csv'), 'Serial\nA\n"B\nC\n')
    const file = await describeCsv(join(folder, 'open.csv'), { encoding: 'utf-8', mark: false }, () => false)
    const reading = async () => {
      for await (const row of readRecords(file)) rows.push(row)
    }
    await t.rejects(
      reading(),
      new BrokenCsv(
        3,
        'opens a double quote that is never closed; close it, or write it twice where it belongs to the text',
      ),
    )
    t.same(rows, [
      { line: 1, cells: ['Serial'] },
      { line: 2, cells: ['A'] },
    ])
  },
)

await t.test('a byte that no UTF-8 has, far behind the start, makes the whole file Windows-1252', async (t) => {
  const bytes = Buffer.concat([Buffer.from(`Serial\n${'A\n'.repeat(200_000)}`), Buffer.from([0xe4, 0x0a])])
  t.same((await rowsOf(bytes)).at(-1), [200_002, 'ä'])
})

await t.test('columns by name, in any order and case, as EIM, orch-cli and vendors call them', (t) => {
  const places = (line: string) => {
    const { header, problems } = readHeader(line.split(','))
    return { ...Object.fromEntries(header.places), error: header.error, unknown: header.unknown, problems }
  }
  const eim = 'Serial,UUID,OSProfile,Site,Secure,RemoteUser,Metadata,Error - do not fill'
  t.same(places(eim), {
    Serial: [0],
    UUID: [1],
    OSProfile: [2],
    Site: [3],
    Secure: [4],
    RemoteUser: [5],
    Metadata: [6],
    error: 7,
    unknown: [],
    problems: [],
  })
  const wide =
    'Serial,UUID,OSProfile,Site,Secure,RemoteUser,Metadata,LVMSize,CloudInitMeta,K8sEnable,K8sClusterTemplate,K8sConfig,Error - do not fill'
  t.same(
    [...readHeader(wide.split(',')).header.metadata.values()],
    ['LVMSize', 'CloudInitMeta', 'K8sEnable', 'K8sClusterTemplate', 'K8sConfig'],
  )
  t.match(places('mac address 2,MODEL,Vendor,host-name,Serial No.,MAC1,colour'), {
    MAC: [0, 5],
    Product: [1],
    Manufacturer: [2],
    Name: [3],
    Serial: [4],
    unknown: ['colour'],
  })
  t.match(places('serial,S/N').problems, [{ column: 'S/N', code: 'duplicate-column' }])
  t.match(places('name,profile').problems, [{ code: 'no-identifier-column', message: /neither a serial/ }])
  t.match(places('ABC123,52:54:00:00:00:01').problems, [
    { code: 'no-identifier-column', message: /must name the columns/ },
  ])
  t.end()
})

await t.test('cells as spreadsheets leave them', (t) => {
  t.equal(cellText(' ="00123" '), '00123')
  t.equal(cellText('\u00a0A\u00a0B '), 'A\u00a0B')
  t.equal(cellText("'=1+1"), '=1+1')
  t.equal(cellText("'quoted"), "'quoted")
  for (const text of ['=1+1', '-5', '@x', '+1', "'=1", 'plain', ''])
    t.equal(cellText(guardedCell(text)), text, `${text} comes back`)
  t.equal(guardedCell('=cmd|x'), "'=cmd|x")
  t.equal(csvLine(['a', 'b,c', 'd"e', ' f', 'g\nh'], ','), 'a,"b,c","d""e"," f","g\nh"')
  t.same(readMacs('52:54:00:00:00:01; 5254.0000.0002\n52-54-00-00-00-03'), [
    '52:54:00:00:00:01',
    '5254.0000.0002',
    '52-54-00-00-00-03',
  ])
  t.end()
})

await t.test('metadata and disk rules come back as they went', (t) => {
  const metadata = { a: 'x=y', b: '1&2', c: '50%', d: '%26', e: '' }
  t.same(Object.fromEntries(readPairs(pairsText(metadata))!), metadata)
  t.equal(readPairs('a'), null)
  t.equal(readPairs('a=1&a=2'), null)
  for (const rule of [
    { prefer: 'smallest' },
    { match: '/dev/nvme*' },
    { match: 'smallest' },
    { match: 'match=&x' },
    { match: 'a*', prefer: 'largest', minSize: 5 },
    { match: '/dev/disk/by-id/ata-A_1', minSize: 5, maxSize: 6, rotation: 'hdd' },
    { rotation: 'ssd' },
    { maxSize: 6 },
  ] as const)
    t.same(readDisk(diskText(rule)), rule, diskText(rule))
  t.equal(diskText({ prefer: 'largest' }), 'largest')
  t.match(readDisk('match=x&colour=red'), /knows no colour/)
  t.match(readDisk('prefer=middle'), /prefer/)
  t.end()
})

await t.test('the separator is what the header has most of, outside quotes', (t) => {
  t.match(
    separatorOf('"a,b,c,d";e;f\r\n', () => false),
    { separator: ';', crlf: true },
  )
  t.match(
    separatorOf('Serial\nx', () => false),
    { separator: ',', crlf: false },
  )
  t.end()
})
