import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { until } from '@eims/lab'
import type { Page } from 'playwright-core'
import t from 'tap'
import { aTemplate } from '../support/a-template.ts'
import { importCsv } from '../support/csv.ts'
import { startDatabases } from '../support/databases.ts'
import { openSite } from '../support/site.ts'
import { builtDashboard, signIn, startBrowser, visit } from './browser.ts'
import { addConflicts, fillHall, fillOffice, machineOf, send } from './fleet.ts'
import { scan } from './scanner.ts'
import { fillShelf } from './shelf.ts'
import { vendorList } from './vendor-list.ts'

/**
 * Takes the pictures of docs/screenshots anew, of a hall of some sixty machines.
 *   usage: tap run apps/server/test/browser/screenshots.ts
 * EIMS_SCREENSHOTS names another folder, for larger ones to look at.
 */
const FORMAT = process.env.EIMS_SCREENSHOTS ? 'png' : 'webp'
const OUT = process.env.EIMS_SCREENSHOTS ?? resolve(import.meta.dirname, '../../../../docs/screenshots')
const { fresh } = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)

const LOT = `operatingSystem:
  users:
    - username: edge
      plainPassword: a-long-password
      groups: [render]
  proxy:
    httpProxy: http://proxy.example.com:3128
    noProxy: .example.com,10.0.0.0/8
  services: {enable: [docker]}
kubernetes: none
`

const sizes = { desktop: { width: 1440, height: 900 }, tablet: { width: 820, height: 1120 } }

