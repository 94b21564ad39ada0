import t from 'tap'
import { Mac, Serial, textOfBytes, Uuid } from '../src/index.ts'

await t.test('a MAC comes out in one form, whatever its notation', async (t) => {
  for (const text of ['52:54:00:AA:00:01', '52-54-00-aa-00-01', '5254.00aa.0001', ' 525400aa0001 '])
    t.equal(Mac.parse(text), '52:54:00:aa:00:01', text)
  for (const text of ['', '52:54:00:aa:00', '52:54:00:aa:00:0g', '52:54-00:aa:00:01', '52:54:00:aa:00:01:02'])
    t.equal(Mac.safeParse(text).success, false, text)
})

await t.test('a UUID comes out in lower case with hyphens', async (t) => {
  const uuid = '11111111-2222-3333-4444-55555555aaaa'
  t.equal(Uuid.parse(uuid.toUpperCase()), uuid)
  t.equal(Uuid.parse(uuid.replaceAll('-', '')), uuid)
  t.equal(Uuid.safeParse(`${uuid}0`).success, false)
})

await t.test('a serial is what a vendor prints: trimmed, printable, bounded', async (t) => {
  t.equal(Serial.parse('  SN-0001/A 7 '), 'SN-0001/A 7')
  t.equal(Serial.parse('A\u0308B-1'), 'ÄB-1', 'one letter, however it was composed')
  for (const text of ['', '   ', 'a\nb', 'a\x85b', 'a\u200bb', 'a\u2028b', 'a\ufffdb', '\ud800', 'x'.repeat(129)])
    t.equal(Serial.safeParse(text).success, false)
})

await t.test('bytes of firmware are UTF-8, and Latin-1 where they cannot be', async (t) => {
  t.equal(textOfBytes(Buffer.from('ÄB-1')), 'ÄB-1')
  t.equal(textOfBytes(Buffer.from('ÄB-1', 'latin1')), 'ÄB-1')
  t.equal(textOfBytes(Buffer.from('SN-0001')), 'SN-0001')
  t.equal(textOfBytes(new Uint8Array()), '')
})
