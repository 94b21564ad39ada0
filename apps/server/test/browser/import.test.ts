import { readFile } from 'node:fs/promises'
import { until, waitingForLocks } from '@eims/lab'
import type { Page } from 'playwright-core'
import t from 'tap'
import { importCsv } from '../support/csv.ts'
import { startDatabases } from '../support/databases.ts'
import { addDefaultProfile, openSite, type Site } from '../support/site.ts'
import { writeWorkbook } from '../support/workbook.ts'
import { findings } from './axe.ts'
import { builtDashboard, settled, signIn, startBrowser, visit } from './browser.ts'
import { cableTo } from './cable.ts'
import { vendorList } from './vendor-list.ts'

// One promise: whoever drops a vendor's list sees each mistake in its cell, mends it there, imports it and can take it back.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)
const open = async () => openSite(t, await databases.fresh(t), 'server-1', { dashboard })

const choose = (page: Page, name: string, file: Buffer | string) =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(file) })
const isChecked = (page: Page) =>
  page
    .getByRole('status')
    .filter({ hasText: /^(Checked|Geprüft)/ })
    .waitFor()
const count = async (page: Page, name: string) =>
  Number((await page.locator(`.import-counts .${name} b`).allTextContents())[0]?.replaceAll(',', '') ?? 0)
/** The cell of a row and column, brought into sight as a person would: by the keys. */
async function cellAt(page: Page, row: number, column: string) {
  const grid = page.getByRole('grid')
  await grid.focus()
  await page.keyboard.press('Control+Home')
  const heads = await page.getByRole('columnheader').allTextContents()
  const place = heads.findIndex((text) => text.startsWith(column)) - 1
  const bar = page.locator('#import-cell')
  for (let right = 0; right < place; right++) await page.keyboard.press('ArrowRight')
  await until(async () => (await bar.textContent())?.includes(`, ${column}`) === true)
  const now = async () => Number(/^\D+(\d+)/.exec((await bar.textContent()) ?? '')?.[1])
  for (let left = row - (await now()); left > 0; left = row - (await now()))
    for (let down = 0; down < left; down++) await page.keyboard.press('ArrowDown')
  return page.locator('[role=gridcell][aria-selected=true]')
}
const nodesOf = (site: Site) => site.db.node.count()

await t.test('a German vendor’s list with a dozen mistakes', async (t) => {
  const site = await open()
  await addDefaultProfile(site.db, 'edge-node-12')
  const { file, mistakes, good } = vendorList('edge-node-12')
  const { page, wrongs } = await visit(t, browser, site, { locale: 'de-DE', colorScheme: 'dark' })
  await page.goto('/import')
  await signIn(page, site.keys.operator)
  await page.getByText('CSV- oder .xlsx-Datei hier ablegen').waitFor()
  await choose(page, 'Lieferschein 2026-0412.csv', file)
  await isChecked(page)
  t.equal(await count(page, 'failed'), 10)
  t.equal(await count(page, 'warnings'), 3, 'lost zeros, a label, and letters that were guessed')
  t.strictSame(await findings(page), [], 'the table')
  t.ok(await page.getByRole('button', { name: /importieren$/ }).isDisabled(), 'not with mistakes in it')

  await page.getByRole('button', { name: /Fehler\s*1\s*Keine MAC-Adresse/ }).click()
  await until(async () => (await page.getByRole('row').count()) === 2)
  t.pass('a kind shows its rows alone')
  await page.getByRole('button', { name: 'Alle Zeilen' }).click()

  const [first] = mistakes
  await cellAt(page, first!.row, first!.column)
  await page.keyboard.press('F2')
  await page.keyboard.type(' oder nicht')
  await page.keyboard.press('Escape')
  t.match(
    await page.locator('#import-cell').textContent(),
    /To be filled by O\.E\.M\.\s*Platzhalter/,
    'Escape leaves it',
  )
  await page.keyboard.press('Delete')
  await page.locator('.cell.changed').waitFor()
  await page.keyboard.press('Control+z')
  await page.locator('.cell.changed').waitFor({ state: 'detached' })
  for (const { row, column, mended } of mistakes) {
    const cell = await cellAt(page, row, column)
    t.match(await cell.getAttribute('class'), /\b(bad|doubtful)\b/, `row ${row}, ${column} is marked`)
    t.equal(await cell.locator('svg').count(), 1)
    t.ok((await page.locator('#import-cell p').count()) > 1, (await page.locator('#import-cell').textContent()) ?? '')
    await page.keyboard.press('Enter')
    const input = page.locator('.cell-input')
    await input.waitFor()
    await input.fill(mended)
    await page.keyboard.press('Enter')
    await input.waitFor({ state: 'detached' })
    if (row !== mistakes[0]!.row) continue
    await isChecked(page)
    t.equal(await count(page, 'warnings'), 3, 'letters of the file are doubted still, though it goes out as UTF-8')
  }
  await until(async () => (await count(page, 'failed')) === 0 && (await count(page, 'warnings')) === 0)
  await isChecked(page)
  await page.getByText('Nichts ist falsch, nichts zweifelhaft.').waitFor()
  await page.getByRole('textbox', { name: 'Charge' }).fill('Lieferung-0412')
  await page.getByText('Neue Chargen: Lieferung-0412').waitFor()
  t.equal(await nodesOf(site), 0, 'nothing is there before it is imported')
  await page.getByRole('button', { name: '40 Zeilen importieren' }).click()
  await page.getByText('Die Geräte stehen im Verzeichnis.').waitFor()
  t.match(page.url(), /\/import\/[0-9a-f-]{36}$/)
  t.strictSame(await findings(page), [], 'the report')
  const { items } = await site.api('listNodes', { query: { filter: 'batch = Lieferung-0412', pageSize: 100 } })
  t.equal(items.length, good + mistakes.length)
  for (const { row, column, mended } of mistakes.filter(({ column }) =>
    ['Seriennummer', 'Rechnername'].includes(column),
  ))
    t.ok(
      items.some(({ serial, name }) => [serial, name].includes(mended)),
      `row ${row}, ${column}: ${mended}`,
    )

  await page.getByRole('button', { name: 'Import zurücknehmen' }).click()
  const dialog = page.getByRole('alertdialog')
  await dialog.getByText('40 würden entfernt, 0 wären wie zuvor, 0 blieben, wie sie sind.').waitFor()
  await dialog.getByRole('button', { name: 'Import zurücknehmen' }).click()
  await page.getByText('Zurückgenommen von operator').waitFor()
  t.equal(await nodesOf(site), 0)
  await page.getByRole('link', { name: 'Alle Importe' }).click()
  await page.getByRole('cell', { name: 'Zurückgenommen' }).waitFor()
  t.strictSame(await findings(page), [], 'the history')
  t.strictSame(wrongs, [])
})

