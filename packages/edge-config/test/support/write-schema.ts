/** Writes docs/config.schema.json anew: `node packages/edge-config/test/support/write-schema.ts && biome format --write docs/config.schema.json` */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configSchema } from '../../src/index.ts'

writeFileSync(
  join(import.meta.dirname, '../../../../docs/config.schema.json'),
  `${JSON.stringify(configSchema, null, 2)}\n`,
)
