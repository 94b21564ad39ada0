import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import t from 'tap'

// One promise: what generators trip over is not in docs/openapi.json, by Redocly's recommended rules.

const source = readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8')
const config = await createConfig({ extends: ['recommended'] })

const problemsOf = async (text: string) =>
  (await lintFromString({ source: text, absoluteRef: 'openapi.json', config })).map(
    ({ ruleId, message, location: [place] }) => `${ruleId}: ${message} ${place?.pointer}`,
  )

await t.test('no rule has anything to say, not even as a warning', async (t) => {
  t.strictSame(await problemsOf(source), [])
})

await t.test('and they are looked at', async (t) => {
  const broken = JSON.parse(source)
  broken.paths['/api/v1/nodes'].get.operationId = broken.paths['/api/v1/nodes'].post.operationId
  broken.components.schemas.Unused = { type: 'object' }
  delete broken.info.license
  broken.paths['/api/v1/batches'].post.requestBody.content['application/json'].example.name = 7
  const rules = (await problemsOf(JSON.stringify(broken))).map((each) => each.split(':')[0])
  t.strictSame(
    new Set(rules),
    new Set(['info-license', 'no-invalid-media-type-examples', 'no-unused-components', 'operation-operationId-unique']),
  )
})
