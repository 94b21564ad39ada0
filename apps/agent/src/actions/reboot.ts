import { findChosen } from '../disk/chosen.ts'
import { clearMark } from '../disk/mark.ts'
import { nodeOf } from '../machine.ts'
import { choiceIn } from './choose-disk.ts'
import type { Handler } from './handler.ts'

/**
 * The builtin `reboot`: says what comes; the loop does it after the server has accepted the report. Nobody takes the run
 * up after it, so its disk loses the run's mark where nothing has overwritten it, and can be started from.
 */
export const rebootHandler: Handler<'reboot'> = async ({ how }, { machine, results, runId, log }) => {
  const choice = choiceIn(results)
  if (choice) {
    const target = findChosen(machine, choice)
    await using disk = await machine.openDisk(nodeOf(machine, target.path), 'write')
    await clearMark(disk, target, runId)
  }
  const said = { reboot: 'Restarting into the installed system', poweroff: 'Switching off', hold: 'Staying here' }
  log(said[how])
  return { result: {}, finish: how }
}
