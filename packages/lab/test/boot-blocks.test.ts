import t from 'tap'
import { bootSector, coreImage } from '../src/target/boot-blocks.ts'

await t.test(
  'the boot sector gets code, the place of core.img and the drive check; the partition table stays',
  async (t) => {
    const table = Buffer.alloc(512)
    table.fill(0xee, 440)
    const patched = bootSector(table, Buffer.alloc(512, 0xb0), 0x0102030405)
    const expected = Buffer.alloc(512, 0xb0)
    expected.set([0x05, 0x04, 0x03, 0x02, 0x01, 0, 0, 0], 0x5c)
    expected.set([0x90, 0x90], 0x66)
    expected.fill(0xee, 440)
    t.same(patched, expected)
  },
)

await t.test('core.img names where its own rest lies, and is padded to whole sectors', async (t) => {
  const core = Buffer.alloc(512 * 2 + 1, 0xc0)
  const patched = coreImage(core, 2048, 2048)
  const expected = Buffer.alloc(512 * 3)
  expected.fill(0xc0, 0, core.length)
  expected.set([0x01, 0x08, 0, 0, 0, 0, 0, 0, 2, 0], 0x1f4)
  t.same(patched, expected)
})

await t.test('what does not fit is refused', async (t) => {
  t.throws(() => coreImage(Buffer.alloc(512 * 4), 2048, 3), { message: /takes 4 sectors; .* has 3/ })
  t.throws(() => coreImage(Buffer.alloc(512), 2048, 3), { message: /takes 1 sectors/ })
  t.throws(() => bootSector(Buffer.alloc(512), Buffer.alloc(511), 1), { message: /boot.img 511; both must be 512/ })
})
