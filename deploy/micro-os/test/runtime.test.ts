import t from 'tap'
import { isLaterFirmware, linksInto, runtimeDigest } from '../runtime.ts'

await t.test('firmware comes with the runtime when only drivers ask for it that do so as well', async (t) => {
  const modules = [
    { name: 'tg3', firmware: ['tigon/tg3.bin', 'shared.bin'] },
    { name: 'aacraid', firmware: ['shared.bin', 'aac/raid.bin'] },
  ]
  const later = (file: string) => isLaterFirmware(file, modules, new Set(['tg3']))
  t.notOk(later('tigon/tg3.bin'), 'a NIC needs it before')
  t.notOk(later('shared.bin'))
  t.notOk(later('intel/ice/ddp/ice-0011.pkg'), 'nobody says whose it is')
  t.ok(later('aac/raid.bin'))
  t.ok(later('aac/raid.bin.zst'))
})

await t.test('the initrd has links to what is in it, and its digest', async (t) => {
  t.strictSame(linksInto(['bin/node']), [{ path: 'bin/node', kind: 'link', target: '/eims/runtime/bin/node' }])
  t.equal(runtimeDigest({ sha256: 'ab'.repeat(32), size: 12 }), `${'ab'.repeat(32)} 12\n`)
})
