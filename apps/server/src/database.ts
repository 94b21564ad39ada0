import { join } from 'node:path'
import {
  keepRunning,
  lockDirectory,
  MigrationError,
  migrate,
  openRegistry,
  type Registry,
  reserveLogRoom,
  startEmbeddedPostgres,
} from '@eims/registry'
import type { Logger } from 'pino'
import type { Config } from './config.ts'

export interface Database extends AsyncDisposable {
  registry: Registry
  /** for the greeting, without secrets */
  description: string
  /** what is known to be wrong with it at the moment; null: nothing */
  trouble: () => string | null
}

/** The registry's database: the server that the configuration names, else the embedded one under the data directory; migrated. */
export async function openDatabase({ config, log }: { config: Config; log: Logger }): Promise<Database> {
  await using stack = new AsyncDisposableStack()
  const say = (line: string) => log.info(line)
  const { url, description, trouble } = config.databaseUrl
    ? await external(stack, config.databaseUrl, config.dataDir)
    : await embedded(stack, config, log)
  await migrate({ url, log: say }).catch((cause: NodeJS.ErrnoException) => {
    if (!config.databaseUrl || cause instanceof MigrationError) throw cause
    const { host } = new URL(config.databaseUrl)
    throw new Error(
      `the PostgreSQL of EIMS_DATABASE_URL (${host}) cannot be used: ${cause.message || cause.code}; mend that, or unset EIMS_DATABASE_URL to use the embedded one`,
      { cause },
    )
  })
  const registry = openRegistry({ url })
  stack.defer(() => registry.close())
  const parts = stack.move()
  return { registry, description, trouble, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

/**
 * The embedded database guards the data directory; without it the images still must not be managed by two processes.
 */
async function external(stack: AsyncDisposableStack, url: string, dataDir: string) {
  const lock = await lockDirectory(dataDir)
  stack.defer(() => lock.release())
  return { url, description: `PostgreSQL at ${new URL(url).host}`, trouble: () => null }
}

async function embedded(stack: AsyncDisposableStack, config: Config, log: Logger) {
  const dataDir = join(config.dataDir, 'postgres')
  const postgres = stack.use(await startEmbeddedPostgres({ dataDir, log: (line) => log.info(line) }))
  const { trouble } = stack.use(keepRunning(postgres, { log: (line) => log.warn(line) }))
  await reserveLogRoom(postgres.url).catch((error: Error) =>
    log.warn(`database: no room could be reserved for its log: ${error.message}`),
  )
  return { url: postgres.url, description: `embedded PostgreSQL in ${dataDir}`, trouble }
}
