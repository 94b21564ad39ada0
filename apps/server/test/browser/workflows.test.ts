import { until } from '@eims/lab'
import type { Page } from 'playwright-core'
import t from 'tap'
import { aTemplate } from '../support/a-template.ts'
import { startDatabases } from '../support/databases.ts'
import { addDefaultProfile, openSite } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, LOOKS, settled, signIn, startBrowser, visit } from './browser.ts'

// One promise: a workflow is written in the browser with what may stand there offered, what is wrong marked as one types, and
// what it comes to on a machine beside it; nothing that was typed is lost, and nobody's change is overwritten unseen.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
await addDefaultProfile(site.db)
await site.api('addNode', { body: { name: 'unit-1', serial: 'SN-1', macs: ['52:54:00:00:00:01'] } })
await site.api('addNode', { body: { name: 'unit-2', serial: 'SN-2' } })

const editor = (page: Page) => page.getByRole('textbox', { name: 'Template' })
const textOf = async (page: Page) => (await editor(page).locator('.cm-line').allTextContents()).join('\n')
const stored = async (id: string) => (await site.api('getWorkflow', { params: { id } })).text

await t.test('from a start to a stored workflow, with what is wrong and what is offered on the way', async (t) => {
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/workflows')
  await signIn(page, site.keys.admin)
  await page.getByText('No workflow yet').waitFor()
  await page.getByRole('heading', { name: 'The built-in plan' }).waitFor()
  t.equal(await page.locator('.plan > li').count(), 6)
  await page.getByRole('link', { name: 'Write the image and a file' }).click()
  await page.getByText('No mistake.').waitFor()
  await page.getByRole('list', { name: 'Steps' }).getByText('name the site').waitFor()
  t.match(await page.getByRole('list', { name: 'Steps' }).textContent(), /\/etc\/site/)
  t.ok((await page.locator('.rendered mark').count()) > 0, 'what is not known yet is marked')
  t.ok(await page.getByRole('button', { name: 'Save' }).isDisabled(), 'not without a name')

  await page.getByLabel('Name', { exact: true }).fill('with-a-file')
  await page.getByRole('combobox', { name: 'On node' }).fill('unit-1')
  await page.getByRole('option', { name: /unit-1/ }).click()
  await page.getByRole('list', { name: 'Steps' }).getByText('default SN-1').waitFor()
  t.pass('the plan is of that node')

  await editor(page).click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('      - name: more\nimage: wri')
  const offers = page.getByRole('listbox', { name: 'Completions' })
  await offers.getByRole('option', { name: /writefile/ }).click()
  await until(async () => /image: writefile/.test(await textOf(page)))
  await page.keyboard.type('\nenvironment:\nMO')
  await offers.getByRole('option', { name: /MODE/ }).first().waitFor()
  t.strictSame((await offers.getByRole('option').allTextContents()).map((text) => text.replace('*', '')).sort(), [
    'DIRMODE',
    'MODE',
  ])
  await page.keyboard.press('Escape')
  await page.getByText(/^[1-9]\d* mistakes?/).waitFor()
  await page.locator('.cm-lintRange-error').first().waitFor()
  await page.getByText('There is no plan while the template has mistakes.').waitFor()
  const place = page.getByRole('list', { name: 'Mistakes and warnings' }).getByRole('button').first()
  const [, line] = /Line (\d+)/.exec((await place.textContent()) ?? '') ?? []
  await place.click()
  await until(async () => (await page.locator('.cm-lineNumbers .cm-activeLineGutter').textContent()) === line)
  t.ok(Number(line) >= 30, 'the mistake leads to its line')

  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.message').getByText('body.text').waitFor()
  t.equal((await site.api('listWorkflows', { query: {} })).total, 0, 'a template with mistakes is not kept')
  await editor(page).click()
  await until(async () => {
    await page.keyboard.press('Control+z')
    return !/more/.test(await textOf(page))
  })
  await page.getByText('No mistake.').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'with-a-file' }).waitFor()
  t.match(page.url(), /\/workflows\/with-a-file$/)
  t.match(await stored('with-a-file'), /name: name the site/)
  const { items } = await site.api('listAudit', { query: { filter: 'action = workflow.add', pageSize: 1 } })
  t.match(items, [{ actor: 'admin' }])
  t.strictSame(wrongs, [])
})

