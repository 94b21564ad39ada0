import type { Note } from '@eims/placed-yaml'
import type { Cluster, KubernetesContext } from './kinds/kind.ts'
import type { OperatingSystem } from './system/operating-system.ts'

/** A config-file that was read: nothing in it is a mistake, and no password stands in it. */
export interface EdgeConfig {
  operatingSystem: OperatingSystem
  /** left out: the file says nothing of a cluster */
  kubernetes?: {
    /** as it is written, texts, lists and mappings */
    source: unknown
    cluster: Cluster
  }
}

export interface ReadContext extends Partial<KubernetesContext> {
  /** makes a crypt(5) hash of a password, with a salt of its own, or gives one of it that this user has already */
  crypt: (password: string, username: string) => string
  /** of whom the file is: an address is one machine's */
  of?: 'node' | 'many'
  /** what is stored in its place so far: `***` keeps a hash of it */
  stored?: EdgeConfig | null
}

export interface ReadConfig {
  /** null when there is a mistake */
  config: EdgeConfig | null
  mistakes: Note[]
  warnings: Note[]
}
