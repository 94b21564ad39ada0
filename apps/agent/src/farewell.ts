import { writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Farewell } from './actions/handler.ts'
import type { Machine } from './machine.ts'

/** A machine that does not go down by itself within this is forced; milliseconds. */
const PATIENCE = 20_000

/**
 * Restarts or switches off this machine; never returns from either. `hold` returns at once.
 * There are no services to stop: everything lives in memory, and the disk is synced.
 */
export async function sayFarewell(machine: Machine, farewell: Farewell): Promise<void> {
  if (farewell === 'hold') return
  await machine.busybox('sync')
  await machine.busybox(farewell, '-f')
  await pause(PATIENCE)
  // Documentation/admin-guide/sysrq.rst: b restarts at once, o switches off
  writeFileSync('/proc/sysrq-trigger', farewell === 'reboot' ? 'b' : 'o')
  await pause(2 ** 31 - 1)
}
