import { releaseDisk } from '../disk/claim.ts'
import type { Handler } from './handler.ts'

/**
 * The builtin `reboot`: says what comes; the loop does it after the server has accepted the report. Nobody takes the run
 * up after it, so its disk loses the run's mark where nothing has overwritten it, and can be started from.
 */
export const rebootHandler: Handler<'reboot'> = async ({ how }, context) => {
  await releaseDisk(context)
  const said = { reboot: 'Restarting into the installed system', poweroff: 'Switching off', hold: 'Staying here' }
  context.log(said[how])
  return { result: {}, finish: how }
}
