import type { EdgeConfig } from './config.ts'
import { type SystemKey, systemKeys } from './system/operating-system.ts'

/** What can carry a config-file, from what is said of all units to what is said of one. */
export const levels = ['site', 'batch', 'profile', 'node'] as const
export type Level = (typeof levels)[number]

export interface Merged {
  config: EdgeConfig
  /** which level each key comes from: `operatingSystem.proxy`, `kubernetes` */
  from: Record<string, Level>
}

/** What of a unit's config-files counts: of each key of `operatingSystem`, and of `kubernetes` as a whole, the most specific. */
export function mergeLevels(given: Partial<Record<Level, EdgeConfig>>): Merged {
  const merged: Merged = { config: { operatingSystem: {} }, from: {} }
  for (const level of levels) {
    const config = given[level]
    if (!config) continue
    for (const key of systemKeys) {
      if (config.operatingSystem[key] === undefined) continue
      Object.assign(merged.config.operatingSystem, { [key]: config.operatingSystem[key] } satisfies Partial<
        Record<SystemKey, unknown>
      >)
      merged.from[`operatingSystem.${key}`] = level
    }
    if (!config.kubernetes) continue
    merged.config.kubernetes = config.kubernetes
    merged.from.kubernetes = level
    // the cluster that is more specific than this is meant
    if (merged.config.operatingSystem.hostType !== 'container') continue
    if (merged.from['operatingSystem.hostType'] === level) continue
    delete merged.config.operatingSystem.hostType
    delete merged.from['operatingSystem.hostType']
  }
  return merged
}
