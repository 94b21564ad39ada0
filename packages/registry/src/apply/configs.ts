import { type AppliedChange, type ApplyNode, type ApplyProblem, type ConfigLevel, ProblemError } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import type { PlannedNode } from './plan.ts'

/**
 * A config-file as it is to be stored, beside the one that is.
 * @throws ProblemError invalid-input with every mistake in its fields
 */
export type ReadyConfig = (level: ConfigLevel, text: string, stored: string | null) => string

/** The same for these files; it may look for what they name. */
export type ReadyConfigs = (db: Db, texts: readonly string[]) => Promise<ReadyConfig>

interface Wrong {
  messages: string[]
}

/** What a config-file that is given comes to; null and '' clear. */
export function made(
  ready: ReadyConfig,
  level: ConfigLevel,
  given: string | null,
  stored: string | null,
): string | null | Wrong {
  if (!given) return null
  try {
    return ready(level, given, stored)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { messages: error.fields?.map(({ message }) => message) ?? [error.message] }
  }
}

export const isWrong = (config: string | null | Wrong): config is Wrong => typeof config === 'object' && config !== null

/** A config-file is too long for a list of what differs, and holds secrets. */
export const configChange = (from: string | null, to: string | null): AppliedChange => ({
  field: 'config',
  from: told(from),
  to: told(to),
})

const told = (config: string | null) => config && `a config-file of ${config.trimEnd().split('\n').length} lines`

/** Adds the config-files to what is planned of nodes. @returns everything that is wrong with them */
export function planConfigs(planned: PlannedNode[], nodes: readonly ApplyNode[], ready: ReadyConfig): ApplyProblem[] {
  const problems: ApplyProblem[] = []
  for (const plan of planned) {
    const given = nodes[plan.index]!.config
    if (given === undefined) continue
    const stored = plan.known?.config ?? null
    const config = made(ready, 'node', given, stored)
    if (isWrong(config))
      for (const message of config.messages)
        problems.push({ of: 'nodes', index: plan.index, field: 'config', message, other: null })
    else if (config !== stored) {
      plan.config = config
      plan.changes.push(configChange(stored, config))
    }
  }
  return problems
}
