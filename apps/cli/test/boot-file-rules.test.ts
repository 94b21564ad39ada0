import t from 'tap'
import { bootFileRules, bootFileText } from '../src/boot-file-rules.ts'

await t.test('rules as typed, in their order, and back', async (t) => {
  const texts = [
    'arch=11,file=ipxe-arm64.efi',
    'vendor=PXEClient:Arch:00007:*,file=a.efi',
    'product=Board, rev. 2,file=b.efi',
    'arch=7,vendor=PXEClient,product=NUC*,file=c.efi',
  ]
  const rules = bootFileRules(texts)
  t.strictSame(rules, [
    { architecture: 11, file: 'ipxe-arm64.efi' },
    { vendorClass: 'PXEClient:Arch:00007:*', file: 'a.efi' },
    { product: 'Board, rev. 2', file: 'b.efi' },
    { architecture: 7, vendorClass: 'PXEClient', product: 'NUC*', file: 'c.efi' },
  ])
  t.strictSame(rules.map(bootFileText), texts)
  t.strictSame(bootFileRules(['']), [])
})

await t.test('what is wrong is said with an example', async (t) => {
  for (const [text, why] of [
    ['file=a.efi', /give at least one of architecture, vendorClass or product/],
    ['arch=x,file=a.efi', /arch is a number.*; write it like arch=11,file=ipxe\.efi/],
    ['arch=,file=a.efi', /arch is a number/],
    ['arch=7', /file /],
    ['arch=7,file=../a.efi', /file must be a plain file name/],
    ['arch=7,arch=9,file=a.efi', /arch is given twice/],
    ['a.efi', /"a\.efi" is none of arch=, vendor=, product=, file=/],
    ['arch=70000,file=a.efi', /architecture /],
  ] as const)
    t.throws(() => bootFileRules([text]), { message: why, exitCode: 2 }, text)
  t.throws(() => bootFileRules(['', 'arch=7,file=a.efi']), /is none of/, 'clearing and giving at once')
})
