import { join, resolve } from 'node:path'
import { type Machine, run } from '@eims/lab'
import t from 'tap'
import { CACHE } from '../cache.ts'
import { Bench } from '../vm/bench.ts'
import { proveUnaided } from '../vm/proof.ts'
import { isWaiting, MINUTE } from '../vm/states.ts'

// One promise: an arm64 machine comes by its firmware's PXE client to the agent, gets an arm64 image and boots it.

const eims = resolve(import.meta.dirname, '../../eims')
const mac = '52:54:00:aa:00:40'
const uuid = '11111111-2222-3333-4444-555555550040'
/** the image's EFI system partition, in MiB */
const ESP = { start: 1, size: 60 }

/** As small as an image for UEFI can be: its loader is a kernel, which says by itself that it was started. */
async function smallestImage(file: string): Promise<void> {
  const at = ['-i', `${file}@@${ESP.start}M`]
  await run('truncate', ['-s', '64M', file])
  await run('sgdisk', ['-n', `1:${ESP.start}M:+${ESP.size}M`, '-t', '1:ef00', file])
  await run('mformat', [...at, '-F', '-c', '1', '-T', `${ESP.size * 2048}`, '::'])
  await run('mmd', [...at, '::/EFI', '::/EFI/BOOT'])
  await run('mcopy', [...at, join(CACHE, 'artifacts/arm64/vmlinuz'), '::/EFI/BOOT/BOOTAA64.EFI'])
}

async function systemPartition(file: string): Promise<string> {
  const script = 'dd if="$1" bs=1M skip="$2" count="$3" status=none | sha256sum'
  return (await run('sh', ['-c', script, 'sh', file, `${ESP.start}`, `${ESP.size}`])).stdout
}

const timed = async <T>(what: string, work: Promise<T>): Promise<T> => {
  const began = performance.now()
  const result = await work
  t.comment(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  return result
}

await timed('prepare', run(eims, ['prepare', '--architecture', 'arm64'], { timeoutMs: 10 * MINUTE }))
const bench = await Bench.create('arm64')
t.teardown(() => bench[Symbol.asyncDispose]())
const image = join(bench.dir, 'arm.raw')
await smallestImage(image)
await bench.eims('images', 'add', image, '--name', 'arm', '--arch', 'arm64')
await bench.eims(
  'profiles',
  'add',
  'arm',
  '--image',
  'arm',
  '--arch',
  'arm64',
  '--finish',
  'poweroff',
  '--user',
  'edge',
)
const machine: Machine = await bench.machine('unit-arm', {
  architecture: 'arm64',
  firmware: 'uefi',
  nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' },
  disk: { bus: 'virtio' },
  system: { serial: 'SN-0040', uuid, manufacturer: 'Bench', product: 'Arm 1' },
})
proveUnaided(t, machine)

await t.test('it comes by PXE to the agent and waits', { timeout: 20 * MINUTE }, async (t) => {
  await machine.powerOn()
  const node = await timed('power on to the first call', bench.until('SN-0040', isWaiting, 15 * MINUTE))
  t.equal(node.state, 'ONBOARDED')
  t.strictSame([node.uuid, node.macs, node.manufacturer, node.product], [uuid, [mac], 'Bench', 'Arm 1'])
  t.match(node.inventory, {
    architecture: 'arm64',
    firmware: 'uefi',
    disks: [{ path: '/dev/vda', transport: 'virtio', content: { blank: true } }],
    nics: [{ name: 'eth0', mac, driver: 'virtio_net', link: true, boot: true }],
  })
  const { dhcp, tftp, http } = await bench.wire()
  t.ok(
    dhcp.some((seen) => seen.mac === mac && seen.vendorClass?.startsWith('PXEClient:Arch:00011')),
    'its firmware said that it is arm64',
  )
  // an iPXE with its own drivers asks for autoexec.ipxe at the root, not beside itself
  for (const file of ['52-54-00-aa-00-40/ipxe-arm64.efi', 'autoexec.ipxe'])
    t.ok(
      tftp.some((seen) => seen.file === file),
      `${file} by TFTP`,
    )
  for (const uri of ['/boot.ipxe', '/boot/arm64/vmlinuz', '/boot/arm64/initrd.zst', '/boot/site.cpio'])
    t.ok(
      http.some((seen) => seen.from === mac && seen.uri.split('?')[0] === uri),
      `${uri} by HTTP`,
    )
  await machine.waitForSerial(/nobody registered this machine/, MINUTE)
})

await t.test('it gets its image and boots that', { timeout: 20 * MINUTE }, async (t) => {
  await bench.eims('nodes', 'add', 'unit-arm', '--serial', 'SN-0040', '--profile', 'arm')
  const isProvisioned = bench.until('unit-arm', (node) => node.instance?.state === 'PROVISIONED', 10 * MINUTE)
  await timed('registered to provisioned', isProvisioned)
  await machine.waitForOff(2 * MINUTE)
  t.equal(await systemPartition(machine.diskFile), await systemPartition(image), 'the image is on the disk')
  await machine.powerOn()
  await machine.waitForSerial(/starting Boot\w+ "eims arm"/, 5 * MINUTE)
  await machine.waitForSerial(/EFI stub: Booting Linux Kernel/, 5 * MINUTE)
  await machine.powerOff()
})
