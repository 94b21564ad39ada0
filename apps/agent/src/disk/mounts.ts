import { readFileSync } from 'node:fs'
import type { Machine } from '../machine.ts'

/** PURE: where something is mounted, in the order in which it was: field 5 of proc_pid_mountinfo(5), its octal escapes undone. */
export const mountPoints = (mountinfo: string): string[] =>
  mountinfo
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .map((path) => path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))

/**
 * Unmounts a folder, and everything that is mounted below it, the last one first.
 * @param busy one that is still in use stays where it is, or is gone from its place, and unmounted when its last user ends
 * @returns whether none was in use
 */
export async function unmountBelow(machine: Machine, folder: string, busy: 'stays' | 'goes'): Promise<boolean> {
  let whole = true
  const points = mountPoints(readFileSync('/proc/self/mountinfo', 'utf8'))
  for (const point of points.filter((each) => each === folder || each.startsWith(`${folder}/`)).reverse())
    await machine.busybox('umount', point).catch(async () => {
      whole = false
      if (busy === 'goes') await machine.busybox('umount', '-l', point)
    })
  return whole
}
