import type { Handler } from './handler.ts'

/** The builtin `reboot`: says what comes; the loop does it after the server has accepted the report. */
export const rebootHandler: Handler<'reboot'> = async ({ how }, context) => {
  const said = { reboot: 'Restarting into the installed system', poweroff: 'Switching off', hold: 'Staying here' }
  context.log(said[how])
  return { result: {}, finish: how }
}
