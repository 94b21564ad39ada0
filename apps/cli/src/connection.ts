import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, createClient } from '@eims/contracts'
import { Refusal } from './refusal.ts'

/** Options that every verb talking to a server takes, for node:util's parseArgs. */
export const connectionOptions = {
  server: { type: 'string' },
  key: { type: 'string' },
  data: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** Their help text. */
export const connectionHelp = `  --server URL   the server's address for administration (or EIMS_SERVER)
  --key KEY      a key of the server (or EIMS_KEY)
  --data DIR     data directory of the server on this machine (default /var/lib/eims)
  --json         print the reply as JSON
`

export interface ConnectionFlags {
  server?: string | undefined
  key?: string | undefined
  data?: string | undefined
  json?: boolean | undefined
}

/**
 * A client for the server that flags, environment or this machine's own data directory name, in that order.
 * Throws a Refusal when none is known.
 */
export function connect(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Client {
  const server = flags.server ?? env.EIMS_SERVER
  const key = flags.key ?? env.EIMS_KEY
  if (server && key) return createClient({ baseUrl: server, token: key })
  const local = readLocal(flags.data ?? env.EIMS_DATA ?? '/var/lib/eims')
  if (!server && local) return createClient({ baseUrl: local.url, token: key ?? local.key })
  throw new Refusal(
    server
      ? 'a key is missing; give --key or EIMS_KEY'
      : 'no server is known; start one here with ./eims up, or give --server and --key (as root on the server itself neither is needed)',
  )
}

/** `local.json` in the data directory is how root on the server's own machine gets in without a key. */
function readLocal(dataDir: string): { url: string; key: string } | null {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'local.json'), 'utf8'))
  } catch {
    return null
  }
}
