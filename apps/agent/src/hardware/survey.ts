import { existsSync, readFileSync } from 'node:fs'
import { arch, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Inventory, MachineIdentity } from '@eims/contracts'
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
      secureBoot: secureBoot(machine.sysRoot),
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

/** UEFI 2.10 section 3.3: one byte, behind the four of attributes that efivarfs puts in front. */
export function secureBoot(sysRoot: string): boolean | null {
  try {
    const bytes = readFileSync(join(sysRoot, 'firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'))
    return bytes.length === 5 ? bytes[4] === 1 : null
  } catch {
    return null
  }
}
