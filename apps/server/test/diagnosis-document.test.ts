import { readFileSync } from 'node:fs'
import t from 'tap'
import { DIAGNOSIS_DOCUMENT, withRows } from './support/diagnosis-document.ts'

await t.test(
  'docs/diagnosis.md has the rows of the product’s table (support/write-diagnosis.ts writes them)',
  async (t) => {
    const page = readFileSync(DIAGNOSIS_DOCUMENT, 'utf8')
    t.equal(page, withRows(page))
  },
)
