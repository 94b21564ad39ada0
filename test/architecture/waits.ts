import type { SourceTree } from './source-tree.ts'

/** Where a test waits for time to go by, and why it can neither wait for a condition nor move a clock. */
export const realWaits: Record<string, string> = {
  'apps/cli/test/boot-media-image.test.ts': 'mkfs.fat, mcopy and xorriso ask the kernel for the time',
  'apps/cli/test/images-add.test.ts': 'a server lingers before it ends a connection that is still sent to',
  'apps/cli/test/watch-events.test.ts': 'the command is a process of its own, with its own clock',
  'apps/server/test/browser/board-seconds.ts': 'it measures a minute of a page’s clock; nothing is judged by it',
  'apps/server/test/browser/dashboard-times.ts': 'it measures a storm that lasts some seconds; nothing is judged by it',
  'apps/server/test/listeners-bounded.test.ts': 'a socket that nobody reads for a while',
  'apps/server/test/metrics.test.ts': 'what a scrape says is kept for a second by the clock of the process',
  'packages/tftp/test/predicted-acks.test.ts': 'a disk that takes its time',
  'packages/tftp/test/support/client.ts': 'a client that gives up: a datagram that does not come is no event',
}

/** Waits for time, and bounds on how long something took; `t.setTimeout` is neither. */
const waits =
  /(?<![.\w$])setTimeout\(|\bsetTimeout\b[^;]*from "node:timers\/promises"|(?:Date|performance)\.now\(\)[^;]*? <=? \d/

/**
 * Tests outside of the virtual machines that wait for time to go by: they are slow, and on a busy machine wrong. A test
 * waits for a condition (`until` of the lab), for something that is known to come later, or is handed a clock. `allowed`
 * names the files that may, each of which must still do so.
 */
export function bareWaits({ files }: SourceTree, allowed: Record<string, string> = realWaits): string[] {
  const waiting = files
    .filter(({ kind, workspace }) => kind === 'test' && workspace !== 'test')
    .filter(({ code }) => waits.test(code))
    .map(({ path }) => path)
  return [
    ...waiting
      .filter((path) => !(path in allowed))
      .map((path) => `${path}: waits for time; wait for a condition with until, or hand in a clock`),
    ...Object.keys(allowed)
      .filter((path) => !waiting.includes(path))
      .map((path) => `${path}: need not be named as one that waits`),
  ]
}
