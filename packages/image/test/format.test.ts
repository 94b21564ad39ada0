import t from 'tap'
import { checkFormat, detectFormat } from '../src/format.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')

await t.test('a format is told by the first bytes', (t) => {
  for (const [hex, format] of [
    ['1f8b08000000', 'gz'],
    ['fd377a585a00', 'xz'],
    ['28b52ffd0458', 'zst'],
    ['502a4d180400', 'zst'],
    ['5f2a4d180400', 'zst'],
    ['514649fb0000', 'qcow2'],
    ['eb6390000000', 'raw'],
    ['fd377a585a', 'raw'],
    ['602a4d180400', 'raw'],
    ['1f', 'raw'],
    ['', 'raw'],
  ] as const)
    t.equal(detectFormat(bytes(hex)), format, hex)
  t.end()
})

await t.test('a declared format must be the one found', (t) => {
  t.equal(checkFormat(undefined, bytes('1f8b08')), 'gz')
  t.equal(checkFormat('gz', bytes('1f8b08')), 'gz')
  t.throws(() => checkFormat('qcow2', bytes('eb6390')), {
    code: 'image-mismatch',
    message: 'the image was announced as qcow2, but its first bytes are raw',
  })
  t.end()
})
