import type { Accelerator } from './accelerator.ts'
import { boardOf, type MachineArchitecture } from './board.ts'

export type Firmware = 'uefi' | 'bios'
export type NicModel = 'e1000' | 'e1000e' | 'rtl8139' | 'virtio-net-pci' | 'vmxnet3'
export type DiskBus = 'ahci' | 'virtio' | 'scsi' | 'nvme'

/** What a machine is, as a person in front of it would say. */
export interface MachineSpec {
  /** who runs its instructions; default tcg, software, which is the same on every host */
  accelerator?: Accelerator
  /** of its processor; default x86_64. An arm64 machine has UEFI, a virtio NIC and no AHCI */
  architecture?: MachineArchitecture
  firmware: Firmware
  /** UEFI: with Microsoft's keys, as machines are sold, and it starts nothing that these do not let it */
  secureBoot?: boolean
  nic: {
    model: NicModel
    /** six hexadecimal pairs with colons */
    mac: string
    /**
     * who boots from the network: the machine's own firmware (UEFI), or the iPXE in the NIC's option ROM (BIOS; on UEFI
     * only with Debian 12's ipxe-qemu); `firmware-http`: UEFI HTTP boot, with PXE switched off in the firmware; `none`:
     * it cannot
     */
    pxe: 'firmware' | 'firmware-http' | 'ipxe-rom' | 'none'
    /** QEMU rewrites the firmware's boot order by these at each start; leave them out to prove a machine's own order */
    bootIndex?: number
  }
  /** a NIC that no firmware boots from, with a link to nobody who would answer; the kernel finds it in this order */
  deadNic?: { mac: string; place: 'first' | 'last' }
  disk: { bus: DiskBus; bootIndex?: number }
  /** absolute path of a USB stick's image, which is only read unless it says otherwise */
  stick?: { file: string; isWritable?: boolean; bootIndex?: number }
  /** absolute path of the image of a disc in an optical drive (SATA) */
  disc?: { file: string; bootIndex?: number }
  /** SMBIOS type 1 */
  system: { uuid: string; serial: string; manufacturer?: string; product?: string }
  /** MiB, default 1024 */
  memory?: number
  /** default 1 */
  cpus?: number
}

/** What the machine is made of on this host. */
export interface MachineParts {
  /** tap device in the network namespace that QEMU runs in */
  tap: string
  disk: { file: string; format: 'raw' | 'qcow2' }
  /** the serial console is appended to this file */
  serialLog: string
  /** UEFI only: the firmware's code, and this machine's own copy of its variables */
  uefi?: { code: string; vars: string }
  /** the NIC's UEFI driver, which QEMU shows as its option ROM; see `needsNicRom` */
  nicRom?: string
}

/**
 * Whether the NIC's UEFI driver must come from an option ROM: OVMF brings only virtio's. With such a driver OVMF's own
 * PXE client boots from the network, as on a real board.
 */
export function needsNicRom(spec: MachineSpec): boolean {
  return spec.nic.pxe.startsWith('firmware') && spec.nic.model !== 'virtio-net-pci'
}

/** OVMF takes from here what other firmware has in its setup: PXE, for IPv4 and IPv6, on or off. */
const WITHOUT_PXE = ['IPv4PXESupport', 'IPv6PXESupport'].map((name) => `name=opt/org.tianocore/${name},string=no`)

/** Commas separate QEMU's options; one in a value is doubled. */
const value = (text: string) => text.replaceAll(',', ',,')

const bootIndex = (index: number | undefined) => (index === undefined ? '' : `,bootindex=${index}`)

function diskDevices(disk: MachineSpec['disk']): string[] {
  const end = bootIndex(disk.bootIndex)
  switch (disk.bus) {
    case 'ahci':
      return [`ide-hd,drive=disk0,bus=ide.0${end}`]
    case 'virtio':
      return [`virtio-blk-pci,drive=disk0${end}`]
    case 'scsi':
      return ['virtio-scsi-pci,id=scsi0', `scsi-hd,drive=disk0,bus=scsi0.0${end}`]
    case 'nvme':
      return [`nvme,drive=disk0,serial=eims-disk0${end}`]
  }
}

/** What is plugged in for a stick, as QMP's `device_add` takes it; `device_del` takes its id. */
export const STICK = { driver: 'usb-storage', id: 'plug0', drive: 'stick0', bus: 'usb0.0', removable: true } as const

/** Its bytes are a node of their own, which stays when the stick is pulled out. */
function usbStick(stick: MachineSpec['stick']): { nodes: string[]; devices: string[] } {
  if (!stick) return { nodes: [], devices: [] }
  const file = `file.driver=file,file.filename=${value(stick.file)}`
  const { driver, id, drive, bus } = STICK
  return {
    nodes: [`driver=raw,node-name=${drive}${stick.isWritable ? '' : ',read-only=on'},${file}`],
    devices: [
      'qemu-xhci,id=usb0',
      `${driver},id=${id},drive=${drive},bus=${bus},removable=on${bootIndex(stick.bootIndex)}`,
    ],
  }
}

