import { BulkAction, bulkFits, type Node, ProblemError } from '@eims/contracts'
import { until } from '@eims/lab'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { openSite } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, flip, LOOKS, settled, signIn, startBrowser, visit } from './browser.ts'
import { fillHall } from './fleet.ts'

// One promise: what a person does to many machines is what was asked, told before and after, and taken back where it can be.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const hall = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
await fillHall(hall)

const list = async (filter: string): Promise<Node[]> =>
  (await hall.api('listNodes', { query: { ...(filter === '' ? {} : { filter }), pageSize: 1000 } })).items
const names = (nodes: readonly Node[]) => nodes.map(({ name }) => name).sort()
const tick = (page: Page, name: string, shift = false) =>
  page.getByRole('checkbox', { name: `Choose ${name}` }).click(shift ? { modifiers: ['Shift'] } : {})
const press = (page: Page, name: string) =>
  page
    .getByRole('region', { name: 'What to do with the chosen ones' })
    .getByRole('button', { name, exact: true })
    .click()
const loaded = (page: Page, total: string) => until(async () => (await page.locator('.total').textContent()) === total)

await t.test('for whom an action does something is the same here, as a filter, and for the server', async (t) => {
  const all = await list('')
  for (const name of BulkAction.options) {
    const { applies, filter } = bulkFits[name]
    t.strictSame(names(await list(filter)), names(all.filter(applies)), name)
  }
  // What it leaves out would be refused.
  const others = all.filter((node) => !bulkFits.provision.applies(node))
  const report = await hall.api('bulkNodes', {
    body: { select: { ids: others.map(({ id }) => id) }, action: 'provision' },
  })
  t.equal(report.done, 0)
})

await t.test('ticked, in a range: held, and released again by the undo', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/nodes?state=waiting&orderBy=name')
  await signIn(page, hall.keys.operator)
  await loaded(page, '13 of 13')
  const waiting = names(await list('batch = lot-2026-32 AND NOT instance.state:*'))
  await tick(page, waiting[0]!)
  await tick(page, waiting[4]!, true)
  await page.getByText('5 chosen').waitFor()
  t.equal(await page.locator('.row.body :checked').count(), 5)
  t.equal(await page.getByRole('button', { name: 'Delete', exact: true }).count(), 0, 'that is an administrator’s')
  await press(page, 'Hold')
  const dialog = page.getByRole('alertdialog')
  await dialog.getByText('Hold 5 machines?').waitFor()
  await dialog.getByText(waiting[0]!).waitFor()
  t.ok(await dialog.getByRole('button', { name: 'Hold' }).isDisabled(), 'not without a reason')
  await dialog.getByLabel('Reason').fill('the shelf is full')
  await page.keyboard.press('Enter')
  await page.getByText('5 held').waitFor()
  t.strictSame(names(await list('hold = "the shelf is full"')), waiting.slice(0, 5))
  t.equal(await page.getByRole('region', { name: 'What to do with the chosen ones' }).count(), 0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Undone.').waitFor()
  t.strictSame(await list('hold = "the shelf is full"'), [])
  t.strictSame(wrongs, [])
})

await t.test('all that fit but one are set, and given back what each had', async (t) => {
  const before = await list('batch = lot-2026-32 OR batch = spares')
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/nodes?q=batch+%3D+lot-2026-32+OR+batch+%3D+spares&orderBy=name')
  await signIn(page, hall.keys.operator)
  await loaded(page, `${before.length} of ${before.length}`)
  await tick(page, names(before)[0]!)
  await page.getByRole('button', { name: `Choose all ${before.length} that fit` }).click()
  await tick(page, names(before)[2]!)
  await page.getByText(`${before.length - 1} chosen`).waitFor()
  await press(page, 'Change')
  const dialog = page.getByRole('alertdialog')
  t.ok(await dialog.getByRole('button', { name: 'Change', exact: true }).isDisabled(), 'nothing is set')
  await dialog.getByRole('button', { name: /Batch/ }).click()
  await page.getByRole('option', { name: 'lot-2026-31' }).click()
  await dialog.getByLabel('Notes').fill('rack=Z9\nnonsense')
  await dialog.getByText('“nonsense” is no key=value.').waitFor()
  await dialog.getByLabel('Notes').fill('rack=Z9\nfloor=2')
  await dialog.getByText('It can be undone right afterwards.').waitFor()
  await dialog.getByRole('button', { name: 'Change', exact: true }).click()
  await page.getByText(`${before.length - 1} changed`).waitFor()
  const changed = await list('batch = lot-2026-31 AND metadata.rack = Z9 AND metadata.floor = 2')
  t.strictSame(names(changed), names(before).toSpliced(2, 1))
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Undone.').waitFor()
  const settings = (nodes: Node[]) =>
    nodes.map(({ name, batch, metadata, profile }) => ({ name, batch, metadata, profile }))
  t.strictSame(settings(await list('batch = lot-2026-32 OR batch = spares')), settings(before))
  t.strictSame(wrongs, [])
})

