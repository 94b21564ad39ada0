import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBlobStore } from '@eims/image'
import { openRegistry } from '@eims/registry'
import { pino } from 'pino'
import { buildApp } from '../../src/app.ts'
import { NodeWaits } from '../../src/engine/waits.ts'
import { RunTally } from '../../src/run-tally.ts'
import { VERSION } from '../../src/version.ts'

/** The OpenAPI document of the whole app, and what it serves; it is built for it over a registry that is never asked. */
export async function documentedApp() {
  const folder = await mkdtemp(join(tmpdir(), 'eims-openapi-'))
  const never = {} as never
  const log = pino({ level: 'silent' })
  const registry = openRegistry({ url: 'postgresql://nobody@localhost/nothing' })
  const app = await buildApp({
    version: VERSION,
    log,
    engine: {
      registry,
      siteId: never,
      log,
      waits: new NodeWaits(),
      signingKey: never,
      sink: never,
      httpsOnly: never,
      listening: { since: null },
      clock: never,
      tally: new RunTally(),
      reach: async () => null,
    },
    images: { registry, jobs: never, uploads: never, named: never, store: await openBlobStore(folder) },
    hosts: never,
    boot: { decider: never, artifacts: { toolFiles: () => [] } } as never,
    counters: never,
    stored: never,
    dashboard: folder,
    dataDir: folder,
    importsDir: folder,
    space: never,
    events: never,
    deliveries: never,
    onNetbootChange: never,
    onRestored: never,
    now: never,
  })
  try {
    return { document: app.swagger(), served: app.served }
  } finally {
    await app.close()
    await registry.close()
    await rm(folder, { recursive: true })
  }
}
