import { join } from 'node:path'
import { type Symptom, symptoms } from '@eims/contracts'
import { textOf } from '../../src/diagnosis/symptoms.ts'

export const DIAGNOSIS_DOCUMENT = join(import.meta.dirname, '../../../../docs/diagnosis.md')

const BEGIN = '<!-- rows: written from the product’s own table -->'

/** The page with its rows as the product prints them; what stands before the rows is kept. */
export function withRows(page: string): string {
  const rows = Object.keys(symptoms).map((name) => rowOf(name as Symptom))
  const head = '| symptom | it says | because | what to do |\n|---|---|---|---|\n'
  return `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}\n\n${head}${rows.join('')}`
}

function rowOf(name: Symptom): string {
  const { verdict, certainty, says, cause = '', remedy = [] } = textOf(name)
  const surely = verdict === 'trouble' && certainty === 'likely' ? `Likely: ${cause}` : cause
  return `| \`${name}\` (${verdict}) | ${says} | ${surely || '-'} | ${remedy.join('<br>') || '-'} |\n`
}
