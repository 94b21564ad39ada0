import { basename, join } from 'node:path'
import { firstPlace } from '../disk/mark.ts'
import type { DiskFacts } from '../hardware/disks.ts'
import { attribute } from '../hardware/smbios.ts'
import { type Fault, type Here, order, type Way } from './way.ts'

const GIB = 1024 ** 3
const MIB = 1024 ** 2
/** What is discarded at once; a disk that is slow in it can be stopped in between. */
const STEP = 32 * GIB

/**
 * Gives all of a disk back to it, but for its last MiB, where the run's mark stands. What it reads as afterwards is the
 * disk's own affair: the kernel knows no promise that it is zeros (Documentation/ABI/stable/sysfs-block), so the caller
 * looks, and writes where it is not.
 */
export function discardWay(here: Here, disk: DiskFacts): Way | Fault {
  const method = 'discard'
  const most = attribute(join(here.machine.sysRoot, 'block', basename(disk.path)), 'queue/discard_max_bytes')
  if (!(Number(most ?? 0) > 0)) return { method, fault: 'not-supported', text: null }
  const end = Math.floor(firstPlace(disk) / MIB) * MIB
  return {
    method,
    async erase() {
      for (let offset = 0; offset < end; offset += STEP) {
        here.signal.throwIfAborted()
        const length = Math.min(STEP, end - offset)
        await order(here, method, '/bin/busybox', 'blkdiscard', '-o', `${offset}`, '-l', `${length}`, here.node())
      }
    },
  }
}
