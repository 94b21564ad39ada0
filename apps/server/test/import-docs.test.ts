import { readFileSync } from 'node:fs'
import { csvColumns, importProblems, importWarnings, undoReasons } from '@eims/contracts'
import t from 'tap'
import { readHeader } from '../src/imports/header.ts'

const page = readFileSync(new URL('../../../docs/csv.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map(([, name = '', rest = '']) => [name, rest] as const)

await t.test('docs/csv.md names every problem, every warning and every column', (t) => {
  const told = Object.fromEntries(rows.filter(([name]) => name in importProblems))
  t.same(told, importProblems)
  const doubted = Object.fromEntries(rows.filter(([name]) => name in importWarnings))
  t.same(doubted, importWarnings)
  const section = page.slice(page.indexOf('## History, and undo'), page.indexOf('## How fast'))
  for (const reason of Object.keys(undoReasons)) t.ok(section.includes(`| \`${reason}\` |`), reason)
  const columns = rows.filter(([, rest]) => rest.includes('|')).map(([name]) => name)
  t.same(columns, [...csvColumns, 'Error - do not fill'])
  t.end()
})

await t.test('other names that the page gives for a column are known', (t) => {
  for (const [name, rest] of rows.filter(([, text]) => text.includes('|')))
    for (const other of (rest.split('|')[0] ?? '')
      .trim()
      .split(', ')
      .filter((word) => word.trim() !== '' && word !== '…')) {
      const { header } = readHeader([other])
      if (name.startsWith('Error')) t.equal(header.error, 0)
      else t.same([...header.places], [[name, [0]]], `${other} is ${name}`)
    }
  t.end()
})
