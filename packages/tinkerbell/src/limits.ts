import type { YamlLimits } from '@eims/placed-yaml'

/** What a file may hold at most; what Tinkerbell or Linux bound themselves has their numbers. */
export interface Limits extends YamlLimits {
  /** UTF-16 units of the file */
  source: number
  /** actions of one workflow, those of `on-failure` and `on-timeout` included: as many as a plan holds */
  actions: number
  /** variables of one action */
  variables: number
  /** bytes of one variable: what Linux hands to a program (MAX_ARG_STRLEN) */
  variable: number
  /** words of a command, volumes of an action */
  words: number
}

export const LIMITS: Limits = {
  source: 256 * 1024,
  documents: 50,
  actions: 100,
  variables: 128,
  variable: 128 * 1024 - 1,
  words: 64,
  depth: 32,
  aliases: 100,
}

/** Seconds. */
export const MOST_SECONDS = { action: 86_400, whole: 7 * 86_400, backoff: 3600 }
export const MOST_RETRIES = 100
/** Tinkerbell: fewer than 200 characters. */
export const MOST_NAME = 199
