/** Writes docs/openapi.json anew: `node apps/server/test/support/write-openapi.ts && biome format --write docs/openapi.json` */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { documentedApp } from './openapi-document.ts'

const { document } = await documentedApp()
writeFileSync(join(import.meta.dirname, '../../../../docs/openapi.json'), `${JSON.stringify(document, null, 2)}\n`)
