import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { problems } from '@eims/contracts'
import t from 'tap'

await t.test('docs/errors.md lists exactly the error codes of the contracts, with their words', async (t) => {
  const text = readFileSync(join(import.meta.dirname, '../docs/errors.md'), 'utf8')
  const documented = text.split('\n').filter((line) => line.startsWith('| `'))
  const wanted = Object.entries(problems).map(
    ([code, { status, title, remedy }]) => `| \`${code}\` | ${status} | ${title} | ${remedy} |`,
  )
  t.strictSame(documented, wanted)
})