function opticalDrive(disc: MachineSpec['disc']): { drives: string[]; devices: string[] } {
  if (!disc) return { drives: [], devices: [] }
  return {
    drives: [`if=none,id=disc0,format=raw,readonly=on,file=${value(disc.file)}`],
    devices: [`ide-cd,id=optical0,drive=disc0,bus=ide.1${bootIndex(disc.bootIndex)}`],
  }
}

/** Its link is up, and on the other end is a hub with nothing in it. OVMF has no driver for it, and iPXE's ROM is left out. */
const deadNic = ({ mac }: { mac: string }) => `e1000,netdev=net1,mac=${mac},romfile=`

function firmwareDrives(parts: MachineParts): string[] {
  if (!parts.uefi) return []
  const { code, vars } = parts.uefi
  return [`if=pflash,format=raw,readonly=on,file=${value(code)}`, `if=pflash,format=raw,file=${value(vars)}`]
}

/**
 * The whole QEMU command line (without the program's name) of a machine that has a NIC on a tap device, one disk, a
 * screen, a serial console and nothing else. Pure.
 */
export function qemuArguments(spec: MachineSpec, parts: MachineParts): string[] {
  if ((spec.firmware === 'uefi') !== (parts.uefi !== undefined))
    throw new Error(`a ${spec.firmware} machine ${parts.uefi ? 'has no' : 'needs'} UEFI firmware files`)
  if (spec.firmware === 'bios' && spec.nic.pxe.startsWith('firmware'))
    throw new Error('SeaBIOS has no PXE client of its own: a BIOS machine needs nic.pxe "ipxe-rom"')
  if (spec.architecture === 'arm64') refuseOnArm64(spec)
  if (spec.secureBoot && spec.firmware === 'bios') throw new Error('a BIOS machine has no Secure Boot')
  const board = boardOf(spec)
  const guarded = spec.secureBoot === true && board.guarded
  const { file, format } = parts.disk
  const { uuid, serial, manufacturer, product } = spec.system
  const system = Object.entries({ manufacturer, product, serial, uuid })
    .filter(([, text]) => text !== undefined)
    .map(([key, text]) => `,${key}=${value(text as string)}`)
  if (needsNicRom(spec) !== (parts.nicRom !== undefined))
    throw new Error(`${spec.nic.model} with PXE by ${spec.nic.pxe} ${parts.nicRom ? 'has no' : 'needs a'} driver ROM`)
  // an empty name takes the iPXE away that QEMU would put in
  const rom = spec.nic.pxe !== 'ipxe-rom' ? `,romfile=${value(parts.nicRom ?? '')}` : ''
  const nic = `${spec.nic.model},netdev=net0,mac=${spec.nic.mac}${bootIndex(spec.nic.bootIndex)}${rom}`
  const { deadNic: dead } = spec
  const nics = !dead ? [nic] : dead.place === 'first' ? [deadNic(dead), nic] : [nic, deadNic(dead)]
  const stick = usbStick(spec.stick)
  const optical = opticalDrive(spec.disc)
  const withoutPxe = spec.firmware === 'uefi' && ['firmware-http', 'none'].includes(spec.nic.pxe)
  const option = (name: string, ...values: string[]) => values.flatMap((text) => [name, text])
  return [
    '-nodefaults',
    '-no-user-config',
    ...option('-machine', guarded ? `${board.machine},smm=on` : board.machine),
    // Its variables are written by the firmware alone.
    ...(guarded ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ...option('-accel', spec.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'),
    ...option('-cpu', board.cpu),
    ...option('-smp', `${spec.cpus ?? 1}`),
    ...option('-m', `${spec.memory ?? 1024}`),
    ...option('-display', 'none'),
    ...board.screen,
    ...option('-qmp', 'stdio'),
    ...option('-chardev', `file,id=console,path=${value(parts.serialLog)},append=on`),
    ...option('-serial', 'chardev:console'),
    ...option('-drive', ...firmwareDrives(parts)),
    ...option('-netdev', `tap,id=net0,ifname=${parts.tap},script=no,downscript=no`),
    ...option('-netdev', ...(dead ? ['hubport,id=net1,hubid=1'] : [])),
    ...option('-device', ...nics),
    ...option('-drive', `if=none,id=disk0,format=${format},file=${value(file)},cache=unsafe,discard=unmap`),
    ...option('-device', ...diskDevices(spec.disk), 'virtio-rng-pci'),
    ...option('-blockdev', ...stick.nodes),
    ...option('-drive', ...optical.drives),
    ...option('-device', ...stick.devices, ...optical.devices),
    ...option('-fw_cfg', ...(withoutPxe ? WITHOUT_PXE : [])),
    ...option('-smbios', `type=1${system.join('')}`),
  ]
}

function refuseOnArm64({ firmware, nic, disk, disc }: MachineSpec): void {
  if (firmware !== 'uefi' || nic.pxe === 'ipxe-rom' || nic.model !== 'virtio-net-pci' || disk.bus === 'ahci' || disc)
    throw new Error('an arm64 machine has UEFI, a virtio-net-pci NIC that its firmware boots from, and nothing on AHCI')
}
