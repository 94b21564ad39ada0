import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Lan, Machine, type MachineSpec, startCapture, startSiteDhcp } from '@eims/lab'

/*
 * Records what boot firmware says: node test/captures/record.ts [NAME …], as root, a minute or two a machine (ovmf-http five:
 * OVMF tries PXE over both protocols first).
 * Each machine of the table boots in QEMU between a site's DHCP server (192.168.77.2) and our ProxyDHCP (192.168.77.1,
 * answering.ts), until it runs the script that it was sent to. What went over the DHCP ports is left in NAME.pcap.
 */

const mac = '52:54:00:aa:00:01'
const system = { uuid: '11111111-2222-3333-4444-555555555555', serial: 'SN-0001' }

/** firmware, who boots, and how our proxy is set */
const MACHINES: Record<string, { spec: MachineSpec; answer: string; seconds: number }> = {
  'ovmf-pxe': {
    spec: { firmware: 'uefi', nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' }, disk: { bus: 'ahci' }, system },
    answer: 'pxe',
    seconds: 300,
  },
  'ovmf-http': {
    spec: { firmware: 'uefi', nic: { model: 'virtio-net-pci', mac, pxe: 'firmware' }, disk: { bus: 'ahci' }, system },
    answer: 'http',
    seconds: 500,
  },
  'ovmf-ipxe-rom': {
    spec: { firmware: 'uefi', nic: { model: 'virtio-net-pci', mac, pxe: 'ipxe-rom' }, disk: { bus: 'ahci' }, system },
    answer: 'pxe',
    seconds: 300,
  },
  'seabios-ipxe-rom': {
    spec: { firmware: 'bios', nic: { model: 'virtio-net-pci', mac, pxe: 'ipxe-rom' }, disk: { bus: 'ahci' }, system },
    answer: 'always',
    seconds: 300,
  },
}

const here = fileURLToPath(new URL('.', import.meta.url))
const binaries = join(process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims'), 'artifacts/ipxe')
for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(MACHINES)) await record(name)

async function record(name: string): Promise<void> {
  const { spec, answer, seconds } = MACHINES[name]!
  const dir = await mkdtemp(join(tmpdir(), 'eims-captures-'))
  await using lan = await Lan.create({ name: 'captures' })
  await using _site = await startSiteDhcp({ segment: lan.bench, dir })
  // A broadcast needs a route where no socket is bound to a device.
  await lan.service.ip('route', 'add', 'default', 'dev', 'br0')
  await tftpFolder(join(dir, 'tftp'))
  const answering = lan.service.spawn(process.execPath, [join(here, 'answering.ts'), answer, join(dir, 'tftp')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const tftp = lan.service.spawn('dnsmasq', [
    '--keep-in-foreground --conf-file=/dev/null --port=0 --user=root --pid-file= --enable-tftp',
    `--tftp-root=${join(dir, 'tftp')}`,
  ].join(' ').split(' '))
  try {
    const scriptWasAsked = untilLine(answering.stdout!, 'script asked', seconds)
    const capture = await startCapture({
      namespace: lan.service,
      interface: 'br0',
      file: join(dir, 'all.pcap'),
      filter: 'udp port 67 or udp port 68 or udp port 4011',
    })
    await using machine = await Machine.create({ lan, spec, dir: join(dir, 'machine'), diskSize: 64 })
    await machine.powerOn()
    await scriptWasAsked.catch(async (cause) => {
      await machine.screenshot(join(dir, 'screen.png'))
      throw new Error(`${name}: see ${dir}/screen.png`, { cause })
    })
    console.log(name, await capture.stop())
    await keepDhcp(join(dir, 'all.pcap'), join(here, `${name}.pcap`))
  } finally {
    for (const child of [answering, tftp]) child.kill()
  }
  await rm(dir, { recursive: true })
}

async function tftpFolder(dir: string): Promise<void> {
  const own = join(dir, mac.replaceAll(':', '-'))
  await mkdir(own, { recursive: true })
  for (const name of ['snponly.efi', 'undionly.kpxe']) await copyFile(join(binaries, name), join(own, name))
  await copyFile(join(binaries, 'snponly.efi'), join(dir, 'snponly.efi'))
  await copyFile(join(here, 'autoexec.ipxe'), join(own, 'autoexec.ipxe'))
}

/** The capture's own end mark goes to another port, and is the one packet left out. */
async function keepDhcp(from: string, to: string): Promise<void> {
  const child = spawn('tcpdump', ['-r', from, '-w', to, 'udp and (port 67 or port 68 or port 4011)'], { stdio: 'ignore' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`tcpdump could not write ${to}`)
}

function untilLine(output: NodeJS.ReadableStream, wanted: string, seconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no "${wanted}" within ${seconds} s`)), seconds * 1000)
    output.on('data', (bytes: Buffer) => {
      process.stdout.write(bytes)
      if (!bytes.toString().includes(wanted)) return
      clearTimeout(timer)
      resolve()
    })
  })
}
