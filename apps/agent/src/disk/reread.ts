import { statSync } from 'node:fs'
import type { Machine } from '../machine.ts'

/**
 * Drops what the kernel cached of a disk (BLKFLSBUF) and lets it read the partition table again (BLKRRPART).
 * The disk must not be open. A busy partition makes the second one fail: the table then counts from the next boot.
 */
export async function reread(machine: Machine, node: string): Promise<void> {
  if (!statSync(node).isBlockDevice()) return
  await machine.busybox('blockdev', '--flushbufs', node)
  await machine.busybox('blockdev', '--rereadpt', node).catch(() => {})
}
