/*
 * Boots the target image straight from its disk, with a hand-made CIDATA partition behind it, and logs in by SSH.
 * Not part of the tests (minutes): node packages/lab/test/by-hand/target-boots.ts WORKDIR [uefi|bios BUS NIC]…
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  buildTargetImage,
  createSshKey,
  type DiskBus,
  type Firmware,
  fetchQemu,
  hostKeys,
  Lan,
  Machine,
  type NicModel,
  run,
  ssh,
  startSiteDhcp,
  waitForSsh,
} from '../../src/index.ts'

const [work = '/tmp/eims-target-boots', firmware = 'uefi', bus = 'ahci', nic = 'e1000e', variant = 'A'] =
  process.argv.slice(2)
await mkdir(work, { recursive: true })
const log = (text: string) => console.log(`${(performance.now() / 1000).toFixed(1)} s  ${text}`)
const image = await buildTargetImage({ variant: variant as 'A' | 'B', cacheDir: join(work, 'cache'), log })
log(`image ${image.path} ${image.sha256}`)

await using lan = await Lan.create({ name: 'target' })
await using dhcp = await startSiteDhcp({ segment: lan.bench, dir: work })
const dir = join(work, `${firmware}-${bus}-${nic}-${Date.now()}`)
await mkdir(dir)
const key = await createSshKey(dir)
const disk = join(dir, 'disk.raw')
await run('cp', ['--sparse=always', image.path, disk])
await run('truncate', ['-s', '2G', disk])
await run('sgdisk', ['-e', '-n', '4:-4M:0', '-t', '4:0700', '-c', '4:CIDATA', disk])
const { stdout } = await run('sgdisk', ['-i', '4', disk])
const first = Number(/First sector: (\d+)/.exec(stdout)?.[1])
await writeFile(join(dir, 'meta-data'), 'instance-id: by-hand-1\nlocal-hostname: sn-0001\n')
const user = `#cloud-config\nusers:\n  - {name: ops, sudo: "ALL=(ALL) NOPASSWD:ALL", shell: /bin/bash, ssh_authorized_keys: ["${key.publicKey}"]}\n`
await writeFile(join(dir, 'user-data'), user)
const at = ['-i', `${disk}@@${first * 512}`]
await run('mformat', [...at, '-T', '8000', '-v', 'CIDATA', '::'])
await run('mcopy', [...at, join(dir, 'meta-data'), join(dir, 'user-data'), '::'])

const mac = '52:54:00:aa:00:01'
await using machine = await Machine.create({
  lan,
  qemu: await fetchQemu(join(work, 'cache')),
  dir,
  spec: {
    firmware: firmware as Firmware,
    nic: { model: nic as NicModel, mac, pxe: firmware === 'bios' ? 'ipxe-rom' : 'firmware' },
    disk: { bus: bus as DiskBus },
    system: { uuid: '11111111-2222-3333-4444-555555555555', serial: 'SN-0001', manufacturer: 'Lab, Inc.' },
  },
})
await machine.powerOn()
log('power on')
for (const pattern of [/Linux version/, /systemd.1./, /login:/, /finished at/]) {
  await machine.waitForSerial(pattern, 180_000)
  log(`console: ${pattern}`)
}
await machine.screenshot(join(dir, 'screen.png'))
const target = { namespace: lan.site, address: (await dhcp.addressOf(mac))!, user: 'ops', key }
await waitForSsh(target, 60_000)
log(`SSH at ${target.address}`)
const facts = 'cat /etc/eims-image; hostname; cat /etc/machine-id; cloud-init status --long; systemd-analyze; uname -r'
log(
  (
    await ssh(
      target,
      `${facts}; systemctl --failed --no-legend; df -h / | tail -1; ip -br addr; sudo journalctl -p warning --no-pager -b -o cat | tail -15`,
    )
  ).stdout,
)
log((await ssh(target, 'systemd-analyze blame | head -12; systemd-analyze critical-chain | head -20')).stdout)
log((await hostKeys(target)).join('\n'))
