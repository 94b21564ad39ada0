import t from 'tap'
import { frame } from '../src/watch.ts'

const screen = { columns: 40, rows: 4, colour: false }
const drawn = (text: string, fromEnd = false, trouble = '') =>
  ['H', 'K', 'J'].reduce((text, code) => text.replaceAll(`\x1b[${code}`, ''), frame(text, screen, { trouble, fromEnd }))

await t.test('a frame never scrolls the terminal, and says what it leaves out', async (t) => {
  t.equal(drawn('a\nb\n'), 'a\nb\nCtrl-C ends')
  t.equal(drawn('a\nb\nc\n'), 'a\nb\nc\nCtrl-C ends')
  t.equal(drawn('a\nb\nc\nd\ne\n'), 'a\nb\nc\nCtrl-C ends, 2 more lines do not fit')
  t.equal(drawn('a\nb\nc\nd\ne\n', true), 'c\nd\ne\nCtrl-C ends, 2 earlier lines do not fit')
  t.equal(
    drawn('a\n', false, 'the server cannot be reached (ECONNREFUSED); trying again'),
    'a\nthe server cannot be reached (ECONNREF…',
  )
})
