import type { ShownNode } from './bench.ts'

export const MINUTE = 60_000

export const isRunning = (node: ShownNode): boolean => node.instance?.state === 'RUNNING'
/** Its OS is on its disk, and it restarts. */
export const isProvisioned = (node: ShownNode): boolean => node.instance?.state === 'PROVISIONED'
export const isWaiting = (node: ShownNode): boolean => node.waiting !== null

/** How much of the image is written, 0 to 1. */
export function written(node: ShownNode): number {
  const action = node.run?.actions.find((candidate) => candidate.name === 'write-image')
  return action?.state === 'SUCCEEDED' ? 1 : (action?.progress ?? 0)
}