await t.test('a workbook whose columns nobody knows, told by hand and kept, and the good rows alone', async (t) => {
  const site = await open()
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/import')
  await signIn(page, site.keys.admin)
  await page.getByText('Nothing was imported yet').waitFor()
  t.strictSame(await findings(page), [], 'nothing is open')
  const file = writeWorkbook([
    { name: 'Cover', rows: [['For the attention of the warehouse']] },
    {
      name: 'Units',
      rows: [
        ['Unit', 'Port', 'Place'],
        ['U-1001', '02-00-00-00-10-01', 'A1'],
        ['U-1002', 'unknown', 'A2'],
        ['U-1003', '', 'A3'],
      ],
    },
  ])
  await choose(page, 'units.xlsx', file)
  await page.getByText('No column of serials, UUIDs or MACs.').waitFor()
  await page.getByLabel('Sheet').click()
  await page.getByRole('option', { name: 'Units' }).click()
  await page.getByRole('columnheader', { name: /^Unit/ }).waitFor()
  for (const [column, meaning] of [
    ['Unit', 'Serial'],
    ['Port', 'MAC'],
  ] as const) {
    await page.getByRole('button', { name: `What ${column} is` }).click()
    await page.getByRole('option', { name: meaning, exact: true }).click()
    await isChecked(page)
  }
  await until(async () => (await count(page, 'failed')) === 1)
  await page.getByText('Mend the row with mistakes, or import the good rows alone.').waitFor()
  await page.getByRole('button', { name: 'Keep these columns' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Keep these columns' }).click()
  await page.getByText('The columns are kept.').waitFor()
  t.strictSame((await site.api('getSite', {})).importColumns, { Unit: 'Serial', Port: 'MAC' })
  await page.getByRole('switch', { name: /The good rows alone/ }).click({ force: true })
  await page.getByRole('button', { name: 'Import 2 rows' }).click()
  await page.getByText('Of its rows 2 are in the registry, and 1 left out.').waitFor()
  t.equal(await nodesOf(site), 2)

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the error file' }).click(),
  ])
  t.match(await readFile(await download.path(), 'utf8'), /U-1002,unknown,A2,Port: /)
  await page.getByRole('button', { name: 'Mend the rest here' }).click()
  await isChecked(page)
  await cellAt(page, 2, 'Port')
  await page.keyboard.type('02-00-00-00-10-02')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Import 1 row' }).click()
  await page.getByText('The machines are in the registry.').waitFor()
  t.equal(await nodesOf(site), 3)
  const { items } = await site.api('listNodes', { query: { filter: 'serial = "U-1002"' } })
  t.match(items, [{ macs: ['02:00:00:00:10:02'] }])
  t.strictSame(wrongs, [])
})

