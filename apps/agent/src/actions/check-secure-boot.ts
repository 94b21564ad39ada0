import { Failure } from '../failure.ts'
import { secureBoot } from '../firmware/secure-boot.ts'
import type { Handler } from './handler.ts'

/** The builtin `check-secure-boot`: fails where the firmware's Secure Boot is not as the workflow wants it. */
export const checkSecureBootHandler: Handler<'check-secure-boot'> = async ({ expected }, { machine, log }) => {
  const secure = secureBoot(machine.sysRoot)
  const has = secure === null ? 'none' : secure ? 'on' : 'off'
  log(`Secure Boot: ${has}`)
  // a firmware without it lets any OS start
  if (expected !== 'any' && (has === 'on') !== (expected === 'on'))
    throw new Failure({ code: 'secure-boot-differs', slots: { expected, has } })
  return { result: { secureBoot: secure } }
}
