import t from 'tap'
import { type Listing, renderList } from '../src/listing.ts'
import { nodeListing } from '../src/node-text.ts'
import { width } from '../src/text-width.ts'
import { bench, node, pageOf } from './support/bench.ts'

const PAGE = 1000
/** A site of so many machines, as the server answers with them. */
const answering = (total: number) => (line: string) => {
  const query = new URLSearchParams(line.split('?')[1])
  const from = Number(query.get('pageToken') ?? 0)
  const to = Math.min(total, from + Number(query.get('pageSize')))
  const items = Array.from({ length: to - from }, (_, index) => node(`pos-${from + index}`))
  return pageOf(items, to < total ? String(to) : null, total)
}

await t.test('a thousand are listed unless all are asked for, and how to go on is said', async (t) => {
  const { asked, eims } = await bench(t, answering(2500))
  const shown = (await eims('nodes', 'list')).trimEnd().split('\n')
  t.equal(shown.length, 1 + PAGE + 1)
  t.equal(shown.at(-1), '1000 of 2500; all of them with --all, another number with --limit N')
  t.equal(asked.length, 1, 'in one request')
  const said = t.capture(process.stderr, 'write', () => true)
  t.equal(JSON.parse(await eims('nodes', 'list', '--json')).length, PAGE)
  said.restore()
  await t.rejects(eims('nodes', 'list', '--all', '--limit', '3'), {
    message: 'give --limit or --all, not both',
    exitCode: 2,
  })
})

await t.test('all of them are printed a page at a time, as a table and as the JSON of one array', async (t) => {
  const { eims } = await bench(t, answering(2500))
  const lines = (await eims('nodes', 'list', '--all')).trimEnd().split('\n')
  t.equal(lines.length, 1 + 2500)
  t.equal(lines.filter((line) => line.startsWith('NAME')).length, 1, 'with one header')
  const json = await eims('nodes', 'list', '--all', '--json')
  const all = Array.from({ length: 2500 }, (_, index) => node(`pos-${index}`))
  t.equal(json, `${JSON.stringify(all, null, 2)}\n`)
  const none = await bench(t, () => pageOf([]))
  t.equal(await none.eims('nodes', 'list', '--json'), '[]\n')
  t.equal(await none.eims('nodes', 'list'), 'no machines\n')
})

await t.test('more machines than a call has room for arguments', (t) => {
  const many = Array.from({ length: 136_000 }, (_, index) => node(`pos-${index}`))
  t.equal(renderList(many, nodeListing(), {}).split('\n').length, many.length + 2)
  t.end()
})

await t.test('what programs read: CSV, names, and the columns that are asked for', async (t) => {
  const strange = { ...node('pos-1'), serial: '=cmd|"x"', macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'] }
  const { eims } = await bench(t, () => pageOf([strange, node('pos-2')]))
  t.equal(await eims('nodes', 'list', '-o', 'name'), 'pos-1\npos-2\n')
  t.equal(
    await eims('nodes', 'list', '-o', 'csv', '--columns', 'name,serial,macs,uuid'),
    'name,serial,macs,uuid\npos-1,"\'=cmd|""x""",52:54:00:00:00:01;52:54:00:00:00:02,\npos-2,SN-pos-2,,\n',
  )
  t.equal(JSON.parse(await eims('nodes', 'list', '-o', 'json')).length, 2)
  t.match(await eims('nodes', 'list', '--columns', 'state,name'), /^STATE +NAME\nREGISTERED +pos-1\n/)
  t.match(await eims('nodes', 'list', '-o', 'wide'), /^NAME +SERIAL +MAC +BATCH +PROFILE .*LAST SEEN.* STATUS\n/)
  for (const [wrong, message] of [
    [['--columns', 'name,sreial'], /^--columns: there is no column "sreial"; did you mean serial\?$/],
    [['-o', 'xml'], /^--output is one of wide, json, csv, name, yaml, not "xml"/],
    [['-o', 'json', '--columns', 'name'], /--columns is for tables and CSV/],
    [['-o', 'csv', '--watch'], /-o csv and --watch do not go together/],
  ] as const)
    await t.rejects(eims('nodes', 'list', ...wrong), { message, exitCode: 2 })
})

await t.test('in 80 columns names survive and counts give way', (t) => {
  const listing: Listing<{ name: string; note: string }> = {
    none: '',
    nameOf: ({ name }) => name,
    columns: [
      { name: 'name', cell: ({ name }) => name },
      ...['expected', 'registered', 'seen', 'running', 'passed', 'failed'].map((name, index) => ({
        name,
        yields: index,
        cell: () => 120_000,
      })),
      { name: 'note', cell: ({ note }) => note },
    ],
  }
  const name = 'lot-2026-11-warehouse-north-3'
  const items = [{ name, note: 'order 4711 of a customer with a long name' }]
  for (const columns of [40, 60, 80, 200]) {
    const text = renderList(items, listing, {}, { columns, rows: 24, colour: false })
    t.match(text, new RegExp(`^NAME .*\n${name} `), `${columns} columns`)
    for (const line of text.split('\n')) t.ok(width(line) <= columns, line)
  }
  const eighty = renderList(items, listing, {}, { columns: 80, rows: 24, colour: false })
  t.match(eighty, /^NAME +RUNNING +PASSED +FAILED +NOTE\n/, 'those that matter most stay longest')
  t.end()
})
