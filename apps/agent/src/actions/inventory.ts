import { bytes, type Inventory, secureBootOf } from '@eims/contracts'
import { survey } from '../hardware/survey.ts'
import type { Handler } from './handler.ts'

/** The builtin `inventory`: what stands in this machine, as lines of the run's log. */
export const inventoryHandler: Handler<'inventory'> = async (_args, context) => {
  const { identity, inventory } = await survey(context.machine)
  const { cpuModel, cpuCount, memory, firmware, disks, nics, missingFirmware } = inventory
  context.log([identity.manufacturer, identity.product, identity.serial].filter(Boolean).join(' ') || 'Unnamed machine')
  context.log(`${cpuCount} x ${cpuModel ?? 'unknown CPU'}, ${bytes(memory)} of memory, ${firmware.toUpperCase()}`)
  if (firmware === 'uefi') context.log(secureBootLine(inventory))
  for (const disk of disks)
    context.log(
      `${disk.path} ${bytes(disk.size)} ${disk.transport} ${disk.model ?? ''} ${disk.serial ?? ''}`
        .replace(/ +/g, ' ')
        .trim(),
    )
  for (const nic of nics)
    context.log(
      `${nic.name} ${nic.mac} ${nic.driver ?? 'no driver'}, link ${nic.link ? 'up' : 'down'}${nic.boot ? ', booted from' : ''}`,
    )
  for (const name of missingFirmware)
    context.log(`A driver misses the firmware file ${name}; build the Micro-OS with --firmware DIR`)
  return { result: {} }
}

function secureBootLine(inventory: Inventory): string {
  const trusted = inventory.secureBootKeys?.trusted
  const names = trusted ? trusted.certificates.map(({ name }) => name).join(', ') || 'nobody' : 'unknown'
  const words = { on: 'on', off: 'off', setup: 'off (setup mode)', none: 'not to be had' }
  return `Secure Boot ${words[secureBootOf(inventory)]}, trusted: ${names}, lockdown ${inventory.lockdown ?? 'unknown'}`
}
