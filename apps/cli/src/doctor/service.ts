import { connect } from 'node:net'
import { type Counters, createClient, type Webhook } from '@eims/contracts'
import { readLocal } from '../connection.ts'
import { type Check, fail, ok } from './check.ts'

const PATIENCE_MS = 5000

/** The service on this machine, if one runs: what it does, and whether its database answers. */
export interface Running {
  counters: Counters | null
  webhooks: Webhook[]
  /** what /readyz said: 200, or 503 while the database is away */
  health: number
  /** asks for the counters once more; null: it did not answer */
  ask(): Promise<Counters | null>
}

/** @param dataDir where a running service has written how to reach it. Null when none answers. */
export async function findService(dataDir: string): Promise<Running | null> {
  const local = readLocal(dataDir)
  if (!local) return null
  try {
    const { status } = await fetch(new URL('/readyz', local.url), { signal: AbortSignal.timeout(PATIENCE_MS) })
    const client = createClient({ baseUrl: local.url, token: local.key, timeout: PATIENCE_MS })
    const ask = () => client('counters', {}).catch(() => null)
    const webhooks = client('listWebhooks', {}).then(
      ({ items }) => items,
      () => [],
    )
    return { health: status, counters: await ask(), webhooks: await webhooks, ask }
  } catch {
    return null
  }
}

/** Whether a database will be there. The embedded one starts with the service. @param url EIMS_DATABASE_URL */
export async function checkDatabase(running: Running | null, url: string | undefined): Promise<Check> {
  if (running)
    return running.health === 200
      ? ok('database', 'It answers the service that runs here.')
      : fail(
          'database',
          'The service that runs here cannot reach its database.',
          'Read the service’s log; start the database or mend EIMS_DATABASE_URL.',
        )
  if (!url) return ok('database', 'The embedded one starts with ./eims up.')
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    return fail(
      'database',
      'EIMS_DATABASE_URL is no address of a PostgreSQL server.',
      'Write postgresql://USER:PASSWORD@HOST:5432/DATABASE.',
    )
  const { hostname, port } = new URL(url)
  const place = `${hostname}:${port || 5432}`
  const trouble = await whyUnreachable(hostname, Number(port || 5432))
  if (trouble === null)
    return ok('database', `Something answers at ${place}; whether it lets eims in shows at ./eims up.`)
  return fail(
    'database',
    `PostgreSQL at ${place} cannot be reached (${trouble}).`,
    'Start it, or mend EIMS_DATABASE_URL; without it the embedded one is used.',
  )
}

function whyUnreachable(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port })
    const done = (why: string | null) => {
      socket.destroy()
      resolve(why)
    }
    socket.setTimeout(PATIENCE_MS, () => done('no answer'))
    socket.on('connect', () => done(null))
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
  })
}
