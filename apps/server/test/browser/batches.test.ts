import { until } from '@eims/lab'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { openSite } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, LOOKS, settled, signIn, startBrowser, visit } from './browser.ts'
import { fillHall, machineOf, send } from './fleet.ts'

// One promise: how far each batch is, who in it needs a person, and who never came, can be seen and carried away.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const hall = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
await fillHall(hall)

await t.test('all batches, and a new one', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/')
  await signIn(page, hall.keys.operator)
  await page.getByRole('link', { name: 'Batches' }).click()
  const row = (name: string) => page.getByRole('row', { name: new RegExp(`^${name} `) })
  const cells = async (name: string) => (await row(name).getByRole('cell').allTextContents()).slice(2)
  await row('lot-2026-32').waitFor()
  const { counts } = await hall.api('getBatch', { params: { id: 'lot-2026-32' } })
  const { expected, seen, running, failed, missing, alike, passed } = counts
  t.strictSame(await cells('lot-2026-32'), [expected, seen, running, failed, missing, alike, passed].map(String))
  t.match(await row('lot-2026-31').textContent(), /no estimate yet|done at about/)

  await page.getByRole('button', { name: 'New batch' }).click()
  const dialog = page.getByRole('alertdialog')
  const make = dialog.getByRole('button', { name: 'New batch' })
  t.ok(await make.isDisabled(), 'not without a name')
  await dialog.getByLabel('Name').fill('order 4711')
  await dialog.getByLabel('Expected').fill('many')
  await dialog.getByText('A whole number from 1').waitFor()
  t.ok(await make.isDisabled())
  await dialog.getByLabel('Expected').fill('40')
  await make.click()
  await dialog.getByText('must be 1 to 63 letters').first().waitFor()
  await dialog.getByLabel('Name').fill('spares')
  await make.click()
  await dialog.getByText('There is a batch called spares already').waitFor()
  await dialog.getByLabel('Name').fill('order-4711')
  await dialog.getByLabel('Note').fill('Customer: Nordwind\nGate 3')
  await make.click()
  await page.getByRole('heading', { name: 'order-4711' }).waitFor()
  await page.getByText('40 more are expected, and nobody registered them.').waitFor()
  t.match(await hall.api('getBatch', { params: { id: 'order-4711' } }), {
    expected: 40,
    note: 'Customer: Nordwind\nGate 3',
  })

  await page.getByRole('link', { name: 'All batches' }).click()
  await page.getByRole('searchbox').fill('nordwind')
  await until(async () => (await page.getByRole('row').count()) === 2)
  await page.getByRole('searchbox').fill('nothing-is-so')
  await page.getByText('No batch fits').waitFor()
  t.strictSame(wrongs, [])
})

await t.test('changing and deleting', async (t) => {
  const { id } = await hall.api('addBatch', { body: { name: 'lot-9', note: 'first' } })
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/batches/lot-9')
  await signIn(page, hall.keys.operator)
  const dialog = page.getByRole('alertdialog')
  await page.getByRole('button', { name: 'Change' }).click()
  await dialog.getByLabel('Note').fill('mine')
  await hall.api('putBatch', { params: { id: 'lot-9' }, body: { name: 'lot-9', expected: 5, note: 'theirs' } })
  await page.getByText('theirs').waitFor()
  await dialog.getByRole('button', { name: 'Change' }).click()
  await dialog.getByText('Somebody else changed it meanwhile').waitFor()
  t.match(await hall.api('getBatch', { params: { id: 'lot-9' } }), { note: 'theirs' }, 'nothing is overwritten unseen')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Change' }).click()
  t.equal(await dialog.getByLabel('Expected').inputValue(), '5')
  await dialog.getByLabel('Name').fill('lot-nine')
  await dialog.getByLabel('Expected').fill('')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'lot-nine' }).waitFor()
  t.match(new URL(page.url()).pathname, '/batches/lot-nine')
  t.match(await hall.api('getBatch', { params: { id } }), { name: 'lot-nine', expected: null })

  await page.goto('/batches/order-4711')
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('order-4711 is deleted.').waitFor()
  await t.rejects(hall.api('getBatch', { params: { id: 'order-4711' } }), { code: 'not-found' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Undone.').waitFor()
  await page.getByRole('link', { name: 'order-4711' }).waitFor()
  t.match(await hall.api('getBatch', { params: { id: 'order-4711' } }), { expected: 40 }, 'nothing was lost')

  await page.goto('/batches/spares')
  await page.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByText('Its 8 machines stay, without a batch').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  t.match(await hall.api('getBatch', { params: { id: 'spares' } }), { name: 'spares' }, 'asked first')
  t.strictSame(wrongs, [])
})

