import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reason } from '@eims/contracts'
import type { Test } from 'tap'
import type { Context } from '../../src/actions/handler.ts'
import { reasonOf } from '../../src/failure.ts'
import type { Machine } from '../../src/machine.ts'
import { openState } from '../../src/state.ts'

export function tempDir(t: Pick<Test, 'teardown'>): string {
  const dir = mkdtempSync(join(tmpdir(), 'eims-agent-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** What a handler gets; `lines` and `steps` keep what it said. */
export function fakeContext(
  t: Pick<Test, 'teardown'>,
  machine: Machine,
  more: Partial<Context> = {},
): Context & { lines: string[]; steps: number[]; notes: Reason[] } {
  const lines: string[] = []
  const steps: number[] = []
  const notes: Reason[] = []
  return {
    runId: 'run-1',
    attempt: 1,
    machine,
    chunks: [],
    state: openState(tempDir(t)),
    results: {},
    env: {},
    signal: new AbortController().signal,
    log: (text) => void lines.push(text),
    progress: (fraction) => void steps.push(fraction),
    note: (reason) => void notes.push(reason),
    lines,
    steps,
    notes,
    ...more,
  }
}

/** Why work was refused; null when it was not. */
export const reasonIn = (work: Promise<unknown>): Promise<Reason | null> =>
  work.then(
    () => null,
    (error: unknown) => reasonOf(error),
  )

/** The result of a choose-disk action that took this disk. */
export const chose = (path: string, size: number) => ({
  'choose-disk': { path, size, serial: null, wwn: null, overwrite: true },
})
