import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import { completable } from '../src/completion/completable.ts'
import { verbs } from '../src/verbs.ts'
import { reference } from './support/reference.ts'

await t.test('docs/cli.md is what the verbs say', async (t) => {
  const written = readFileSync(resolve(import.meta.dirname, '../../../docs/cli.md'), 'utf8')
  t.equal(written, reference(), 'write it with: node apps/cli/test/support/write-reference.ts')
})

await t.test('completion knows the verbs as they are', async (t) => {
  const written = readFileSync(resolve(import.meta.dirname, '../src/completion/verbs.json'), 'utf8')
  t.strictSame(
    JSON.parse(written),
    verbs.map(completable),
    'write it with: node apps/cli/test/support/write-reference.ts',
  )
})
