import { mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { openDisk } from '../../src/disk/block-device.ts'
import type { Machine } from '../../src/machine.ts'

export interface FakeDisk {
  name: string
  size: number
  sectorSize?: number
  /** below /sys/devices; tells the transport */
  bus?: string
  /** further attributes below the disk's directory, e.g. `device/serial` */
  attributes?: Record<string, string | Buffer>
}

/** A machine made of files: /sys and /dev as directories, disks as sparse files. */
export function fakeMachine(
  t: Pick<Test, 'teardown'>,
  disks: FakeDisk[] = [],
): Machine & { dir: string; calls: string[][] } {
  const dir = mkdtempSync(join(tmpdir(), 'eims-agent-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const [sysRoot, devRoot] = [join(dir, 'sys'), join(dir, 'dev')]
  for (const path of [join(sysRoot, 'block'), join(sysRoot, 'class/net'), devRoot]) mkdirSync(path, { recursive: true })
  const calls: string[][] = []
  const machine = {
    dir,
    sysRoot,
    devRoot,
    root: dir,
    bootMac: null,
    calls,
    openDisk,
    async busybox(applet: string, ...args: string[]) {
      calls.push([applet, ...args])
      return ''
    },
    async run(program: string, args: string[]) {
      calls.push([program, ...args])
      return { code: 0 }
    },
    force: (finish: string) => void calls.push(['force', finish]),
  }
  for (const disk of disks) addDisk(machine, disk)
  return machine
}

export function put(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

export function addDisk(machine: Machine, disk: FakeDisk): string {
  const { name, size, sectorSize = 512, bus = 'pci0000:00/0000:00:02.0/virtio1/block', attributes = {} } = disk
  const device = join(machine.sysRoot, 'devices', bus, name)
  const facts = { size: `${size / 512}\n`, ro: '0\n', removable: '0\n', 'queue/logical_block_size': `${sectorSize}\n` }
  for (const [file, content] of Object.entries({ ...facts, ...attributes })) put(join(device, file), content)
  symlinkSync(device, join(machine.sysRoot, 'block', name))
  const node = join(machine.devRoot, name)
  openSync(node, 'a')
  truncateSync(node, size)
  return node
}