await t.test('one batch: who needs a person, who is at work, who never came', async (t) => {
  const { page, context, wrongs } = await visit(t, browser, hall)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto('/batches/lot-2026-32')
  await signIn(page, hall.keys.viewer)
  await page.getByRole('heading', { name: 'lot-2026-32' }).waitFor()
  t.equal(await page.getByRole('button', { name: /^(Change|Delete)$/ }).count(), 0, 'a viewer looks')
  const tile = (name: string) => page.locator('.tiles li', { hasText: name })
  const figure = (name: string) => tile(name).locator('.figure').textContent()
  await until(async () => (await page.locator('.needy li').count()) === 1)
  t.match(await page.locator('.needy li').textContent(), /PF3K\d+.*Next:/s, 'with serial, reason and next step')
  await until(async () => (await page.locator('.at-work li').count()) === 9)
  t.match(await page.locator('.at-work li').first().textContent(), /\d+ %/)
  const rows = page.getByRole('table', { name: 'Missing' }).getByRole('row')
  await until(async () => (await rows.count()) === 8)
  const { serial, mac, name } = machineOf(454)
  await page.getByRole('button', { name: 'Copy as CSV' }).click()
  await page.getByText('7 machines are copied.').waitFor()
  const csv = await page.evaluate<string>('navigator.clipboard.readText()')
  t.equal(csv.split('\r\n')[0], 'name,serial,mac')
  t.ok(csv.includes(`${name},${serial},${mac}\r\n`), csv)
  const again = await hall.api('importNodes', { query: { dryRun: 'true' } }, { rawBody: csv, contentType: 'text/csv' })
  t.match(again, { rows: 7, unchanged: 7 }, 'an import reads it')
  await page.getByRole('button', { name: 'Copy as text' }).click()
  await until(async () =>
    (await page.evaluate<string>('navigator.clipboard.readText()')).includes(`${name}\t${serial}\t${mac}\n`),
  )

  t.equal(await figure('Failed'), '1')
  await send(hall, 910, 'failed', 'lot-2026-32')
  await until(async () => (await figure('Failed')) === '2')
  await page.getByRole('link', { name: 'edge-0910' }).waitFor()
  t.pass('a new failure is there by itself')

  const list = await page.getByRole('link', { name: 'Its machines' }).getAttribute('href')
  t.equal(list, '/nodes?batch=lot-2026-32')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'As CSV' }).click(),
  ])
  t.equal(download.suggestedFilename(), 'eims-nodes.csv')
  t.equal(await page.getByRole('link', { name: 'Board' }).getAttribute('href'), '/board?batch=lot-2026-32')
  await tile('Missing').getByRole('link').click()
  await until(async () => (await page.locator('.total').textContent()) === '7 of 7')
  t.strictSame(wrongs, [])
})

await t.test('nothing is there, nothing answers, nobody may', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/batches')
  await signIn(page, site.keys.viewer)
  await page.getByText('No batch yet').waitFor()
  t.equal(await page.getByRole('button', { name: 'New batch' }).count(), 0)
  await page.goto('/batches/nobody')
  await page.getByText('There is no such batch').waitFor()
  await page.route('**/api/v1/batches**', (route) => route.abort())
  await page.goto('/batches')
  await page.getByText('The server does not answer').waitFor()
  await page.unroute('**/api/v1/batches**')
  const problem = {
    type: 'urn:eims:problem:forbidden',
    code: 'forbidden',
    title: '',
    status: 403,
    detail: 'no',
    remedy: '',
  }
  await page.route('**/api/v1/batches**', (route) =>
    route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
  )
  await page.goto('/batches/lot')
  await page.getByText('Your key may not see this').waitFor()
  t.strictSame(wrongs, [])
})

await t.test('light and dark, in English and in German, for whoever cannot see or point', async (t) => {
  for (const [colorScheme, locale] of LOOKS) {
    const { page, wrongs } = await visit(t, browser, hall, { colorScheme, locale })
    await page.goto('/batches')
    await signIn(page, hall.keys.operator)
    for (const address of ['/batches', '/batches/lot-2026-32', '/batches/nobody']) {
      await page.goto(address)
      await settled(page)
      t.strictSame(await findings(page), [], `${colorScheme}: ${address}`)
    }
    await page.goto('/batches')
    await page.getByRole('button', { name: /^(New batch|Neues Los)$/ }).click()
    await page.getByRole('alertdialog').waitFor()
    t.strictSame(await findings(page), [], `${colorScheme}: a form`)
    t.strictSame(wrongs, [])
  }
})
