import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BootOrder } from '@eims/contracts'
import { guidFromBytes } from '@eims/contracts'
import t, { type Test } from 'tap'
import { bootOrderHandler } from '../src/actions/boot-order.ts'
import { decodeBootOption, diskBootOption, encodeBootOption, isNetworkOption } from '../src/firmware/boot-option.ts'
import { setBootOrder } from '../src/firmware/boot-order.ts'
import type { EfiVariables } from '../src/firmware/efivars.ts'
import { architecture } from '../src/hardware/survey.ts'
import { chose, fakeContext } from './support/context.ts'
import { MIB, tool } from './support/disks.ts'
import { someFacts } from './support/image.ts'
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
  return {
    machine,
    node,
    dir,
    context,
    read,
    run: (bootOrder?: BootOrder) => bootOrderHandler({ label: 'eims', bootOrder }, context),
  }
}

/** An entry of a NIC: PciRoot(0)/Pci(2,0)/MAC/IPv4, as OVMF writes it. */
function nic(description: string): Buffer {
  const nodes = [
    '02010c00d041030a00000000',
    '0101060000 02',
    `030b2500525400aa0001${'00'.repeat(26)}01`,
    `030c1b00${'00'.repeat(23)}`,
    '7fff0400',
  ]
  return encodeBootOption({
    attributes: 1,
    description,
    devicePath: Buffer.from(nodes.join('').replaceAll(' ', ''), 'hex'),
    optionalData: Buffer.alloc(0),
  })
}

/** A legacy entry: BBS of type embedded network. */
const legacyNetwork = encodeBootOption({
  attributes: 1,
  description: 'IBA GE Slot 00C8',
  devicePath: Buffer.from('0501090080000000007fff0400', 'hex'),
  optionalData: Buffer.alloc(0),
})

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
    result: { changed: true, order: ['Boot0003', 'Boot0002', 'Boot0000', 'Boot0001'], first: 'disk' },
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

await t.test('a firmware that has no room for one more variable says what to do', async (t) => {
  const { node, dir, run } = uefi(t, firmware)
  tool('sgdisk', ['-n1:2048:+8M', '-t1:ef00', node])
  const files = readdirSync(dir).map((name) => [join(dir, name), readFileSync(join(dir, name))] as const)
  // its root and the variables that are there: the next one gets ENOSPC, as efivarfs says it for EFI_OUT_OF_RESOURCES
  execFileSync('mount', ['-t', 'tmpfs', '-o', `nr_inodes=${1 + files.length}`, 'tmpfs', dir])
  t.teardown(() => execFileSync('umount', [dir]))
  for (const [path, bytes] of files) writeFileSync(path, bytes)
  await t.rejects(run(), {
    message:
      /^The firmware’s memory for variables \(NVRAM\) is full, so Boot0003 could not be set; delete boot entries/,
  })
})

await t.test('without a boot order the disk is the order', async (t) => {
  const values = new Map<string, Buffer>()
  const variables: EfiVariables = {
    bootEntries: () => [],
    read: (name) => values.get(name) ?? null,
    write: (name, value) => void values.set(name, value),
  }
  const partition = { number: 1, first: 1, sectors: 1, table: 'gpt' as const, signature: Buffer.alloc(16) }
  const result = setBootOrder(variables, diskBootOption('eims', partition, '\\X'), 'network')
  t.strictSame(result, { changed: true, order: ['Boot0000'], first: 'disk' })
  t.strictSame(values.get('BootOrder'), order(0))
})

await t.test('network first: one entry of the network, the disk behind it, then all the others', async (t) => {
  const many = { ...firmware, Boot0002: nic('PXEv4'), Boot0004: nic('PXEv6'), BootOrder: order(1, 4, 2, 0) }
  for (const [what, more, first] of [
    ['the one that it came by', { BootCurrent: order(2) }, 'Boot0002'],
    ['the first of them, when it came from a stick', { BootCurrent: order(0) }, 'Boot0004'],
    ['the first of them, when the firmware does not say', {}, 'Boot0004'],
  ] as const)
    await t.test(what, async (t) => {
      const { node, run, read } = uefi(t, { ...many, ...more })
      tool('sgdisk', ['-n1:2048:+8M', '-t1:ef00', node])
      const others = ['Boot0001', 'Boot0004', 'Boot0002', 'Boot0000'].filter((name) => name !== first)
      const right = { order: [first, 'Boot0003', ...others], first: 'network' }
      t.strictSame(await run('network'), { result: { changed: true, ...right } })
      t.strictSame(await run('network'), { result: { changed: false, ...right } }, 'twice the same')
      t.equal(read('BootOrder').readUInt16LE(6), 3, 'the disk is the second')
      const back = await run('disk')
      t.strictSame(back.result.order, ['Boot0003', first, ...others], 'and back again')
    })
  await t.test('a legacy entry', async (t) => {
    const { node, run } = uefi(t, { ...firmware, Boot0002: legacyNetwork })
    tool('sgdisk', ['-n1:2048:+8M', '-t1:ef00', node])
    t.match((await run('network')).result, { order: ['Boot0002', 'Boot0003'], first: 'network' })
  })
  await t.test('a firmware without one boots its disk, and says so', async (t) => {
    const { node, run, context } = uefi(t, firmware)
    tool('sgdisk', ['-n1:2048:+8M', '-t1:ef00', node])
    t.match((await run('network')).result, { order: ['Boot0003', 'Boot0002'], first: 'disk' })
    t.match(context.lines[0], /no boot entry for the network/)
  })
})