await t.test('what is not done is told with its reason, and is found', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/nodes?state=held')
  await signIn(page, hall.keys.operator)
  await loaded(page, '2 of 2')
  await page.getByRole('checkbox', { name: 'Choose those that are loaded' }).click()
  await press(page, 'Provision')
  const dialog = page.getByRole('alertdialog')
  await dialog.getByText('It would do nothing for any of them').waitFor()
  t.ok(await dialog.getByRole('button', { name: 'Provision' }).isDisabled())
  await page.keyboard.press('Escape')
  // Somebody else is quicker: of two that could be released one no longer can.
  await press(page, 'Release')
  await dialog.getByText('Release 2 machines?').waitFor()
  const [one, two] = await list('hold:*')
  await page.route('**/api/v1/nodes/bulk', async (route) => {
    await hall.api('releaseNode', { params: { id: one!.id } })
    await route.continue()
  })
  await dialog.getByRole('button', { name: 'Release' }).click()
  await dialog.getByText('One was left as it is:').waitFor()
  await dialog.getByText(/^Nobody holds/).waitFor()
  await dialog.getByRole('link', { name: 'Show them in the list' }).click()
  await loaded(page, '1 of 1')
  await page.getByRole('link', { name: one!.name }).waitFor()
  await page.unroute('**/api/v1/nodes/bulk')
  t.strictSame(await list('hold:*'), [])
  await hall.api('holdNode', { params: { id: two!.id }, body: { reason: 'Waits for the second SSD' } })

  // Nothing was done at all: the question stands, with why.
  await tick(page, one!.name)
  await page.route('**/api/v1/nodes/bulk', (route) => route.abort())
  await press(page, 'Hold')
  await dialog.getByLabel('Reason').fill('for the drill')
  await dialog.getByRole('button', { name: 'Hold' }).click()
  await dialog.getByText('The server does not answer').waitFor()
  t.strictSame(wrongs, [])
})

await t.test('deleting asks for the count, and is an administrator’s', async (t) => {
  for (let each = 0; each < 3; each++)
    await hall.api('addNode', { body: { name: `gone-${each}`, serial: `GONE-${each}` } })
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/nodes?q=gone-')
  await signIn(page, hall.keys.admin)
  await loaded(page, '3 of 3')
  await page.getByRole('checkbox', { name: 'Choose those that are loaded' }).click()
  await press(page, 'Delete')
  const dialog = page.getByRole('alertdialog')
  await dialog.getByText('That cannot be undone').waitFor()
  const doIt = dialog.getByRole('button', { name: 'Delete' })
  await dialog.getByLabel('Type 3 to delete them').fill('2')
  t.ok(await doIt.isDisabled())
  await dialog.getByLabel('Type 3 to delete them').fill('3')
  await doIt.click()
  await page.getByText('3 deleted').waitFor()
  t.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0)
  await t.rejects(hall.api('getNode', { params: { id: 'gone-1' } }), ProblemError)
  t.strictSame(wrongs, [])
})

await t.test('a view by its name, kept in this browser', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/nodes')
  await signIn(page, hall.keys.viewer)
  t.equal(await page.getByRole('checkbox').count(), 0, 'who may only look has nothing to tick')
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('button', { name: 'Failed today' }).click()
  await loaded(page, '3 of 3')
  await page.getByRole('button', { name: 'Failed today' }).click()
  await page.getByRole('button', { name: 'Waiting longest' }).click()
  await until(async () => /^(\d+) of \1$/.test((await page.locator('.total').textContent()) ?? ''))
  await page.getByRole('button', { name: 'Waiting longest' }).click()
  await page.getByRole('button', { name: 'No profile of their own' }).click()
  await until(() => page.url().includes('NOT+profile'))
  await page.locator('.row.body').first().waitFor()
  await page.getByRole('button', { name: 'No profile of their own' }).click()
  await page.getByRole('button', { name: 'Nobody registered' }).click()
  await loaded(page, '3 of 3')
  await page.getByRole('searchbox').fill('node-')
  await until(() => page.url().includes('q=node-'))
  await page.getByRole('button', { name: 'Columns' }).click()
  await flip(page, 'Product')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByLabel('Name').fill('Goods in')
  await page.keyboard.press('Enter')
  await page.getByText('The view “Goods in” is saved').waitFor()
  await page.goto('/nodes?state=failed')
  await page.reload()
  await page.getByRole('button', { name: 'Columns' }).click()
  await flip(page, 'Product')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('button', { name: 'Goods in', exact: true }).click()
  await page.getByRole('columnheader', { name: 'Product' }).waitFor()
  t.match(page.url(), /q=node-&state=unknown/)
  await page.getByRole('button', { name: 'Goods in' }).click()
  await page.getByRole('button', { name: 'Delete the view Goods in' }).click()
  await page.getByText('is deleted').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'Goods in' }).waitFor()
  t.strictSame(wrongs, [])
})

await t.test('for whoever cannot see or point, light and dark, in English and in German', async (t) => {
  for (const [colorScheme, locale] of LOOKS) {
    const { page, wrongs } = await visit(t, browser, hall, { colorScheme, locale })
    await page.goto('/nodes?orderBy=name')
    await signIn(page, hall.keys.admin)
    await page.locator('.row.body').first().waitFor()
    await settled(page)
    // By the keyboard alone: the first row's tick, and from there a range.
    await page.locator('.row.body input').first().focus()
    await page.keyboard.press('Space')
    await page.locator('.row.body input').nth(3).focus()
    await page.keyboard.press('Shift+Space')
    await page.getByText(/^4 (chosen|ausgewählt)$/).waitFor()
    t.strictSame(await findings(page), [], `${colorScheme}: chosen`)
    await page.getByRole('button', { name: /^(Change|Ändern)$/ }).click()
    await page.getByRole('alertdialog').waitFor()
    t.strictSame(await findings(page), [], `${colorScheme}: a question`)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^(Views|Ansichten)/ }).click()
    await page.getByRole('dialog').waitFor()
    t.strictSame(await findings(page), [], `${colorScheme}: views`)
    t.strictSame(wrongs, [])
  }
})
