import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { efiLoader } from '@eims/contracts'
import { findChosen } from '../disk/chosen.ts'
import { underMark } from '../disk/mark.ts'
import { Failure } from '../failure.ts'
import { diskBootOption } from '../firmware/boot-option.ts'
import { setBootOrder } from '../firmware/boot-order.ts'
import { findBootPartition } from '../firmware/boot-partition.ts'
import { openEfiVariables } from '../firmware/efivars.ts'
import { architecture, isUefi } from '../hardware/survey.ts'
import { nodeOf } from '../machine.ts'
import { choiceOf } from './choose-disk.ts'
import type { Handler } from './handler.ts'

/** The builtin `boot-order`: the disk first, or the network and then the disk; everything else in its order behind them. */
export const bootOrderHandler: Handler<'boot-order'> = async ({ label, bootOrder = 'disk', facts }, context) => {
  const { machine } = context
  if (!isUefi(machine.sysRoot)) {
    const then = machine.medium
      ? 'it may start the medium again while that is in'
      : 'the server answers with the local disk'
    context.log(`This firmware is a BIOS: its boot order stays, and ${then}`)
    return { result: { changed: false, order: [] } }
  }
  const target = findChosen(machine, choiceOf(context.results))
  await using disk = await machine.openDisk(nodeOf(machine, target.path), 'read')
  const partition = await findBootPartition(await underMark(disk, target, context.runId), target)
  if (!partition) throw new Failure({ code: 'no-efi-partition', slots: {} })
  const loader = efiLoader(facts?.esp?.loaders, architecture())
  if (loader === null) {
    const found = facts?.esp?.loaders ?? []
    throw new Failure({ code: 'no-efi-loader', slots: { architecture: architecture(), found: found.slice(0, 64) } })
  }
  const dir = join(machine.sysRoot, 'firmware/efi/efivars')
  if (readdirSync(dir).length === 0) await machine.busybox('mount', '-t', 'efivarfs', 'efivarfs', dir)
  const option = diskBootOption(label, partition, loader)
  const result = setBootOrder(openEfiVariables(dir), option, bootOrder)
  if (result.first !== bootOrder)
    context.log('This firmware has no boot entry for the network: the disk goes first, and it will not come by itself')
  context.log(`Boot order: ${result.order.join(', ')}${result.changed ? '' : ' (as it was)'}`)
  return { result }
}
