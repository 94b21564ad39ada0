import fc from 'fast-check'
import t from 'tap'
import { cleanName } from '../src/name.ts'

const mac = '52:54:00:aa:00:01'

await t.test('a requested name becomes a relative path and a MAC', async (t) => {
  const rows: [raw: string, name: string, mac: string | null][] = [
    ['snponly.efi', 'snponly.efi', null],
    ['/snponly.efi', 'snponly.efi', null],
    ['///boot//x64/./snponly.efi', 'boot/x64/snponly.efi', null],
    ['\\boot\\x64\\wdsmgfw.efi', 'boot/x64/wdsmgfw.efi', null],
    ['ipxe.efi\xff', 'ipxe.efi', null],
    ['ipxe.efi\xff\xff\x01\x80', 'ipxe.efi', null],
    ['ipxe.efi \r\n', 'ipxe.efi', null],
    ['52-54-00-AA-00-01/ipxe.efi', 'ipxe.efi', mac],
    ['/52:54:00:aa:00:01/autoexec.ipxe', 'autoexec.ipxe', mac],
    ['525400aa0001\\undionly.kpxe', 'undionly.kpxe', mac],
    ['52-54:00-aa:00-01/ipxe.efi', '52-54:00-aa:00-01/ipxe.efi', null],
    ['52-54-00-aa-00-01', '52-54-00-aa-00-01', null],
    ['pxelinux.cfg/01-52-54-00-aa-00-01', 'pxelinux.cfg/01-52-54-00-aa-00-01', null],
    ['a file..with dots...efi', 'a file..with dots...efi', null],
  ]
  for (const [raw, name, mac] of rows) t.same(cleanName(raw), { name, mac }, JSON.stringify(raw))
})

await t.test('names that escape or cannot be meant are refused with the reason', async (t) => {
  const rows: [raw: string, fault: string][] = [
    ['../etc/passwd', 'leaves-folder'],
    ['/../etc/passwd', 'leaves-folder'],
    ['boot/../../etc/passwd', 'leaves-folder'],
    ['..\\..\\etc\\passwd', 'leaves-folder'],
    [`${mac}/../etc/passwd`, 'leaves-folder'],
    ['..', 'leaves-folder'],
    ['a/..', 'leaves-folder'],
    ['..\xff', 'leaves-folder'],
    ['', 'empty'],
    ['/', 'empty'],
    ['\xff\xff', 'empty'],
    ['./.', 'empty'],
    ['a\nb', 'not-ascii'],
    ['boot/\x1b[2J.efi', 'not-ascii'],
    ['caf\xe9.efi', 'not-ascii'],
    ['x'.repeat(256), 'too-long'],
  ]
  for (const [raw, fault] of rows)
    t.same(cleanName(raw), { refused: { code: 'tftp-name', slots: { fault } } }, JSON.stringify(raw))
  t.match(cleanName('x'.repeat(255)), { mac: null }, '255 bytes are a name')
})

await t.test('no name that is let through has a segment a file system could take for more', async () => {
  const piece = fc.constantFrom('..', '.', '/', '\\', '\0', '\xff', ' ', 'a', 'ipxe.efi', mac, '52-54-00-aa-00-01')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece).map((pieces) => pieces.join('')),
        fc.string({ unit: 'binary-ascii' }),
      ),
      (raw) => {
        const cleaned = cleanName(raw)
        if ('refused' in cleaned) return cleaned.refused.code === 'tftp-name'
        return cleaned.name
          .split('/')
          .every((segment) => /^[\x20-\x5b\x5d-\x7e]+$/.test(segment) && !/^\.\.?$/.test(segment))
      },
    ),
    { numRuns: 2000 },
  )
})
