import { MOST_CONFIG_FILE } from '@eims/contracts'
import type { YamlLimits } from '@eims/placed-yaml'

/** What a config-file may hold at most. */
export const LIMITS: YamlLimits &
  Record<'source' | 'users' | 'keys' | 'authorities' | 'files' | 'commands' | 'names', number> = {
  /** UTF-16 units */
  source: MOST_CONFIG_FILE,
  documents: 1,
  depth: 24,
  aliases: 100,
  users: 32,
  /** SSH keys of one user */
  keys: 64,
  /** texts of `caCertificates` */
  authorities: 32,
  files: 128,
  commands: 256,
  /** services, name servers, time servers */
  names: 64,
}
