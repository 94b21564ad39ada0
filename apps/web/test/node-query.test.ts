import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { standingFilter } from '@eims/contracts'
import t from 'tap'
import { addresses, addressOfNode } from '../src/addresses.ts'
import { filterOf, orderAfter, pauseAfter, queryOf, searchOf } from '../src/pages/node-query.ts'

// One promise: what is typed and chosen becomes the filter that was meant, and stands in the page's address.

const all = { text: '', state: 'all', batch: '', orderBy: '' } as const

await t.test('filters', (t) => {
  const text = (typed: string) => filterOf({ ...all, text: typed })
  t.equal(filterOf(all), '')
  t.equal(text(' edge-04 '), 'name:"edge-04" OR serial:"edge-04"')
  t.equal(text('3c:ec:ef'), 'name:"3c:ec:ef" OR serial:"3c:ec:ef" OR mac:"3c:ec:ef"', 'a part of a MAC is none')
  t.equal(text('3c:e'), 'name:"3c:e" OR serial:"3c:e" OR mac:"3c:e"', 'nor is one in the middle of a byte')
  t.equal(text('a "b\\'), String.raw`name:"a \"b\\" OR serial:"a \"b\\"`)
  t.equal(text('product:NUC AND batch = lot-7'), 'product:NUC AND batch = lot-7')
  t.equal(filterOf({ ...all, state: 'failed' }), standingFilter.failed)
  t.equal(
    filterOf({ ...all, text: 'x = y', state: 'running', batch: 'lot "7"' }),
    String.raw`(x = y) AND (instance.state = RUNNING) AND (batch = "lot \"7\"")`,
  )
  t.end()
})

await t.test('addresses', (t) => {
  for (const search of [all, { text: 'a b', state: 'held', batch: 'lot/7', orderBy: 'name desc' } as const])
    t.strictSame(searchOf(queryOf(search)), search)
  t.equal(queryOf(all), '')
  t.strictSame(searchOf('state=nonsense&orderBy=secret'), all)
  t.strictSame(
    [orderAfter('', 'name'), orderAfter('name', 'name'), orderAfter('name desc', 'name')],
    ['name', 'name desc', ''],
  )
  t.equal(addressOfNode('a/b'), '/nodes/a%2Fb')
  t.end()
})

await t.test('every address is a page', (t) => {
  const pages = readFileSync(join(import.meta.dirname, '../src/pages.tsx'), 'utf8')
  for (const name of Object.keys(addresses)) t.match(pages, `path: addresses.${name},`)
  t.end()
})

await t.test('the server is asked later for a sign or two, which mostly are a beginning', (t) => {
  for (const typed of ['1', ' 17 ', '17']) t.ok(pauseAfter(typed) > pauseAfter('17x'), typed)
  for (const typed of ['', '17x', '3c:ec:ef', 'batch = lot-7']) t.ok(pauseAfter(typed) <= 50, typed)
  t.end()
})
