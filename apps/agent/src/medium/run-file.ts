import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Run } from '@eims/contracts'

/** The run of this start of the machine, in a file on a tmpfs: an agent that is started again goes on with it. */
export interface RunFile {
  /** null: there is none yet, or it does not read back */
  load: () => Run | null
  keep: (run: Run) => void
}

/** @param path in the agent's state directory, which is there */
export function openRunFile(path: string): RunFile {
  return {
    load() {
      try {
        return JSON.parse(readFileSync(path, 'utf8')) as Run
      } catch {
        return null
      }
    },
    keep(run) {
      writeFileSync(`${path}.new`, JSON.stringify(run), { mode: 0o600 })
      renameSync(`${path}.new`, path)
    },
  }
}