await t.test('rows that are pasted, a block in the table, a row less, and edits that outlive the page', async (t) => {
  const site = await open()
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/import')
  await signIn(page, site.keys.operator)
  await page.getByRole('button', { name: 'Paste rows' }).click()
  await page.getByLabel('Rows', { exact: true }).fill('A-1\t02:00:00:00:00:01\nA-2\t02:00:00:00:00:02\nA-3\tx\n')
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await page.getByRole('button', { name: 'The first line is a machine' }).click()
  await page.getByRole('columnheader', { name: /^Column 2/ }).waitFor()
  for (const [column, meaning] of [
    ['Column 1', 'Serial'],
    ['Column 2', 'MAC'],
  ] as const) {
    await page.getByRole('button', { name: `What ${column} is` }).click()
    await page.getByRole('option', { name: meaning, exact: true }).click()
  }
  await until(async () => (await count(page, 'created')) === 2)
  await cellAt(page, 4, 'Column 1')
  await page.getByRole('button', { name: 'Delete row' }).click()
  await until(async () => (await count(page, 'failed')) === 0)
  await cellAt(page, 2, 'Column 1')
  await page.evaluate(`(() => {
    const data = new DataTransfer()
    data.setData('text/plain', 'B-1\\t02:00:00:00:01:01\\nB-2\\t02:00:00:00:01:02\\n')
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })()`)
  await page.getByRole('gridcell', { name: 'B-2' }).waitFor()
  await page.getByRole('link', { name: 'Nodes' }).click()
  await page.getByText('No machine yet').waitFor()
  await page.getByRole('link', { name: 'Import' }).click()
  await page.getByRole('gridcell', { name: 'B-2' }).waitFor()
  await page.getByRole('button', { name: 'Undo edit' }).click()
  await page.getByRole('gridcell', { name: 'A-2' }).waitFor()
  await page.getByRole('button', { name: 'Redo edit' }).click()
  await page.getByRole('gridcell', { name: 'B-2' }).waitFor()
  await isChecked(page)
  await page.getByRole('textbox', { name: 'Batch' }).fill(`${'x'.repeat(100)}`)
  await page.locator('.field .wrong').waitFor()
  t.ok(await page.getByRole('button', { name: /^Import / }).isDisabled())
  await page.getByRole('textbox', { name: 'Batch' }).fill('lot-9')
  await page.getByRole('button', { name: 'Import 2 rows' }).click()
  await page.getByText('The machines are in the registry.').waitFor()
  const { items } = await site.api('listNodes', { query: { filter: 'batch = lot-9', orderBy: 'name' } })
  t.strictSame(
    items.map(({ serial, macs }) => [serial, macs]),
    [
      ['B-1', ['02:00:00:00:01:01']],
      ['B-2', ['02:00:00:00:01:02']],
    ],
  )
  t.strictSame(wrongs, [])
})

await t.test('a long list stays quick, one too long to be mended says so, and what is no list', async (t) => {
  const site = await open()
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/import')
  await signIn(page, site.keys.operator)
  const lines = Array.from({ length: 12_000 }, (_, index) => `L-${index},${index === 11_000 ? 'x' : ''}`)
  await choose(page, 'long.csv', `serial,mac\n${lines.slice(0, 10_000).join('\n')}\n`)
  await isChecked(page)
  await page.getByRole('grid').focus()
  await page.keyboard.press('Control+End')
  await page.getByRole('gridcell', { name: 'L-9999' }).waitFor()
  t.ok((await page.getByRole('row').count()) < 80, 'only what is in sight is there')
  await page.getByRole('button', { name: 'Another list' }).click()
  await choose(page, 'longer.csv', `serial,mac\n${lines.join('\n')}\n`)
  await page.getByText('Shown are 1,001 of 12,000 rows').waitFor()
  t.equal(await page.getByRole('button', { name: 'Delete row' }).count(), 0)
  await page.getByRole('button', { name: /Not a MAC address/ }).click()
  await page.getByRole('rowheader', { name: '11002' }).waitFor()
  await page.getByRole('button', { name: 'Another list' }).click()
  await choose(page, 'list.csv', '%PDF-1.7\n')
  await page.getByText('This file cannot be read').waitFor()
  await page.getByRole('button', { name: 'Another list' }).click()
  await choose(page, 'nothing.csv', '')
  await page.getByText('nothing.csv is empty.').waitFor()
  await choose(page, 'broken.csv', 'serial\nA-1\n"A-2\n')
  await page.getByText('Mend the file where it is').waitFor()
  await page.getByText('The file must be mended first.').waitFor()
  await page.goto('/import/nothing-of-that-id')
  await page.getByText('There is no such import').waitFor()
  t.equal(await nodesOf(site), 0)
  t.strictSame(wrongs, [])
})

