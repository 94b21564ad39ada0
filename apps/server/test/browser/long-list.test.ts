import { until } from '@eims/lab'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { openSite } from '../support/site.ts'
import { builtDashboard, signIn, startBrowser, visit } from './browser.ts'

// One promise: however many rows of a long list change at once, each shows what it is now, those in sight first.

/** More than two pages: a shorter list is read anew as a whole. */
const LOADED = 400
const CHANGED = 250

const { fresh } = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)

/** Rows that are there at the moment: name and standing of each. */
const ROWS = `[...document.querySelectorAll('.row.body')].map((row) =>
  [...row.querySelectorAll('[role=cell]')].slice(1, 3).map(({ textContent }) => textContent.trim()))`

await t.test('250 of 400 rows', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', { dashboard })
  const names = Array.from({ length: LOADED }, (_, each) => `m-${String(each).padStart(3, '0')}`)
  const csv = `name,serial\n${names.map((name) => `${name},SN-${name}`).join('\n')}\n`
  await site.api('importNodes', {}, { rawBody: csv, contentType: 'text/csv' })
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/nodes?orderBy=name')
  await signIn(page, site.keys.operator)
  await page.locator('.row.body').first().waitFor()
  const rows = () => page.evaluate<[string, string][]>(ROWS)
  const scrollTo = (row: number) => page.evaluate(`document.querySelector('.table-box').scrollTop = ${row * 46}`)
  for (let row = 0; (await page.locator('.total').textContent()) !== `${LOADED} of ${LOADED}`; row += 100) {
    await scrollTo(Math.min(row, LOADED))
    await until(async () => Number((await page.locator('.total').textContent())!.split(' ')[0]) > Math.min(row, 300))
  }
  await scrollTo(150)
  await until(async () => (await rows()).some(([name]) => name === names[152]))
  const inSight = (await rows()).map(([name]) => name)

  const asked: string[][] = []
  page.on('request', (request) => {
    const filter = new URL(request.url()).searchParams.get('filter') ?? ''
    if (filter.startsWith('id = ')) asked.push(filter.split(' OR ').map((part) => part.slice('id = '.length)))
  })
  const { items } = await site.api('listNodes', { query: { orderBy: 'name', pageSize: 1000 } })
  const idOf = new Map(items.map(({ id, name }) => [name, id]))
  const select = { ids: names.slice(0, CHANGED) }
  await site.api('bulkNodes', { body: { select, action: 'hold', reason: 'the shelf is full' } })

  await until(async () => (await rows()).every(([, standing]) => standing === 'Held'))
  t.ok(
    inSight.every((name) => asked[0]?.includes(idOf.get(name)!)),
    'those in sight were asked for first',
  )
  await until(() => new Set(asked.flat()).size >= CHANGED)
  const shown = new Map<string, string>()
  for (let row = 0; row < LOADED; row += 10) {
    await scrollTo(row)
    await until(async () => (await rows()).some(([name]) => name === names[Math.min(row + 9, LOADED - 1)]))
    for (const [name, standing] of await rows()) shown.set(name, standing)
  }
  const held = names.filter((name) => shown.get(name) === 'Held')
  t.equal(shown.size, LOADED, 'every row was looked at')
  t.strictSame(held, names.slice(0, CHANGED), 'each that was held says so, and no other')
  t.strictSame(wrongs, [])
})
