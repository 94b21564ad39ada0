import { existsSync } from 'node:fs'
import { arch, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Inventory, MachineIdentity } from '@eims/contracts'
import { enforcing, lockdown } from '../firmware/secure-boot.ts'
import type { Machine } from '../machine.ts'
import { readDisks } from './disks.ts'
import { missingFirmware } from './firmware-files.ts'
import { readNics } from './nics.ts'
import { readBios, readIdentity } from './smbios.ts'

/** What the agent says of its machine when it onboards. */
export async function survey(machine: Machine): Promise<{ identity: MachineIdentity; inventory: Inventory }> {
  const nics = readNics(machine.sysRoot, machine.bootMac)
  const processors = cpus()
  const kernelLog = await machine.busybox('dmesg').catch(() => '')
  return {
    identity: readIdentity(
      machine.sysRoot,
      nics.map(({ mac }) => mac),
    ),
    inventory: {
      architecture: architecture(),
      firmware: isUefi(machine.sysRoot) ? 'uefi' : 'bios',
      ...enforcing(machine.sysRoot),
      lockdown: await lockdown(machine),
      cpuModel: processors[0]?.model.trim().slice(0, 256) ?? null,
      cpuCount: Math.max(1, processors.length),
      memory: totalmem(),
      ...readBios(machine.sysRoot),
      disks: await readDisks(machine),
      nics,
      missingFirmware: missingFirmware(kernelLog),
    },
  }
}

export const architecture = (): Inventory['architecture'] => (arch() === 'arm64' ? 'arm64' : 'x86_64')

export const isUefi = (sysRoot: string): boolean => existsSync(join(sysRoot, 'firmware/efi'))
