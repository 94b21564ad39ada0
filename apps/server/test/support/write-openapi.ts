/** Writes docs/openapi.json anew: `node apps/server/test/support/write-openapi.ts && biome format --write docs/openapi.json` */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openApiDocument } from './openapi-document.ts'

writeFileSync(
  join(import.meta.dirname, '../../../../docs/openapi.json'),
  `${JSON.stringify(await openApiDocument(), null, 2)}\n`,
)