await t.test('pictures of every page', async (t) => {
  await mkdir(OUT, { recursive: true })
  const site = await openSite(t, await fresh(t), 'server-1', { dashboard })
  await fillHall(site)
  await fillShelf(site)
  await addConflicts(site)
  const of32 = { name: 'lot-2026-32', expected: 40, note: 'Order 4711, Nordwind Logistik. Gate 3, pallets 12 to 15.' }
  await site.api('putBatch', { params: { id: of32.name }, body: of32 })
  await site.api('addBatch', { body: { name: 'lot-2026-30' } })
  for (let number = 480; number < 494; number++)
    await send(site, number, number < 490 ? 'running' : 'working', 'lot-2026-30')
  const { key } = await site.api('addKey', { body: { name: 'Marta', role: 'admin' } })
  await fillOffice(site)
  const find = async (filter: string) => (await site.api('listNodes', { query: { filter, pageSize: 1 } })).items[0]!
  const failed = await find('instance.state = FAILED')
  const working = await find('instance.state = PROVISIONING')
  const waiting = await find('registered = true AND lastSeenAt = "" AND NOT hold:*')
  const vendors = vendorList('edge-node-12').file
  const serials = (from: number) =>
    `serial\n${Array.from({ length: 24 }, (_, each) => `PF3K${from + each * 7}`).join('\n')}\nTo be filled by O.E.M.\n`
  await importCsv(site, serials(31_000), { file: 'lot-2026-30.csv', mode: 'partial', batch: 'lot-2026-30' })
  await importCsv(site, serials(32_000), { file: 'Lieferschein 2026-0398.csv' })
  const part = await importCsv(site, `${serials(33_000)}SN: PF3K33999\n`, { file: 'nachtrag.csv', mode: 'partial' })
  const openList = async (page: Page) => {
    const file = { name: 'Lieferschein 2026-0412.csv', mimeType: 'text/csv', buffer: vendors }
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByRole('status').filter({ hasText: 'Checked' }).waitFor()
    await page.getByRole('gridcell', { name: 'To be filled by O.E.M.' }).click()
  }
  const pages: [name: string, address: string, prepare?: (page: Page) => Promise<void>][] = [
    ['overview', '/'],
    ['nodes', '/nodes?batch=lot-2026-32'],
    ['node-failed', `/nodes/${failed.id}`],
    ['node-working', `/nodes/${working.id}`],
    ['unknown', '/unknown'],
    ['why', `/why?machine=${waiting.serial}`],
    ['accounts', '/accounts'],
    ['keys', '/keys'],
    ['audit', '/audit'],
    ['site', '/site'],
    ['import', '/import'],
    ['import-list', '/import', openList],
    ['import-report', `/import/${part.id}`],
    ['import-history', '/import/history'],
    ['images', '/images'],
    ['image', '/images/edge-k3s-2026.11'],
    ['profiles', '/profiles'],
    ['profile', '/profiles/edge-cluster'],
    ['profile-form', '/profiles?new&image=edge-k3s-2026.11'],
    ['batches', '/batches'],
    ['batch', '/batches/lot-2026-32'],
  ]
  await site.api('addWorkflow', {
    body: { name: 'kiosk', text: aTemplate('kiosk'), note: 'Image, rack name, restart', fetch: false },
  })
  await site.api('patchSite', { body: { config: 'operatingSystem: {ntpServers: [ntp.example.com]}\n' } })
  const lot = { params: { id: 'lot-2026-31' }, body: { name: 'lot-2026-31', expected: 26, config: LOT } }
  await site.api('putBatch', lot)
  pages.push(
    ['workflows', '/workflows'],
    ['workflow', '/workflows/kiosk'],
    ['config-files', '/config-files?of=batch&name=lot-2026-31'],
    ['config-file-node', '/config-files?of=node&name=edge-0412'],
  )
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [size, viewport] of Object.entries(sizes)) {
      const { page, context, wrongs } = await visit(t, browser, site, { viewport, colorScheme })
      const session = await context.newCDPSession(page)
      const shoot = async (name: string) => {
        const { data } = await session.send('Page.captureScreenshot', { format: FORMAT, quality: 60 })
        await writeFile(join(OUT, `${name}-${colorScheme}-${size}.${FORMAT}`), Buffer.from(data, 'base64'))
      }
      await page.goto('/')
      await page.getByLabel('Key', { exact: true }).waitFor()
      await shoot('sign-in')
      await signIn(page, key)
      for (const [name, address, prepare] of pages) {
        await page.goto(address)
        await page.locator('h1').first().waitFor({ state: 'attached' })
        await page.locator('.loading').first().waitFor({ state: 'detached' })
        await page.waitForLoadState('load')
        await page.evaluate('document.fonts.ready')
        await prepare?.(page)
        await shoot(name)
      }
      await page.goto('/nodes?state=waiting&orderBy=name')
      await page.getByRole('checkbox').nth(2).click()
      await page
        .getByRole('checkbox')
        .nth(6)
        .click({ modifiers: ['Shift'] })
      await shoot('nodes-chosen')
      await page.getByRole('button', { name: 'Change', exact: true }).click()
      await page.getByRole('alertdialog').waitFor()
      await shoot('nodes-set')
      await page.goto('/floor')
      await page.getByText('Ready to scan').waitFor()
      await shoot('floor-ready')
      const scanned = async (name: string, code: string, title: string) => {
        await scan(page, code)
        await page.locator('.answer').getByRole('heading', { name: title, exact: true }).waitFor()
        await shoot(`floor-${name}`)
      }
      await scanned('good', machineOf(413).serial, 'Running')
      await scanned('waiting', waiting.serial!, 'Waiting')
      await scanned('bad', failed.serial!, 'Failed')
      await scanned('nobody', 'PF3K99999', 'No such machine')
      await scanned('mode', 'EIMS.HOLD', 'Hold')
      await scanned('held', waiting.serial!, 'Held')
      await scan(page, 'EIMS.UNDO')
      await page.locator('.answer').getByRole('heading', { name: 'Undone' }).waitFor()
      await scanned('out', 'EIMS.OUT.DAMAGED', 'Take out: damaged')
      await page.goto('/floor/codes')
      await page.getByRole('heading', { name: 'Batches' }).waitFor()
      await shoot('floor-codes')
      t.strictSame(wrongs, [], `${colorScheme} ${size}`)
    }
  const screen = await site.api('addKey', { body: { name: 'screen of the hall', role: 'board' } })
  const boards: [string, string][] = [
    ['board-batch', 'batch=lot-2026-32'],
    ['board-batches', 'batch=lot-2026-31,lot-2026-32,spares'],
    ['board-done', 'batch=lot-2026-30'],
  ]
  for (const theme of ['dark', 'light'] as const) {
    const { page, context, wrongs } = await visit(t, browser, site, { viewport: { width: 1920, height: 1080 } })
    const session = await context.newCDPSession(page)
    const shoot = async (name: string) => {
      await until(() => page.evaluate<boolean>('document.getAnimations().length === 0'))
      const { data } = await session.send('Page.captureScreenshot', { format: FORMAT, quality: 60 })
      await writeFile(join(OUT, `${name}-${theme}-tv.${FORMAT}`), Buffer.from(data, 'base64'))
    }
    await page.goto(`/board?theme=${theme}#key=${screen.key}`)
    await page.locator('.live').waitFor()
    for (const [name, search] of boards) {
      await page.goto(`/board?theme=${theme}&${search}`)
      await page.locator('.room > *').waitFor()
      await page.locator('.live').waitFor()
      if (name === 'board-batches') await page.keyboard.press('ArrowLeft')
      await shoot(name)
    }
    await context.setOffline(true)
    await page.getByRole('alert').waitFor()
    await shoot('board-lost')
    t.strictSame(wrongs, [], `a screen, ${theme}`)
  }
})
