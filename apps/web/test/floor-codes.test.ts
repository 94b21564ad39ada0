import t from 'tap'
import {
  batchCode,
  commandCodes,
  isPerhapsMistyped,
  KEYBOARD_CODE,
  outCode,
  outReasons,
  PREFIX,
  readCode,
  SURVIVES,
} from '../src/floor/code.ts'
import { modulesOf } from '../src/floor/code128.ts'

// One promise: a code is a command or a machine, never the other of the two, whatever keyboard the scanner types for.

const ID = '019a7c2e-5f10-7b3c-9d21-0a1b2c3d4e5f'

/** As a scanner for the American keyboard arrives at a German one, and the other way round. */
const american = 'yz-:/_'
const german = 'zyßö-?'
const arrives = (text: string, from: string, at: string) =>
  text
    .toLowerCase()
    .replace(/[^a-x0-9.]/g, (sign) => at[from.indexOf(sign)] ?? sign)
    .toUpperCase()

await t.test('commands arrive on every keyboard', (t) => {
  const codes = [...commandCodes.map(({ code }) => code), ...outReasons.map(outCode), batchCode(ID)]
  t.equal(new Set(codes).size, codes.length)
  for (const code of codes) {
    t.match(code, SURVIVES)
    for (const [from, at] of [
      [american, german],
      [german, american],
    ] as const)
      t.equal(arrives(code, from, at), code)
    const read = readCode(code)
    t.equal(read.kind, 'command', code)
    t.strictSame(readCode(` ${code.toLowerCase()}\r`), read, 'by a scanner with Caps Lock')
  }
  t.strictSame(readCode('EIMS.OUT.DAMAGED'), { kind: 'command', command: { kind: 'take-out', why: 'damaged' } })
  t.strictSame(readCode(batchCode(ID)), {
    kind: 'command',
    command: { kind: 'assign-by-code', code: 'EIMS.BATCH.1B2C3D4E5F' },
  })
  t.strictSame(readCode(KEYBOARD_CODE), { kind: 'keyboard', fits: true })
  t.strictSame(readCode(arrives(KEYBOARD_CODE, american, german)), { kind: 'keyboard', fits: false })
  t.end()
})

await t.test('what begins as a command is never looked up, and what does not is never a command', (t) => {
  for (const word of ['', 'HOLD2', 'constructor', 'OUT', 'OUT.', 'OUT.LATE', 'BATCH.', 'BATCH.1B2C3D4E5G', 'TEST'])
    t.strictSame(readCode(PREFIX + word), { kind: 'no-command', code: (PREFIX + word).toUpperCase() }, word)
  for (const text of ['eims-01', 'EIMS', 'HOLD', 'UNDO', 'OUT.DAMAGED', 'X.EIMS.HOLD', '019A7C2E'])
    t.strictSame(readCode(text), { kind: 'machine', ref: text })
  for (const text of ['', ' \t', '\u0007', '.', '..', '....']) t.strictSame(readCode(text), { kind: 'nothing' })
  t.strictSame(readCode('x'.repeat(128)), { kind: 'machine', ref: 'x'.repeat(128) })
  t.strictSame(readCode('x'.repeat(129)), { kind: 'too-long' })
  t.end()
})

await t.test('a MAC and a UUID are what they were before a keyboard swapped their signs', (t) => {
  const mac = '3C:EC:EF:4A:01:9D'
  for (const text of [mac, mac.replaceAll(':', 'Ö'), mac.replaceAll(':', '>'), mac.replaceAll(':', 'ß')])
    t.strictSame(readCode(text), { kind: 'machine', ref: mac }, text)
  for (const text of ['3C-EC-EF-4A-01-9D', '3cecef4a019d', '3cec.ef4a.019d', 'A1X22X33X44X55X66'])
    t.match(readCode(text), { kind: 'machine' }, text)
  t.strictSame(readCode('A1X22X33X44X55X66'), { kind: 'machine', ref: 'A1X22X33X44X55X66' }, 'a serial')
  t.strictSame(readCode(ID.replaceAll('-', 'ß')), { kind: 'machine', ref: ID })
  t.strictSame(readCode(ID.replaceAll('-', '/')), { kind: 'machine', ref: ID })
  for (const text of ['PF3Y20400', 'SNß1', 'sn;1']) t.ok(isPerhapsMistyped(text), text)
  t.notOk(isPerhapsMistyped('PF3K-20400'))
  t.end()
})

await t.test('Code 128, as ISO/IEC 15417 has it', (t) => {
  // Start B, six characters, check character, stop: eleven modules each, and two more of the stop.
  t.equal(
    modulesOf('EIMS.A'),
    '11010010000' + // start B
      '10001101000' + // E
      '11000100010' + // I
      '10111011000' + // M
      '11011101000' + // S
      '10011001110' + // .
      '10100011000' + // A
      '10011001000' + // 6: (104 + 1 · 37 + 2 · 41 + 3 · 45 + 4 · 51 + 5 · 14 + 6 · 33) mod 103
      '1100011101011',
  )
  t.end()
})
