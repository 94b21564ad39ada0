import t from 'tap'
import { nameOf, readCertificate } from '../src/index.ts'

// One promise: a name out of a certificate can be shown and stored, whatever the certificate holds.

const der = (tag: number, ...parts: Buffer[]) => {
  const value = Buffer.concat(parts)
  const length = Buffer.from([0x82, value.length >> 8, value.length & 0xff])
  return { tag, value, whole: Buffer.concat([Buffer.from([tag]), length, value]) }
}
const COMMON_NAME = der(6, Buffer.from('550403', 'hex')).whole
/** X.501 Name */
const name = (tag: number, text: Buffer) =>
  der(0x30, der(0x31, der(0x30, COMMON_NAME, der(tag, text).whole).whole).whole)
const utf8 = (text: string) => name(0x0c, Buffer.from(text))
const bmp = (text: string) => name(0x1e, Buffer.from(text, 'utf16le').swap16())

await t.test('it is cut, and is text all the same', (t) => {
  const cut = `${'a'.repeat(255)}\u{1f600}`
  for (const [kind, of] of [
    ['UTF8String', utf8],
    ['BMPString', bmp],
  ] as const) {
    t.equal(nameOf(of('Prüfstand CA')), 'Prüfstand CA', kind)
    t.equal(nameOf(of('a\0b\n c')), 'ab c', kind)
    t.ok(nameOf(of(cut)).isWellFormed() && nameOf(of(cut)).length <= 256, `${kind}: a pair at its end`)
  }
  t.end()
})

await t.test('what is no certificate is none', (t) => {
  t.equal(readCertificate(Buffer.from('no certificate')), null)
  t.equal(nameOf(null), '')
  t.end()
})
