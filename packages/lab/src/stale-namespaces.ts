import { run } from './command.ts'
import { removeNamespace } from './namespace.ts'

/** `eims-<LAN name>-<process id of its maker>-<role>` */
const OURS = /^eims-[a-z0-9-]+-(\d+)-[a-z0-9]+$/

/** Name of a namespace that says who made it, so that a later process can clear up after one that was killed. */
export function namespaceName(lan: string, pid: number, role: string): string {
  return `eims-${lan}-${pid}-${role}`
}

/**
 * Those of the namespaces listed by `ip netns list` that a process made which no longer lives. Pure.
 * @param alive says whether a process id is running
 */
export function staleNamespaces(list: string, alive: (pid: number) => boolean): string[] {
  return list
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => {
      const maker = OURS.exec(name)?.[1]
      return maker !== undefined && !alive(Number(maker))
    })
}

/** Removes the namespaces, with all that runs in them, whose makers were killed before they could. */
export async function removeStaleNamespaces(): Promise<void> {
  for (const name of await stale()) {
    await removeNamespace(name).catch(async (cause) => {
      // another process may have been at it too
      if ((await stale()).includes(name)) throw cause
    })
  }
}

async function stale(): Promise<string[]> {
  return staleNamespaces((await run('ip', ['netns', 'list'])).stdout, isAlive)
}

/** Whether a process runs, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}
