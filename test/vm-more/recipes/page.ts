import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const page = readFileSync(join(import.meta.dirname, '../../../docs/dhcp.md'), 'utf8')

/** The first block of code below a heading of docs/dhcp.md, without its indentation. Throws when there is none. */
export function recipeOf(heading: string): string {
  const [, section] = page.split(`\n### ${heading}\n`)
  const block = /\n((?: {4}.*\n|\n(?= {4}))+)/.exec(section?.split(/\n##/)[0] ?? '')?.[1]
  if (!block) throw new Error(`docs/dhcp.md has no block of code below "### ${heading}"`)
  return block.replace(/^ {4}/gm, '')
}
