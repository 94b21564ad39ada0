import { until } from '@eims/lab'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { bootAgent, bootScript } from '../support/machine.ts'
import { openSite, type Site } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, LOOKS, settled, signIn, startBrowser, visit } from './browser.ts'
import { addConflicts, fillHall, machineOf } from './fleet.ts'

// One promise: whoever nobody knows, or fits several, is seen, compared, and decided on by who may, knowing what happens then.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const hall = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
await fillHall(hall)
await addConflicts(hall)

const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
const nodeOf = ({ api }: Site, id: string) => api('getNode', { params: { id } })
const badge = (page: Page) => page.getByRole('navigation').getByRole('link', { name: /^Unknown/ })
const card = (page: Page, serial: string) => page.getByRole('article', { name: `Machine ${serial}` })

await t.test('one is adopted with what it lacks, another is refused, and the count follows', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  // A machine whose firmware says no serial.
  const mac = '52:54:00:aa:77:01'
  const { nodeName } = await bootAgent(hall.open, { mac })
  await page.goto('/unknown')
  await signIn(page, hall.keys.operator)
  await until(async () => (await badge(page).textContent())?.includes('8 to decide'))
  await page.getByText('waits in the Micro-OS. Nothing is written').waitFor()
  await row(page, nodeName).getByRole('button', { name: 'Adopt' }).click()
  const dialog = page.locator('.modal').getByRole('alertdialog')
  await dialog.getByLabel('Name').fill('Not A Name')
  await dialog.getByRole('button', { name: 'Adopt' }).click()
  await dialog.getByText('must be a host name').first().waitFor()
  await dialog.getByLabel('Name').fill('line-3-7')
  await dialog.getByLabel('Serial').fill('To be filled by O.E.M.')
  await dialog.getByRole('button', { name: 'Adopt' }).click()
  await dialog.getByText('is a placeholder').first().waitFor()
  await dialog.getByLabel('Serial').fill('PF-77-01')
  await dialog.getByRole('button', { name: /Batch/ }).click()
  await page.getByRole('option', { name: 'spares' }).click()
  await dialog.getByRole('button', { name: 'Adopt' }).click()
  await page.getByText('Adopted.').waitFor()
  t.match(await nodeOf(hall, mac), { name: 'line-3-7', serial: 'PF-77-01', batch: 'spares', registered: true })

  const stranger = await nodeOf(hall, machineOf(469).serial)
  await row(page, stranger.name).getByRole('button', { name: 'Refuse' }).click()
  await dialog.getByText('The next time it boots from the network it is told no').waitFor()
  await dialog.getByRole('button', { name: 'Refuse' }).click()
  await page.getByText('Refused.').waitFor()
  await page.getByRole('table', { name: 'Refused' }).getByRole('link', { name: stranger.name }).waitFor()
  await until(async () => (await badge(page).textContent())?.includes('6 to decide'))
  t.notMatch(await bootScript(hall.open, { mac: machineOf(469).mac, serial: machineOf(469).serial }), /^kernel /m)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Undone.').waitFor()
  t.equal((await nodeOf(hall, stranger.id)).netbootPolicy, 'allowed')
  await page.getByRole('table', { name: 'Refused' }).waitFor({ state: 'detached' })
  t.strictSame(wrongs, [])
})

await t.test('several at once; forgetting is an administrator’s', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/unknown')
  await signIn(page, hall.keys.admin)
  const strangers = [469, 470, 471].map((number) => machineOf(number).serial)
  const [first, ...others] = await Promise.all(strangers.map((serial) => nodeOf(hall, serial)))
  for (const { name } of others) await page.getByRole('checkbox', { name: `Choose ${name}` }).click()
  await page.getByRole('button', { name: 'Adopt 2' }).click()
  const dialog = page.locator('.modal').getByRole('alertdialog')
  await dialog.getByRole('button', { name: /Batch/ }).click()
  await page.getByRole('option', { name: 'lot-2026-31' }).click()
  await dialog.getByRole('button', { name: 'Adopt 2' }).click()
  await page.getByText('2 adopted.').waitFor()
  for (const { id, name } of others) t.match(await nodeOf(hall, id), { registered: true, name, batch: 'lot-2026-31' })
  await bootAgent(hall.open, { mac: '52:54:00:aa:77:02' })
  await page.getByText('52:54:00:aa:77:02').waitFor()
  t.pass('one that comes meanwhile is seen')
  await page.getByLabel('Choose all that are shown').click()
  await page.getByRole('button', { name: 'Forget 2' }).click()
  await dialog.getByText('it appears here again').waitFor()
  await dialog.getByRole('button', { name: 'Forget 2' }).click()
  await page.getByText('2 forgotten.').waitFor()
  await t.rejects(nodeOf(hall, first!.id), { code: 'not-found' })
  t.strictSame(wrongs, [])
})

