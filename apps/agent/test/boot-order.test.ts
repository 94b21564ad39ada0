import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { bootOrderHandler } from '../src/actions/boot-order.ts'
import { guidFromBytes } from '../src/disk/guid.ts'
import { decodeBootOption, diskBootOption, encodeBootOption } from '../src/firmware/boot-option.ts'
import { bootFirst } from '../src/firmware/boot-order.ts'
import type { EfiVariables } from '../src/firmware/efivars.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB, tool } from './support/disks.ts'
import { addDisk, fakeMachine, put } from './support/machine.ts'

const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
const entry = (description: string, disk = 9) =>
  encodeBootOption(
    diskBootOption(
      description,
      { number: disk, first: 1, sectors: 1, table: 'gpt', signature: Buffer.alloc(16) },
      '\\EFI\\BOOT\\BOOTX64.EFI',
    ),
  )
const order = (...entries: number[]) => Buffer.from(new Uint16Array(entries).buffer)

/** A UEFI machine with one disk and these variables. */
function uefi(t: Test, variables: Record<string, Buffer>) {
  const machine = fakeMachine(t)
  const node = addDisk(machine, { name: 'sda', size: 64 * MIB })
  const dir = join(machine.sysRoot, 'firmware/efi/efivars')
  mkdirSync(dir, { recursive: true })
  for (const [name, value] of Object.entries(variables))
    put(join(dir, `${name}-${GLOBAL}`), Buffer.concat([Buffer.from([7, 0, 0, 0]), value]))
  const context = fakeContext(t, machine, { results: chose('/dev/sda', 64 * MIB) })
  const read = (name: string) => readFileSync(join(dir, `${name}-${GLOBAL}`))
  return { machine, node, dir, context, read, run: () => bootOrderHandler({ label: 'eims' }, context) }
}

const firmware = {
  Boot0000: entry('UiApp', 1),
  Boot0001: entry('UEFI QEMU HARDDISK', 2),
  Boot0002: entry('UEFI PXEv4', 3),
  BootOrder: order(2, 0, 1),
}

await t.test('the disk goes first, the network and the others stay in their order behind it', async (t) => {
  const { node, read, run } = uefi(t, firmware)
  tool('sgdisk', ['-n1:2048:+1M', '-t1:ef02', '-n2:0:+8M', '-t2:ef00', '-n3:0:+8M', node])
  t.strictSame(await run(), {
    result: { changed: true, order: ['Boot0003', 'Boot0002', 'Boot0000', 'Boot0001'] },
  })
  t.equal(read('BootOrder').toString('hex'), `07000000${order(3, 2, 0, 1).toString('hex')}`)
  const option = decodeBootOption(read('Boot0003').subarray(4))!
  t.equal(option.description, 'eims')
  t.equal(option.devicePath.readUInt32LE(4), 2, 'the second partition is the ESP')
  const guid = /unique GUID: (\S+)/.exec(tool('sgdisk', ['-i2', node]))![1]!.toLowerCase()
  t.equal(guidFromBytes(option.devicePath.subarray(24, 40)), guid)
  t.equal(option.devicePath.toString('utf16le', 46, 90), '\\EFI\\BOOT\\BOOTX64.EFI\0'.slice(0, 22))

  t.strictSame((await run()).result.changed, false, 'a second time nothing is written')
})

await t.test('an entry of our label is used again, whatever disk it was for', async (t) => {
  const { node, dir, read, run } = uefi(t, { ...firmware, Boot0003: entry('eims', 4), BootOrder: order(2, 3, 0, 1) })
  tool('sgdisk', ['-n1:2048:+8M', '-t1:ef00', node])
  const before = read('Boot0003')
  t.strictSame((await run()).result.order, ['Boot0003', 'Boot0002', 'Boot0000', 'Boot0001'])
  t.notOk(read('Boot0003').equals(before))
  t.equal(readdirSync(dir).length, 5)
})

await t.test('an ESP on an MBR disk is named by the disk’s signature', async (t) => {
  const { node, read, run } = uefi(t, firmware)
  tool('sfdisk', ['-q', node], 'label: dos\nlabel-id: 0x11223344\nstart=2048, size=16384, type=ef\n')
  await run()
  const { devicePath } = decodeBootOption(read('Boot0003').subarray(4))!
  t.equal(devicePath.toString('hex', 24, 42), '44332211000000000000000000000000' + '0101')
})

await t.test('an image without an ESP is refused and the firmware left alone', async (t) => {
  const { node, dir, run } = uefi(t, firmware)
  tool('sgdisk', ['-n1:2048:+8M', '-t1:8300', node])
  await t.rejects(run(), { message: /^The image has no EFI system partition, and this machine boots by UEFI/ })
  t.equal(readdirSync(dir).length, 4)
})

await t.test('a BIOS keeps its order', async (t) => {
  const machine = fakeMachine(t)
  const context = fakeContext(t, machine)
  t.strictSame(await bootOrderHandler({ label: 'eims' }, context), { result: { changed: false, order: [] } })
  t.match(context.lines[0], /BIOS/)
})

await t.test('a firmware that does not keep what it is told is an error', async (t) => {
  const { node, dir, run } = uefi(t, firmware)
  tool('sgdisk', ['-n1:2048:+8M', '-t1:ef00', node])
  // writes vanish, as with a full variable store
  execFileSync('ln', ['-sf', '/dev/null', join(dir, `BootOrder-${GLOBAL}`)])
  await t.rejects(run(), { message: 'The firmware did not keep BootOrder as it was set' })
})

await t.test('without a boot order the disk is the order', async (t) => {
  const values = new Map<string, Buffer>()
  const variables: EfiVariables = {
    bootEntries: () => [],
    read: (name) => values.get(name) ?? null,
    write: (name, value) => void values.set(name, value),
  }
  const partition = { number: 1, first: 1, sectors: 1, table: 'gpt' as const, signature: Buffer.alloc(16) }
  const result = bootFirst(variables, diskBootOption('eims', partition, '\\X'))
  t.strictSame(result, { changed: true, order: ['Boot0000'] })
  t.strictSame(values.get('BootOrder'), order(0))
})
