import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Check, fail, ok, warn } from './check.ts'

/** The product did not exist before; a machine whose battery is dead says 1970, 2000 or 2010. */
const OLDEST_YEAR = 2026
const LATEST_YEAR = 2100

/** Machines take their time from this server, and certificates are judged by it. Pure. @param synchronised null: not known */
export function judgeClock(now: number, synchronised: boolean | null): Check {
  const shown = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, ' UTC')
    .replace('T', ' ')
  const year = new Date(now).getUTCFullYear()
  if (year < OLDEST_YEAR || year > LATEST_YEAR)
    return fail(
      'clock',
      `It says ${shown}, which cannot be.`,
      'Set it: timedatectl set-time "YYYY-MM-DD HH:MM:SS", and use NTP.',
    )
  if (synchronised === false)
    return warn(
      'clock',
      `It says ${shown} and is not set by NTP; machines take their time from here.`,
      'Switch NTP on (timedatectl set-ntp true), or compare it with a watch now and then.',
    )
  return ok('clock', `It says ${shown}${synchronised ? ', set by NTP' : '; whether NTP sets it is not known'}.`)
}

/** What systemd knows; null without it. */
export function ntpState(): boolean | null {
  if (!existsSync('/run/systemd/system')) return null
  const { status, stdout } = spawnSync('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    encoding: 'utf8',
    timeout: 5000,
  })
  return status === 0 ? stdout.trim() === 'yes' : null
}
