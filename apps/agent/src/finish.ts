import { setTimeout as pause } from 'node:timers/promises'
import { Finish } from '@eims/contracts'
import { z } from 'zod'
import type { Machine } from './machine.ts'

/** How an agent leaves its machine: as a unit ends, or into a kernel that waits in memory. */
export const Leave = z.enum([...Finish.options, 'kexec'])
export type Leave = z.infer<typeof Leave>

/** Milliseconds: for the disks to take what is on its way, and for the machine to go down, before it is forced. */
const PATIENCE = { sync: 60_000, down: 20_000 }

/**
 * Restarts or switches off this machine, or starts the kernel that was loaded; returns from none. `hold` returns at once.
 * There are no services to stop: everything lives in memory, and the disk is synced. A means that fails or hangs (a
 * disk that no longer answers hangs `sync`, and cannot be killed) is followed by the next.
 * @throws when nothing helped: said again, it may
 */
export async function finishMachine(machine: Machine, leave: Leave, patience = PATIENCE): Promise<void> {
  if (leave === 'hold') return
  await Promise.race([machine.busybox('sync').catch(() => {}), pause(patience.sync)])
  if (leave === 'kexec') {
    machine.run('kexec', ['--exec']).catch(() => {})
    await pause(patience.down)
  }
  // a machine that keeps its kernel comes to the same system by its firmware
  const finish = leave === 'kexec' ? Finish.enum.reboot : leave
  machine.busybox(finish, '-f').catch(() => {})
  await pause(patience.down)
  machine.force(finish)
  await pause(patience.down)
  throw new Error(`This machine does not obey ${leave}`)
}