const former = { ...firmware, Boot0002: nic('PXEv4'), Boot0003: entry('eims', 4), BootOrder: order(2, 3, 0, 1) }
const begins: Record<string, Record<string, Buffer>> = {
  'a new machine': { ...firmware, Boot0002: nic('PXEv4') },
  'an installed one, network first': former,
  'an installed one, disk first': { ...former, BootOrder: order(3, 2, 0, 1) },
}
const newDisk = diskBootOption(
  'eims',
  { number: 1, first: 2048, sectors: 16384, table: 'gpt', signature: Buffer.alloc(16, 1) },
  '\\EFI\\BOOT\\BOOTX64.EFI',
)

/** The firmware's variables in memory; the power is cut at its nth write, which is kept or lost. */
function inMemory(values: Map<string, Buffer>, cut = 0, kept = false): EfiVariables {
  let writes = 0
  return {
    bootEntries: () => [...values.keys()].flatMap((name) => /^Boot(\d{4})$/.exec(name)?.[1] ?? []).map(Number),
    read: (name) => values.get(name) ?? null,
    write(name, value) {
      writes += 1
      if (writes !== cut || kept) values.set(name, value)
      if (writes === cut) throw new Error('power cut')
    },
  }
}

/**
 * Whether the first entry that can be booted is of the network or of the new disk, and every entry is there: the
 * partition of the former installation's is gone by now.
 */
function leadsOn(values: Map<string, Buffer>): boolean {
  const numbers = values.get('BootOrder')!
  const options = Array.from({ length: numbers.length / 2 }, (_, at) =>
    values.get(`Boot000${numbers.readUInt16LE(at * 2)}`),
  )
  const first = options.find((option) => option && !option.equals(entry('eims', 4)))
  if (!first || options.includes(undefined)) return false
  return first.equals(encodeBootOption(newDisk)) || isNetworkOption(decodeBootOption(first)!)
}

await t.test(
  'wherever the power is cut, the firmware leads to the network or the new disk, and is set afterwards',
  async (t) => {
    for (const [what, begin] of Object.entries(begins))
      for (const bootOrder of ['disk', 'network'] as const) {
        const whole = new Map(Object.entries(begin))
        const { order: right, first } = setBootOrder(inMemory(whole), newDisk, bootOrder)
        for (let nth = 1, cut = true; cut; nth += 1)
          for (const kept of [false, true]) {
            const where = `${what}, ${bootOrder} first, cut at write ${nth}, which is ${kept ? 'kept' : 'lost'}`
            const values = new Map(Object.entries(begin))
            try {
              setBootOrder(inMemory(values, nth, kept), newDisk, bootOrder)
              cut = false
            } catch (error) {
              t.equal((error as Error).message, 'power cut')
            }
            t.ok(leadsOn(values), where)
            t.match(setBootOrder(inMemory(values), newDisk, bootOrder), { order: right, first }, where)
            t.strictSame(values, whole, where)
          }
      }
  },
)

await t.test('the action goes on from whichever of its two variables stands', async (t) => {
  for (const [what, begin] of Object.entries(begins))
    await t.test(what, async (t) => {
      const whole = uefi(t, begin)
      tool('sgdisk', ['-n1:2048:+8M', '-t1:ef00', whole.node])
      const { result } = await whole.run('network')
      const made = { Boot0003: whole.read('Boot0003').subarray(4), BootOrder: whole.read('BootOrder').subarray(4) }
      for (const left of [{ Boot0003: made.Boot0003 }, { BootOrder: made.BootOrder }, made]) {
        const after = uefi(t, { ...begin, ...left })
        writeFileSync(after.node, readFileSync(whole.node))
        const where = `left of it: ${Object.keys(left).join(' and ')}`
        t.match((await after.run('network')).result, { order: result.order, first: result.first }, where)
        t.strictSame(after.read('Boot0003').subarray(4), made.Boot0003, where)
        t.strictSame(after.read('BootOrder').subarray(4), made.BootOrder, where)
      }
    })
})

await t.test('the boot option names the loader that the image has', async (t) => {
  const { node, context, read } = uefi(t, firmware)
  tool('sgdisk', ['-n1:2048:+8M', '-t1:ef00', node])
  const [shim, usual] =
    architecture() === 'x86_64'
      ? ['\\EFI\\debian\\shimx64.efi', '\\EFI\\BOOT\\BOOTX64.EFI']
      : ['\\EFI\\debian\\shimaa64.efi', '\\EFI\\BOOT\\BOOTAA64.EFI']
  const pathOf = (variable: string) => decodeBootOption(read(variable).subarray(4))!.devicePath.toString('utf16le', 46)
  const run = (loaders: string[]) =>
    bootOrderHandler({ label: 'eims', facts: { ...someFacts, esp: { partition: 1, loaders } } }, context)
  await run([shim])
  t.ok(pathOf('Boot0003').startsWith(`${shim}\0`))
  await run([shim, usual])
  t.ok(pathOf('Boot0003').startsWith(`${usual}\0`))
  t.match(await run([]).catch((error) => error), { reason: { code: 'no-efi-loader' } })
})
