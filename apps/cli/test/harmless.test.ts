import t from 'tap'
import { harmless, harmlessJson } from '../src/harmless.ts'

// One promise: what a machine says of itself moves no cursor, turns no line about and looks like no other line.

await t.test('orders are written out', async (t) => {
  const rows: [string, string][] = [
    ['SN-1', 'SN-1'],
    ['Zoë Müller\t系列', 'Zoë Müller\t系列'],
    ['\x1b[2J\x1b]0;owned\x07', '\\x1b[2J\\x1b]0;owned\\x07'],
    ['\x9b31m', '\\x9b31m'],
    ['a\r\nb', 'a\\x0d ⏎ b'],
    ['ok\n10:00 run: the run succeeded', 'ok ⏎ 10:00 run: the run succeeded'],
    ['the end\n', 'the end'],
    ['abc\u202edcba', 'abc\\u202edcba'],
    ['\x00\x7f', '\\x00\\x7f'],
  ]
  for (const [text, clean] of rows) t.equal(harmless(text), clean)
})

await t.test('in all that a reply holds, and a person’s own lines stay', async (t) => {
  const when = new Date(0)
  t.strictSame(harmless({ a: [{ serial: '\x1b[m' }], n: 1, none: null, when, cloudConfig: 'a\nb\x1b' }), {
    a: [{ serial: '\\x1b[m' }],
    n: 1,
    none: null,
    when,
    cloudConfig: 'a\nb\\x1b',
  })
})

await t.test('JSON has them escaped, and reads back as it was', async (t) => {
  const value = { serial: '\x1b[2J\x9b\u202e', lines: 'a\nb' }
  const text = harmlessJson(value, 2)
  for (const order of ['\x1b', '\x9b', '\u202e']) t.notOk(text.includes(order))
  t.strictSame(JSON.parse(text), value)
})
