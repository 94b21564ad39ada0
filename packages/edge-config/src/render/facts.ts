import type { KnownK3s, LocalAccount, Nic, OsType } from '@eims/contracts'

/** What is known of a unit beside its config-file. */
export interface Facts {
  nodeName: string
  /** as the machine's agent counted them; empty when none was heard */
  nics: readonly Nic[]
  imageType: OsType
  /** whether the image carries K3s; left out: nobody knows */
  imageK3s?: KnownK3s['has']
  /** the account that the unit gets anyway */
  account: LocalAccount | null
  /** names of the sets of addons that its profile has; left out: none */
  addons?: readonly string[]
  /** the site's proxy, for a config-file that names none */
  siteProxy: { httpProxy: string; noProxy: string | null } | null
}
