import { BootFailedQuery, BootQuery } from '@eims/contracts'
import t from 'tap'
import { whoAsks } from '../src/boot/who.ts'

const ask = (query: Record<string, unknown>) => whoAsks(BootQuery.parse(query))

await t.test('what iPXE says becomes an identity', async (t) => {
  t.strictSame(
    ask({
      mac: '52-54-00-AA-00-01',
      uuid: '11111111-2222-3333-4444-555555555555',
      serial: 'SN-0001',
      manufacturer: 'Bench',
      product: 'Box 1',
      arch: 'x86_64',
      platform: 'efi',
    }),
    {
      identity: {
        macs: ['52:54:00:aa:00:01'],
        uuid: '11111111-2222-3333-4444-555555555555',
        serial: 'SN-0001',
        manufacturer: 'Bench',
        product: 'Box 1',
      },
      bootMac: '52:54:00:aa:00:01',
      architecture: 'x86_64',
      firmware: 'uefi',
    },
  )
})

await t.test('a BIOS build of iPXE says i386 on a 64-bit machine', async (t) => {
  t.match(ask({ arch: 'i386', platform: 'pcbios' }), { architecture: 'x86_64', firmware: 'bios' })
})

await t.test('what does not parse is left out, and nothing makes it fail', async (t) => {
  const nobody = { identity: { macs: [] }, bootMac: null, architecture: null, firmware: null }
  t.strictSame(ask({}), nobody)
  t.strictSame(ask({ mac: 'xyz', uuid: 'none', serial: '', arch: 'mips', platform: 'x' }), nobody)
  t.strictSame(ask({ mac: ['a', 'b'], uuid: { a: 1 }, serial: 'x'.repeat(5000) }), nobody)
})

await t.test('an architecture is none of the words that JavaScript knows', async (t) => {
  for (const arch of ['constructor', 'toString', '__proto__', 'mips']) t.equal(ask({ arch }).architecture, null, arch)
})

await t.test('the number of an error is one', async (t) => {
  const of = (errno: string) => BootFailedQuery.parse({ errno }).errno
  t.strictSame([of('0216e6a1'), of(''), of('\u001b[2J'), of('${mac}')], ['0216e6a1', undefined, undefined, undefined])
})
