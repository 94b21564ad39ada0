import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildDashboard } from './build.ts'

/**
 * Builds the dashboard alone, which deploy/artifacts.ts does with the rest.
 *   usage: make.ts --cache DIR --out DIR
 * What browsers get is in OUT/web afterwards.
 */
const { values } = parseArgs({ options: { cache: { type: 'string' }, out: { type: 'string' } } })
await buildDashboard({
  cacheDir: resolve(values.cache ?? '/var/cache/eims'),
  outDir: resolve(values.out ?? 'artifacts'),
  log: (line) => process.stderr.write(`eims: ${line}\n`),
})
