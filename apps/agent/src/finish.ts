import { setTimeout as pause } from 'node:timers/promises'
import type { Finish } from '@eims/contracts'
import type { Machine } from './machine.ts'

/** Milliseconds: for the disks to take what is on its way, and for the machine to go down, before it is forced. */
const PATIENCE = { sync: 60_000, down: 20_000 }

/**
 * Restarts or switches off this machine; returns from neither. `hold` returns at once.
 * There are no services to stop: everything lives in memory, and the disk is synced. A means that fails or hangs (a
 * disk that no longer answers hangs `sync`, and cannot be killed) is followed by the next.
 * @throws when nothing helped: said again, it may
 */
export async function finishMachine(machine: Machine, finish: Finish, patience = PATIENCE): Promise<void> {
  if (finish === 'hold') return
  await Promise.race([machine.busybox('sync').catch(() => {}), pause(patience.sync)])
  machine.busybox(finish, '-f').catch(() => {})
  await pause(patience.down)
  machine.force(finish)
  await pause(patience.down)
  throw new Error(`This machine does not obey ${finish}`)
}