await t.test('a machine that fits two nodes is merged into the one that it is', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/unknown')
  await signIn(page, hall.keys.admin)
  const conflict = card(page, 'PF3KX-0801')
  await conflict.waitFor()
  const cells = (name: string) => conflict.getByRole('row', { name: new RegExp(`^${name}`) }).getByRole('cell')
  t.strictSame(
    (await cells('Serial').allTextContents()).map((text) => text.replace('PF3KX-', '')),
    ['0801', 'O801differs', '0801same'],
    'each identifier beside what the machine said',
  )
  t.match(await cells('MAC').allTextContents(), [/3c:ec:ef:80:00:01/, /3c:ec:ef:80:00:01same/, 'not on record'])
  const way = conflict.getByRole('listitem').filter({ hasText: 'It is goods-in-1, and so is goods-in-2' })
  t.match(
    await way.textContent(),
    /goods-in-1 gets the identifiers, runs and timeline of goods-in-2, which is no more then/,
  )
  await way.getByRole('button', { name: 'Merge' }).click()
  const dialog = page.locator('.modal').getByRole('alertdialog')
  t.ok(await dialog.getByRole('button', { name: 'Merge' }).isDisabled(), 'not without a reason')
  await dialog.getByLabel('Reason').fill('a typo in the list')
  await dialog.getByRole('button', { name: 'Merge' }).click()
  await page.getByText('The machine is goods-in-1 now.').waitFor()
  await conflict.waitFor({ state: 'detached' })
  await t.rejects(nodeOf(hall, 'goods-in-2'), { code: 'not-found' })
  const { items } = await hall.api('listAudit', { query: { filter: 'action = node.merge' } })
  t.match(items, [{ actor: 'admin', reason: 'a typo in the list', subjectName: 'goods-in-1' }])
  t.strictSame(wrongs, [])
})

