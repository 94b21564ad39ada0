import { until } from '@eims/lab'
import type { Page } from 'playwright-core'
import t from 'tap'
import { parse } from 'yaml'
import { file, oneOfEach, set } from '../support/config-file.ts'
import { startDatabases } from '../support/databases.ts'
import { openSite } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, LOOKS, settled, signIn, startBrowser, visit } from './browser.ts'

// One promise: a config-file is written as text or as a form, each following the other; what is wrong is marked as one types,
// what a node would get is beside it, secrets stay hidden and stay, and nobody's change is overwritten unseen.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
await oneOfEach(site)
await site.api('addNode', { body: { name: 'other', serial: 'SN-2' } })
await set(site, 'site', file('ntpServers: [a.example]\naptMirror: http://m.example/debian\n'))

const editor = (page: Page) => page.getByRole('textbox', { name: 'Text', exact: true })
const textOf = async (page: Page) => (await editor(page).locator('.cm-line').allTextContents()).join('\n')
const batch = async () => (await site.api('getBatch', { params: { id: 'lot' } })).config
const choose = async (page: Page, label: string, option: string) => {
  await page.getByRole('button', { name: new RegExp(`${label}$`) }).click()
  await page.getByRole('option', { name: option }).click()
}
const open = async (page: Page, address: string, key: string) => {
  page.on('dialog', (dialog) => void dialog.accept())
  await page.goto(address)
  await signIn(page, key)
  await settled(page)
}