await t.test('what is not saved survives a reload, and is saved, taken back, or thrown away', async (t) => {
  await site.api('addWorkflow', { body: { name: 'kept', text: aTemplate('kept'), fetch: false } })
  const { page, wrongs } = await visit(t, browser, site)
  page.on('dialog', (dialog) => void dialog.accept())
  await page.goto('/workflows/kept')
  await signIn(page, site.keys.admin)
  await editor(page).click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# mine\n')
  await page.getByText('Not saved', { exact: true }).waitFor()
  await page.reload()
  await page.getByText('This text is not saved yet').waitFor()
  t.match(await textOf(page), /^# mine\n/)
  await page.getByRole('link', { name: 'All workflows' }).click()
  await page.getByText('kept is not saved; this browser keeps your text.').waitFor()
  await page.getByRole('link', { name: 'kept' }).click()
  await until(async () => (await textOf(page)).startsWith('# mine\n'))
  await page.getByRole('button', { name: 'Save' }).click()
  await until(async () => (await stored('kept')).startsWith('# mine\n'))
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await until(async () => !(await stored('kept')).startsWith('# mine'))
  await until(async () => (await textOf(page)).startsWith('version'))

  await editor(page).click()
  await page.keyboard.type('# nothing\n')
  await page.reload()
  await page.getByRole('button', { name: 'Discard' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click()
  await until(async () => (await textOf(page)).startsWith('version'))
  await page.getByText('Saved', { exact: true }).waitFor()
  t.strictSame(wrongs, [])
})

await t.test('somebody else’s change is told, and not overwritten unseen', async (t) => {
  const text = aTemplate('shared')
  await site.api('addWorkflow', { body: { name: 'shared', text, fetch: false } })
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/workflows/shared')
  await signIn(page, site.keys.admin)
  await editor(page).click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# mine\n')
  // The browser hears of it by an event; whoever is quicker than that is refused by the server.
  await page.route('**/api/v1/workflows/shared', (route) => route.abort())
  await site.api('putWorkflow', { params: { id: 'shared' }, body: { name: 'shared', text: `# theirs\n${text}` } })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Somebody else changed it meanwhile').first().waitFor()
  t.match(await stored('shared'), /^# theirs/)
  await page.unroute('**/api/v1/workflows/shared')
  await site.api('putWorkflow', { params: { id: 'shared' }, body: { name: 'shared', text: `# theirs too\n${text}` } })
  const alert = page.locator('.unsaved.bad')
  await alert.waitFor()
  t.ok(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled())
  t.match(await textOf(page), /^# mine/, 'what was typed is still there')
  await alert.getByRole('button', { name: 'Read anew' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Read anew' }).click()
  await until(async () => (await textOf(page)).startsWith('# theirs too'))
  t.strictSame(wrongs, [])
})

await t.test('who may only look, what is not there, and a workflow that goes', async (t) => {
  await site.api('addWorkflow', { body: { name: 'used', text: aTemplate('used'), fetch: false } })
  await site.api('addProfile', { body: { name: 'till', image: 'debian-image', workflow: { workflow: 'used' } } })
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/workflows/used')
  await signIn(page, site.keys.operator)
  await page.getByText('Only a key of the role admin changes workflows.').waitFor()
  t.equal(await page.getByRole('button', { name: 'Save' }).count(), 0)
  await editor(page).click()
  await page.keyboard.type('x')
  t.match(await textOf(page), /^version/)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  t.notOk(await editor(page).evaluate('(element) => element.getRootNode().activeElement === element'), 'Tab leaves it')
  await page.goto('/workflows/nobody')
  await page.getByText('There is no such workflow').waitFor()
  await page.goto('/workflows')
  await page.getByRole('link', { name: 'used' }).waitFor()
  t.equal(await page.getByRole('link', { name: 'Write the image, restart' }).count(), 0)

  const admin = await visit(t, browser, site)
  await admin.page.goto('/workflows/used')
  await signIn(admin.page, site.keys.admin)
  const remove = async () => {
    await admin.page.getByRole('button', { name: 'Delete' }).click()
    await admin.page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
  }
  await remove()
  await admin.page.getByRole('alertdialog').getByRole('alert').waitFor()
  t.match(await admin.page.getByRole('alertdialog').getByRole('alert').textContent(), /till/)
  await site.api('deleteProfile', { params: { id: 'till' } })
  await admin.page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
  await until(async () => (await site.api('listWorkflows', { query: { filter: 'name = used' } })).total === 0)
  await admin.page.getByRole('button', { name: 'Undo' }).click()
  await until(async () => (await site.api('listWorkflows', { query: { filter: 'name = used' } })).total === 1)
  t.strictSame([...wrongs, ...admin.wrongs], [])
})

await t.test('for whoever cannot see or point, light and dark, in both languages; each start is right', async (t) => {
  for (const [colorScheme, locale] of LOOKS) {
    const { page, wrongs } = await visit(t, browser, site, { colorScheme, locale })
    const isEnglish = locale === 'en-GB'
    await page.goto('/')
    await signIn(page, site.keys.admin)
    for (const address of ['/workflows', '/workflows/kept', '/workflows/nobody', '/workflows/new/archive']) {
      await page.goto(address)
      await settled(page)
      if (/kept|archive/.test(address)) await page.getByText(isEnglish ? 'No mistake.' : 'Kein Fehler.').waitFor()
      t.strictSame(await findings(page), [], `${colorScheme}: ${address}`)
    }
    await page.goto('/workflows/new/image')
    await page.getByText(isEnglish ? 'No mistake.' : 'Kein Fehler.').waitFor()
    await page.getByRole('textbox', { name: isEnglish ? 'Template' : 'Vorlage' }).click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('x: 1\ny: {{ .node.ser')
    await page.getByRole('listbox', { name: isEnglish ? 'Completions' : 'Vorschläge' }).waitFor()
    await page.locator('.cm-lint-marker').first().waitFor()
    t.strictSame(await findings(page), [], `${colorScheme}: mistakes and offers`)
    t.strictSame(wrongs, [])
  }
})
