import type { Client } from '@eims/contracts'
import type { Named } from '../verb.ts'
import type { Candidate } from './candidates.ts'

/** A shell waits for it at every press of the key. */
const TIMEOUT_MS = 1500
const MOST = 200

const routeOf = {
  node: 'listNodes',
  profile: 'listProfiles',
  image: 'listImages',
  workflow: 'listWorkflows',
  addon: 'listAddons',
  batch: 'listBatches',
  account: 'listAccounts',
  secret: 'listSecrets',
  key: 'listKeys',
  webhook: 'listWebhooks',
  import: 'listImports',
} as const satisfies Record<Named, string>

/** Names of the server that begin so, at most 200. */
export async function namesFrom(client: Client, of: Named, typed: string): Promise<Candidate[]> {
  // Only what needs no quotes: within quotes a * would be one.
  const key = of === 'import' ? 'id' : 'name'
  const filter = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(typed) ? { filter: `${key} = ${typed}*` } : {}
  const query = { pageSize: MOST, ...filter }
  const { items } = await client(routeOf[of], { query }, { timeout: TIMEOUT_MS })
  return items
    .map((item) => item as unknown as Record<string, unknown>)
    .map((item) => ({ text: String(item[key]), says: saysOf(item) }))
    .filter(({ text }) => text.startsWith(typed))
}

const saysOf = (item: Record<string, unknown>) =>
  [item.serial, item.file, item.image, item.userName, item.role]
    .find((value) => typeof value === 'string')
    ?.toString() ?? ''