await t.test('text and form are one, and the result on a node is told before it is stored', async (t) => {
  const { page, wrongs } = await visit(t, browser, site)
  await open(page, '/config-files', site.keys.admin)
  await until(async () => /a\.example/.test(await textOf(page)))
  await choose(page, 'Whose', 'Batch')
  await page.getByText('Choose whose it is.').waitFor()
  await choose(page, 'Batch', 'lot')
  await page.getByText('There is no config-file here yet.').waitFor()
  t.match(page.url(), /\?of=batch&name=lot$/)
  await page.getByRole('button', { name: 'Start from the usual fields' }).click()
  await page.getByText('No mistake.').waitFor()
  t.match(await textOf(page), /# {3}- username: root/)

  const users = page.locator('details', { hasText: 'Users' }).first()
  await users.locator('summary').click()
  await users.getByRole('button', { name: 'Add: Users' }).click()
  await users.getByLabel('Name', { exact: true }).fill('edge')
  await users.getByLabel('Password', { exact: true }).fill('hush-hush')
  await until(async () => /username: edge/.test(await textOf(page)))
  await page.getByText('No mistake.').waitFor()
  t.match(await textOf(page), /# {3}httpProxy: http:\/\/proxy/, 'comments stay')

  await editor(page).click()
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Enter')
  await page.keyboard.type('kuber')
  const offers = page.getByRole('listbox', { name: 'Completions' })
  await offers.getByRole('option', { name: /kubernetes/ }).click()
  await page.keyboard.type(' nne')
  await page.locator('.cm-lintRange-error').first().waitFor()
  const places = page.getByRole('list', { name: 'Mistakes and warnings' })
  await places.getByText('kubernetes').first().waitFor()
  await page.getByText('There is no result while').waitFor({ state: 'detached' })
  await page.getByRole('combobox', { name: 'On node' }).fill('o')
  await until(async () => (await page.getByRole('option').count()) === 1)
  await page.getByRole('option', { name: /one/ }).click()
  await page.getByText('There is no result while the text has mistakes.').waitFor()
  await editor(page).click()
  await page.keyboard.press('Control+End')
  for (const _ of 'nne') await page.keyboard.press('Backspace')
  await page.keyboard.type('none')
  const result = page.getByRole('table', { name: 'What a node gets' })
  await result.getByText('this text').first().waitFor()
  t.match(await result.getByRole('row', { name: /^ntpServers/ }).textContent(), /a\.example.*Site/)
  t.match(await result.getByRole('row', { name: /^users/ }).textContent(), /edge.*\*\*\*.*Batch lot/s)
  t.equal(await batch(), null, 'nothing is stored yet')

  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The config-file is saved.').waitFor()
  t.match(parse((await batch()) ?? ''), { operatingSystem: { users: [{ username: 'edge', passwordHash: '***' }] } })
  await until(async () => /passwordHash: "\*\*\*"/.test(await textOf(page)))
  t.notMatch(await page.content(), /hush-hush/)
  const before = await site.db.batch.findFirstOrThrow()
  await page.getByLabel('Shell').fill('/bin/bash')
  await page.getByRole('button', { name: 'Save' }).click()
  await until(async () => /bash/.test((await batch()) ?? ''))
  const after = await site.db.batch.findFirstOrThrow()
  const hash = (of: typeof before) => /\$6\$\S+/.exec(of.config ?? '')?.[0]
  t.ok(hash(before) && hash(before) === hash(after), 'the stored hash stayed')
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await until(async () => !/bash/.test((await batch()) ?? ''))
  t.strictSame(wrongs, [])
})

await t.test('what is not saved survives a reload; another’s change is told', async (t) => {
  const { page, wrongs } = await visit(t, browser, site)
  await open(page, '/config-files?of=node&name=one', site.keys.operator)
  await editor(page).click()
  await page.keyboard.type('operatingSystem:\nbootOrdr: disk')
  await page.getByText(/^1 mistake/).waitFor()
  await page.reload()
  await page.getByText('This text is not saved yet').waitFor()
  await page.getByText(/^1 mistake/).waitFor()
  t.match(await textOf(page), /bootOrdr/)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.message').getByText('bootOrdr').waitFor()
  t.equal((await site.api('getNode', { params: { id: 'one' } })).config, null)
  await site.api('patchNode', { params: { id: 'one' }, body: { config: file('bootOrder: disk\n') } })
  await page.locator('.unsaved.bad').waitFor()
  t.ok(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled())
  await page.locator('.unsaved.bad').getByRole('button', { name: 'Read anew' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Read anew' }).click()
  await until(async () => /bootOrder: disk/.test(await textOf(page)))
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Key', { exact: true }).waitFor()
  t.equal(await page.evaluate<number>('sessionStorage.length'), 0, 'nothing that was typed stays')
  t.strictSame(wrongs, [])
})

await t.test('who may only look, and for whoever cannot see or point, in both languages', async (t) => {
  await set(site, 'batch', file('users: [{username: root, plainPassword: secret}]\n'))
  const viewer = await visit(t, browser, site)
  await open(viewer.page, '/config-files?of=node&name=one', site.keys.viewer)
  await viewer.page.getByText('Only a key of the role operator changes it.').waitFor()
  t.equal(await viewer.page.getByRole('button', { name: 'Save' }).count(), 0)
  await viewer.page.getByText('As it is stored.').waitFor()
  await viewer.page.getByRole('table', { name: 'What a node gets' }).getByText('bootOrder').waitFor()
  await viewer.page.goto('/config-files?of=batch&name=nobody')
  await viewer.page.locator('.notice').waitFor()
  for (const [colorScheme, locale] of LOOKS) {
    const { page, wrongs } = await visit(t, browser, site, { colorScheme, locale })
    await page.goto('/')
    await signIn(page, site.keys.admin)
    for (const address of [
      '/config-files',
      '/config-files?of=batch&name=lot',
      '/config-files?of=profile&name=debian',
    ]) {
      await page.goto(address)
      await settled(page)
      if (!/debian/.test(address)) await page.getByText(/^(No mistake|Kein Fehler)\.$/).waitFor()
      await page.locator('.config-form').waitFor()
      t.strictSame(await findings(page), [], `${colorScheme}: ${address}`)
    }
    t.strictSame(wrongs, [])
  }
  t.strictSame(viewer.wrongs, [])
})
