import type { BuiltinArgs, BuiltinName, BuiltinResult, LogLine, Reason } from '@eims/contracts'
import type { Leave } from '../finish.ts'
import type { Machine } from '../machine.ts'
import type { ChunkSource } from '../sources.ts'
import type { State } from '../state.ts'

/** What a handler may use. */
export interface Context {
  runId: string
  attempt: number
  machine: Machine
  chunks: ChunkSource[]
  state: State
  /** results of the run's finished actions, by action name */
  results: Record<string, unknown>
  /** aborted when a person cancels the run, the attempt is over, or its time is up: stop at the next safe point */
  signal: AbortSignal
  /** of the action: what a command of a person's finds in its environment */
  env: Record<string, string>
  /** what the run's mark leaves behind on the disk when it is done (mark.ts); left out: nothing */
  keepsake?: string
  /** a line for the screen and the run's log; never holds a secret of ours. `stream`: of a command, whose line it is */
  log: (text: string, stream?: LogLine['stream']) => void
  /** 0 to 1 */
  progress: (fraction: number) => void
  /** what a person is to know beside "done"; the newest replaces the one before */
  note: (reason: Reason) => void
}

/**
 * One builtin. Returns its result, and how the machine ends after the success was accepted; throws a Failure.
 * A server that is away is no failure: chunks are waited for.
 */
export type Handler<N extends BuiltinName> = (
  args: BuiltinArgs<N>,
  context: Context,
) => Promise<{ result: BuiltinResult<N>; finish?: Leave }>