await t.test('an import that waits for another one is cancelled, and its list is there still', async (t) => {
  const site = await open()
  const { page, wrongs } = await visit(t, browser, site)
  await page.goto('/import')
  await signIn(page, site.keys.operator)
  await page.locator('.drop').waitFor()
  await page.evaluate(`(() => {
    const data = new DataTransfer()
    data.items.add(new File(['serial;uuid\\nA-1;\\n;\\n"";x\\n'], 'dropped.csv', { type: 'text/csv' }))
    document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
  })()`)
  await page.getByRole('heading', { name: 'dropped.csv' }).waitFor()
  await isChecked(page)
  await cellAt(page, 4, 'serial')
  await page.getByRole('button', { name: 'Delete row' }).click()
  await isChecked(page)
  await until(async () => (await count(page, 'failed')) === 0)
  const { first } = await site.engine.registry.transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('eims import'))`
    const first = importCsv(site, 'serial\nZ-1\n')
    await waitingForLocks(site.db, 1)
    await page.getByRole('button', { name: 'Import 1 row' }).click()
    await page.getByText('Waiting for another import').waitFor()
    t.strictSame(await findings(page), [], 'under way')
    await page.getByRole('button', { name: 'Cancel the import' }).click()
    await page.getByText('Nothing of it was written.').waitFor()
    return { first }
  })
  await first
  t.strictSame(await site.db.node.findMany({ select: { name: true } }), [{ name: 'node-z-1' }])
  await page.getByRole('link', { name: 'Back to the list' }).click()
  await page.getByRole('gridcell', { name: 'A-1' }).waitFor()
  t.strictSame(wrongs, [])
})

await t.test('the cable is cut in the middle, and who may not import', async (t) => {
  const site = await open()
  const cable = await cableTo(t, site.admin)
  const { page, wrongs } = await visit(t, browser, cable)
  await page.goto('/import')
  await signIn(page, site.keys.operator)
  await choose(page, 'list.csv', 'serial\nA-1\nA-2\n')
  await isChecked(page)
  await page.route('**/api/v1/imports?*', async (route) => {
    // The server has the file, and its answer is lost.
    await route.fetch().catch(() => {})
    cable.cut()
    await route.abort()
  })
  await page.getByRole('button', { name: 'Import 2 rows' }).click()
  await page.getByText('It is unknown whether the list was imported').waitFor()
  t.strictSame(await findings(page), [], 'nobody knows')
  await page.getByRole('link', { name: 'Back to the list' }).waitFor()
  cable.mend()
  await page.getByText('The machines are in the registry.').waitFor()
  t.equal(await nodesOf(site), 2)

  const { id } = await importCsv(site, 'serial\nB-1\nB-2\n')
  await site.api('holdNode', { params: { id: 'B-1' }, body: { reason: 'for its disk' } })
  const viewer = await visit(t, browser, site)
  await viewer.page.goto('/import')
  await signIn(viewer.page, site.keys.viewer)
  await viewer.page.getByText('Your key may only look').waitFor()
  t.equal(await viewer.page.locator('input[type=file]').count(), 0)
  await viewer.page.goto(`/import/${id}`)
  await settled(viewer.page)
  t.equal(await viewer.page.getByRole('button', { name: 'Undo the import' }).count(), 0)
  await page.goto(`/import/${id}`)
  await page.getByRole('button', { name: 'Undo the import' }).click()
  await page.getByRole('alertdialog').getByText('was changed since').waitFor()
  t.strictSame(await findings(page), [], 'what would stay')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Undo the import' }).click()
  await page.getByText('1 removed, 0 as before the import, 1 left as they are.').waitFor()
  await viewer.page.route('**/api/v1/imports?**', (route) => route.abort())
  await viewer.page.goto('/import/history')
  await viewer.page.getByText('The server does not answer').waitFor()
  t.strictSame([...wrongs, ...viewer.wrongs], [])
})