await t.test('another machine is split off, and back; of two that say the same one is claimed', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/unknown')
  await signIn(page, hall.keys.admin)
  const docked = card(page, 'PF3KX-0803')
  const dialog = page.locator('.modal').getByRole('alertdialog')
  const press = async (within: typeof docked, act: string, reason?: string) => {
    await within.getByRole('button', { name: act, exact: true }).click()
    if (reason !== undefined) await dialog.getByLabel('Reason').fill(reason)
    await dialog.getByRole('button', { name: act, exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  const before = await nodeOf(hall, 'docked-1')
  await press(docked, 'Split', 'they share a dock')
  await docked.waitFor({ state: 'detached' })
  t.match(await nodeOf(hall, '3c:ec:ef:80:00:03'), { name: /^(?!docked)/, registered: true })
  await page.getByRole('button', { name: 'Undo' }).click()
  await docked.waitFor()
  t.match(await nodeOf(hall, 'docked-1'), { id: before.id, macs: before.macs })
  await press(docked, 'Take it off')
  await docked.waitFor({ state: 'detached' })
  t.strictSame((await nodeOf(hall, 'docked-1')).macs, [])

  const twin = page.getByRole('article').filter({ hasText: 'The other machine says' })
  const { name } = await nodeOf(hall, 'PF3KX-0804')
  await press(twin, 'It is the other one', 'the one in rack 4')
  await page.getByText(`${name} stays with the other machine.`).waitFor()
  t.equal((await nodeOf(hall, name)).claimedMac, '3c:ec:ef:80:00:04')
  await twin.getByRole('button', { name: 'Take it back' }).waitFor()
  const told = page.getByRole('alertdialog').filter({ hasText: 'stays with the other machine' })
  await told.getByRole('button', { name: 'Undo' }).click()
  await twin.getByRole('button', { name: 'It is the other one' }).waitFor()
  t.equal((await nodeOf(hall, name)).claimedMac, null)
  t.strictSame(wrongs, [])
})

await t.test('what was changed while somebody looked at it is not changed on top of that', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.goto('/unknown')
  await signIn(page, hall.keys.operator)
  const board = card(page, 'PF3KX-0802')
  const dialog = page.locator('.modal').getByRole('alertdialog')
  await board.getByRole('button', { name: 'Correct' }).click()
  const uuid = '4c4c4544-0051-3510-8052-b4c04f4d3499'
  await hall.api('patchNode', { params: { id: 'board-2' }, body: { uuid } })
  await dialog.getByRole('button', { name: 'Correct' }).click()
  await dialog.getByText('It was changed meanwhile').waitFor()
  t.equal((await nodeOf(hall, 'board-2')).uuid, uuid)
  await page.keyboard.press('Escape')
  await board.getByText(uuid, { exact: true }).waitFor()
  await board.getByRole('button', { name: 'Correct' }).click()
  await dialog.getByRole('button', { name: 'Correct' }).click()
  await board.waitFor({ state: 'detached' })
  t.equal((await nodeOf(hall, 'board-2')).uuid, '4c4c4544-0051-3510-8052-b4c04f4d3433')
  await page.getByRole('button', { name: 'Undo' }).click()
  await board.waitFor()
  t.equal((await nodeOf(hall, 'board-2')).uuid, uuid)
  t.strictSame(wrongs, [])
})

await t.test('an operator sees what an administrator decides; whoever may only look has no button', async (t) => {
  const operator = await visit(t, browser, hall)
  await operator.page.goto('/unknown')
  await signIn(operator.page, hall.keys.operator)
  const twin = operator.page.getByRole('article').filter({ hasText: 'The other machine says' })
  await twin.getByText('An administrator decides that.').first().waitFor()
  t.equal(await twin.getByRole('button').count(), 0)
  const viewer = await visit(t, browser, hall)
  await viewer.page.goto('/unknown')
  await signIn(viewer.page, hall.keys.viewer)
  await viewer.page.getByRole('article').first().waitFor()
  t.equal(await viewer.page.locator('main').getByRole('button').count(), 0)
  t.equal(await viewer.page.getByRole('checkbox').count(), 0)
  t.strictSame([...operator.wrongs, ...viewer.wrongs], [])
})

await t.test('nobody is unknown, and nothing answers', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/unknown')
  await signIn(page, site.keys.viewer)
  await page.getByText('Nobody is unknown').waitFor()
  t.equal(await badge(page).textContent(), 'Unknown', 'no number where nothing is to be decided')
  await page.route('**/api/v1/conflicts', (route) => route.abort())
  await page.reload()
  await page.getByText('The server does not answer').waitFor()
  t.strictSame(wrongs, [])
})

await t.test('for whoever cannot see or point, light and dark, in English and in German', async (t) => {
  await bootAgent(hall.open, { mac: '52:54:00:aa:77:03' })
  await bootAgent(hall.open, { serial: 'PF-77-04', mac: '52:54:00:aa:77:04' })
  for (const [colorScheme, locale] of LOOKS) {
    const { page, wrongs } = await visit(t, browser, hall, { colorScheme, locale })
    await page.goto('/unknown')
    await signIn(page, hall.keys.admin)
    await page.getByRole('article').first().waitFor()
    await settled(page)
    t.strictSame(await findings(page), [], colorScheme)
    await page
      .getByRole('button', { name: /^(Adopt|Übernehmen)$/ })
      .first()
      .click()
    await page.locator('.modal').getByRole('alertdialog').waitFor()
    t.strictSame(await findings(page), [], `${colorScheme}: adopting`)
    t.strictSame(wrongs, [])
  }
})
