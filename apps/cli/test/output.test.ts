import t from 'tap'
import { duration, fields, table } from '../src/output.ts'
import { plain, type Screen, screenOf } from '../src/screen.ts'
import { width } from '../src/text-width.ts'
import { wrap } from '../src/wrap.ts'

const terminal = (columns: number, colour = false): Screen => ({ columns, rows: 24, colour })

await t.test('tables and fields line up', async (t) => {
  t.equal(
    table(
      ['NAME', 'STATE'],
      [
        ['unit-1', 'RUNNING'],
        ['a', null],
      ],
    ),
    'NAME    STATE\nunit-1  RUNNING\na       -\n',
  )
  t.equal(
    fields([
      ['name', 'unit-1'],
      ['serial number', ''],
    ]),
    'name           unit-1\nserial number  -\n',
  )
})

const long = 'chunk 17 of /dev/vda: the disk answers with an input/output error'
const rows = [
  ['pos-3', '52:54:00:00:00:03', long],
  ['機械-4', '-', 'geht'],
]

await t.test('a table fits the terminal, what people say gives way first, and a file gets everything', async (t) => {
  t.equal(
    table(['NAME', 'MAC', 'STATUS'], rows, terminal(52)),
    'NAME    MAC                STATUS\n' +
      'pos-3   52:54:00:00:00:03  chunk 17 of /dev/vda: th…\n' +
      '機械-4  -                  geht\n',
  )
  for (const columns of [40, 60, 80, 200])
    for (const line of table(['NAME', 'MAC', 'STATUS'], rows, terminal(columns)).split('\n'))
      t.ok(width(line) <= columns, `${width(line)}: ${line}`)
  t.match(table(['NAME', 'MAC', 'STATUS'], rows, plain), long)
})

await t.test('what must not be cut goes on below itself', async (t) => {
  t.equal(
    table(['TIME', 'WHAT'], [['10:00', long]], terminal(40), { wrapLast: true }),
    'TIME   WHAT\n10:00  chunk 17 of /dev/vda: the disk\n       answers with an input/output\n       error\n',
  )
  t.equal(
    fields([['status', long]], terminal(40)),
    'status  chunk 17 of /dev/vda: the disk\n        answers with an input/output\n        error\n',
  )
})

await t.test('colours only on a terminal that wants them', async (t) => {
  const stream = (isTTY: boolean) => ({ isTTY, columns: 80, rows: 24 }) as NodeJS.WriteStream
  t.equal(screenOf(stream(true), {}).colour, true)
  t.equal(screenOf(stream(true), { NO_COLOR: '' }).colour, true, 'https://no-color.org: empty counts as unset')
  t.equal(screenOf(stream(true), { NO_COLOR: '1' }).colour, false)
  t.equal(screenOf(stream(true), { TERM: 'dumb' }).colour, false)
  t.strictSame(screenOf(stream(false), {}), plain)
  const tints = { STATE: (state: string) => (state === 'FAILED' ? ('bad' as const) : null) }
  t.equal(table(['STATE'], [['FAILED']], terminal(80, true), { tints }), '\x1b[1mSTATE\x1b[0m\n\x1b[31mFAILED\x1b[0m\n')
  t.equal(table(['STATE'], [['FAILED']], plain, { tints }), 'STATE\nFAILED\n')
})

await t.test('what a machine says of itself cannot steer the terminal', async (t) => {
  t.equal(table(['STATUS'], [['two\nlines\tand \x1b]0;title\x07']]), 'STATUS\ntwo lines and \\x1b]0;title\\x07\n')
})

await t.test('times are said as people say them', async (t) => {
  t.strictSame([0.42, 47, 185, 7800].map(duration), ['0.4 s', '47 s', '3 min 05 s', '2 h 10 min'])
})

await t.test('a line is as long as it looks, not as many letters', (t) => {
  t.equal(wrap('機械機械 機械機械 geht nicht', 20, '名: '), '名: 機械機械\n    機械機械 geht\n    nicht\n')
  t.end()
})
