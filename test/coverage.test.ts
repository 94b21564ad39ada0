import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')

interface Row {
  id: string
  seed: number
  number: number
  asked: string
  state: string
  proof: string
}
/** A test that a row names, with the titles in it that count; none: the whole file. */
interface Named {
  file: string
  titles: string[]
}

const rows = readFileSync(join(root, 'docs/coverage.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line): Row => {
    const [, id = '', asked = '', state = '', proof = '', ...rest] = line.split('|').map((cell) => cell.trim())
    if (rest.join('') !== '') throw new Error(`a row of docs/coverage.md has another number of cells: ${line}`)
    const [seed, number] = id.split('.').map(Number)
    return { id, seed: seed!, number: number!, asked, state, proof }
  })

const NAMED = /`([\w./-]+\.test\.ts)`((?:,? “[^”]+”)*)/g
const namedIn = (proof: string): Named[] =>
  [...proof.matchAll(NAMED)].map(([, file = '', titles = '']) => ({
    file,
    titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
  }))
/** What stands there besides tests. */
const reasonIn = (proof: string) => proof.replaceAll(NAMED, '').trim()

await t.test('each requirement of each document is one row, in order', (t) => {
  for (const [seed, least] of [14, 20, 35, 42, 11].entries()) {
    const numbers = rows.filter((row) => row.seed === seed).map(({ number }) => number)
    t.strictSame(
      numbers,
      numbers.map((_, index) => index + 1),
      `ids of ${seed}: each once, without a gap`,
    )
    t.ok(numbers.length >= least, `${numbers.length} rows of ${seed}`)
  }
  t.strictSame(
    rows.filter(({ asked }) => asked === ''),
    [],
    'each says what is asked for',
  )
  t.end()
})

await t.test('its state is one of three: done by a test, planned or not done with a reason', (t) => {
  for (const { id, state, proof } of rows) {
    t.ok(['done', 'planned', 'no'].includes(state), `${id}: ${state}`)
    if (state === 'done') t.not(namedIn(proof).length, 0, `${id} names a test`)
    else t.match(reasonIn(proof), /\w+ \w+/, `${id} says what is to come, or why not`)
    t.notMatch(proof, /SOON:/, `${id}: its test is to be named`)
  }
  t.end()
})

await t.test('every test that is named is there', (t) => {
  for (const { id, proof } of rows) {
    const named = namedIn(proof)
    t.equal(proof.match(/\.test\.ts/g)?.length ?? 0, named.length, `${id}: each test is named by its path`)
    t.equal(proof.match(/“/g)?.length ?? 0, named.flatMap(({ titles }) => titles).length, `${id}: titles are of a test`)
    for (const { file, titles } of named) {
      if (!t.ok(existsSync(join(root, file)), `${id}: ${file}`)) continue
      const text = readFileSync(join(root, file), 'utf8').replaceAll(String.raw`\'`, "'")
      for (const title of titles) t.ok(text.includes(title), `${id}: ${file} has “${title}”`)
    }
  }
  t.end()
})
