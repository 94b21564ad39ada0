import { randomUUID } from 'node:crypto'
import { until } from '@eims/lab'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startDatabases } from '../support/databases.ts'
import { openSite, type Site } from '../support/site.ts'
import { findings } from './axe.ts'
import { builtDashboard, LOOKS, startBrowser, visit } from './browser.ts'
import { cableTo } from './cable.ts'
import { fillHall, machineOf } from './fleet.ts'
import { answer, bench, scan, told } from './scanner.ts'

// One promise: whoever scans at a bench is told at once who it is and what to do, and no scan is lost.

const databases = await startDatabases(t)
const dashboard = await builtDashboard(t)
const browser = await startBrowser(t)

/** Bytes of all that the floor needs, as it comes over the wire. */
const FIRST_LOAD = 120 * 1024

const hall = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
await fillHall(hall)

const oneOf = async (site: Site, filter: string) =>
  (await site.api('listNodes', { query: { filter, pageSize: 1 } })).items[0]!
const node = (site: Site, id: string) => site.api('getNode', { params: { id } })

const hasFocus = async (page: Page) => (await page.locator('.scan-field:focus').count()) === 1

await t.test('a scan is answered: who it is, where it stands, why, and what comes next', async (t) => {
  const { page, wrongs, bytes } = await visit(t, browser, hall)
  await page.goto('/floor')
  await page.getByLabel('Key', { exact: true }).fill('eims_wrong')
  await page.keyboard.press('Enter')
  await page.getByText('This key is unknown, revoked or expired.').waitFor()
  await bench(page, hall.keys.operator)
  t.ok(bytes() > 50_000 && bytes() <= FIRST_LOAD, `the first load took ${bytes()} bytes`)

  const { name, serial, mac, product } = machineOf(413)
  await scan(page, serial)
  t.equal(await told(page, 'Running'), 'running')
  await answer(page).getByText(name, { exact: true }).waitFor()
  for (const text of [serial, `Supermicro ${product}`, 'lot-2026-31']) await answer(page).getByText(text).waitFor()
  const { uuid } = await node(hall, name)
  for (const spelling of [
    mac.toUpperCase(),
    mac.replaceAll(':', '-'),
    mac.replaceAll(':', ''),
    mac.replaceAll(':', 'Ö'),
    uuid ?? mac,
    name,
  ]) {
    await scan(page, 'EIMS.LOOK')
    await told(page, 'Look up')
    await scan(page, spelling)
    t.equal(await told(page, 'Running'), 'running', spelling)
  }
  await scan(page, (await oneOf(hall, 'instance.state = FAILED')).serial!)
  t.equal(await told(page, 'Failed'), 'failed')
  t.equal(await answer(page).getByText('Next:').count(), 1)
  const waiting = await oneOf(hall, 'registered = true AND lastSeenAt = "" AND NOT hold:*')
  await scan(page, waiting.name)
  t.equal(await told(page, 'Waiting'), 'waiting')
  await answer(page).getByText('Switch it on, and let it boot from the network.').waitFor()
  const [newest] = await page.locator('.recent li').allTextContents()
  t.match(newest, new RegExp(`${waiting.name}.*Waiting`))

  await scan(page, 'PF3K99999')
  t.equal(await told(page, 'No such machine'), 'wrong')
  t.match(await answer(page).getByRole('link').getAttribute('href'), '/why?machine=PF3K99999')
  await scan(page, 'PF3Z20400')
  await answer(page).getByText('Test the scanner').waitFor()
  for (const manufacturer of ['Acme', 'Initech'])
    await hall.api('addNode', { body: { name: `twin-${manufacturer.toLowerCase()}`, serial: 'TW-1', manufacturer } })
  await scan(page, 'tw-1')
  t.equal(await told(page, 'Fits several machines'), 'wrong')
  t.strictSame(await answer(page).getByRole('listitem').allTextContents(), ['twin-acme Acme', 'twin-initech Initech'])
  t.strictSame(wrongs, [])
})

await t.test('commands change what the next scans do, until they end, and the last is undone', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await page.clock.install()
  await bench(page, hall.keys.operator)
  const spare = await oneOf(hall, 'batch = spares AND NOT hold:*')
  const hold = async () => (await node(hall, spare.id)).hold
  const mode = () => page.locator('.mode-name b').textContent()
  const audited = async (action: string) =>
    (await hall.api('listAudit', { query: { filter: `subject = ${spare.id} AND action = ${action}` } })).items

  await scan(page, 'EIMS.HOLD')
  t.equal(await told(page, 'Hold'), 'mode')
  await scan(page, spare.serial!)
  t.equal(await told(page, 'Held'), 'done')
  t.equal(await hold(), 'Held at the bench')
  t.match(await audited('node.hold'), [{ actor: 'operator', reason: 'Held at the bench' }])
  await scan(page, spare.serial!)
  t.equal(await told(page, 'Was so already'), 'done')
  await scan(page, 'eims.undo')
  t.equal(await told(page, 'Undone'), 'done')
  t.equal(await hold(), null)
  t.equal(await mode(), 'Hold', 'an undo ends no command')

  await scan(page, 'EIMS.OUT.DAMAGED')
  await told(page, 'Take out: damaged')
  const working = await oneOf(hall, 'instance.state = PROVISIONING')
  await scan(page, working.serial!)
  t.equal(await told(page, 'Taken out'), 'done')
  const out = await node(hall, working.id)
  t.strictSame([out.hold, out.run?.state], ['Taken out: damaged', 'CANCELLED'])
  await scan(page, 'EIMS.RELEASE')
  await told(page, 'Release')
  await scan(page, working.serial!)
  t.equal(await told(page, 'Released'), 'done')
  await scan(page, 'EIMS.UNDO')
  await told(page, 'Undone')
  t.equal((await node(hall, working.id)).hold, 'Taken out: damaged', 'the reason that stood there stands there again')

  const failed = await oneOf(hall, 'instance.state = FAILED AND batch = lot-2026-32 AND NOT hold:*')
  await scan(page, 'EIMS.AGAIN')
  await told(page, 'Retry')
  await scan(page, failed.serial!)
  t.equal(await told(page, 'Goes on'), 'done')
  t.match((await node(hall, failed.id)).run?.state, /PENDING|RUNNING/)
  await scan(page, 'EIMS.HOLD')
  await told(page, 'Hold')
  await scan(page, failed.serial!)
  t.equal(await told(page, 'Not possible'), 'wrong', 'nothing is held while its run is under way')
  await scan(page, machineOf(413).serial)
  await told(page, 'Held')

  const lot = await hall.api('addBatch', { body: { name: 'lot_YZ-1' } })
  const lotCode = `EIMS.BATCH.${lot.id.replaceAll('-', '').slice(-10).toUpperCase()}`
  await scan(page, lotCode)
  t.equal(await told(page, `Into ${lot.name}`), 'mode', 'a batch that was made after the page was opened')
  await scan(page, spare.serial!)
  t.equal(await told(page, `In ${lot.name}`), 'done')
  t.equal((await node(hall, spare.id)).batch, lot.name)
  await hall.api('patchNode', { params: { id: spare.id }, body: { batch: 'lot-2026-31' } })
  await scan(page, 'EIMS.UNDO')
  t.equal(await told(page, 'Changed meanwhile'), 'wrong', 'what somebody else did is not undone')
  t.equal((await node(hall, spare.id)).batch, 'lot-2026-31')
  await scan(page, 'EIMS.BATCH.0123456789')
  t.equal(await told(page, 'No such batch'), 'wrong')
  t.equal(await mode(), 'Look up', 'and what is scanned then is not put anywhere')

  await scan(page, 'EIMS.HOLD')
  await told(page, 'Hold')
  await page.clock.runFor(119_000)
  t.equal(await mode(), 'Hold')
  await page.clock.runFor(2000)
  t.equal(await told(page, 'Back to Look up'), 'mode')
  await scan(page, spare.serial!)
  await told(page, 'Waiting')
  t.equal(await hold(), null, 'looked up, and not held')
  t.strictSame(wrongs, [])
})

await t.test('what is no code of ours says what it is, and a viewer may only look', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await bench(page, hall.keys.viewer)
  await scan(page, 'EIMS.REBOOT')
  t.equal(await told(page, 'No such command'), 'wrong')
  await scan(page, 'EIMS.TEST.YZ')
  t.equal(await told(page, 'The scanner fits'), 'done')
  await scan(page, 'EIMS.TEST.ZY')
  t.equal(await told(page, 'The scanner types for another keyboard'), 'wrong')
  await scan(page, 'X'.repeat(129))
  await told(page, 'Too long')
  for (const code of ['EIMS.HOLD', 'EIMS.UNDO', 'EIMS.OUT.OTHER']) {
    await scan(page, 'EIMS.LOOK')
    await told(page, 'Look up')
    await scan(page, code)
    t.equal(await told(page, 'Your key may only look'), 'wrong', code)
  }
  await scan(page, machineOf(414).serial)
  await told(page, 'Running')
  t.strictSame(wrongs, [])
})

await t.test('the field keeps the focus', async (t) => {
  const { page, wrongs } = await visit(t, browser, hall)
  await bench(page, hall.keys.operator)
  t.ok(await hasFocus(page))
  t.equal(await page.locator('.scan-field').getAttribute('inputmode'), 'none', 'no keyboard on the screen')
  for (const place of [
    page.locator('.answer'),
    page.getByRole('heading', { name: 'Last ten scans' }),
    page.getByRole('switch', { name: 'Sound' }),
    page.getByRole('switch', { name: 'Keyboard' }),
  ]) {
    await place.click()
    await until(() => hasFocus(page))
  }
  t.equal(await page.locator('.scan-field').getAttribute('inputmode'), 'text')
  t.equal(await page.getByRole('switch', { name: 'Sound: off' }).getAttribute('aria-checked'), 'false')
  for (const place of ['Sheet of codes', 'Settings'])
    await page.getByRole(place === 'Settings' ? 'button' : 'link', { name: place }).focus()
  t.notOk(await hasFocus(page), 'somebody without a pointer gets to the buttons')
  await scan(page, machineOf(415).serial)
  await told(page, 'Running')
  t.ok(await hasFocus(page), 'and a scan arrives nonetheless')
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel('Language').selectOption('de')
  await page.keyboard.press('Escape')
  await scan(page, 'PF3K99999')
  await told(page, 'Kein solches Gerät')
  const other = await page.context().newPage()
  await other.goto('/floor')
  await other.getByText('Die Werkbank ist in einem anderen Tab offen').waitFor()
  await page.close()
  await other.getByText('Bereit zum Scannen').waitFor()
  t.equal(await other.getByRole('switch', { name: 'Ton: aus' }).count(), 1, 'what was set is remembered')
  t.strictSame(wrongs, [])
})

await t.test('fifty scans in a minute, and half of it without a network', async (t) => {
  const site = await openSite(t, await databases.fresh(t), 'server-1', { dashboard })
  const serials = Array.from({ length: 50 }, () => `SN-${randomUUID().slice(0, 13)}`)
  for (const serial of serials) await site.api('addNode', { body: { serial } })
  const cable = await cableTo(t, site.admin)
  const { page } = await visit(t, browser, cable)
  await page.clock.install()
  await bench(page, site.keys.operator)
  await scan(page, 'EIMS.OUT.POWER')
  await told(page, /^Take out/)
  const scanned = async (some: readonly string[]) => {
    for (const serial of some) {
      await scan(page, serial)
      await page.clock.runFor(1200)
    }
  }
  const held = async () => (await site.api('listNodes', { query: { filter: 'hold:"Taken out"', pageSize: 1 } })).total
  await scanned(serials.slice(0, 15))
  await until(async () => (await held()) === 15)
  cable.cut()
  await scanned(serials.slice(15, 40))
  // The answer to the fifteenth may have been on its way.
  await page.getByText(/^No connection, 2[56] waiting$/).waitFor()
  t.equal(await told(page, 'Kept'), 'kept')
  await scan(page, serials[0]!)
  await answer(page)
    .getByText(/^As of .*There is no connection/)
    .waitFor()
  t.equal(await held(), 15)
  // The last of it was a slip.
  await scan(page, 'EIMS.UNDO')
  await told(page, 'Taken back')
  cable.mend()
  await page.reload()
  await page.clock.runFor(5000)
  await until(async () => (await held()) === 40)
  await scan(page, 'EIMS.OUT.POWER')
  await told(page, /^Take out/)
  await scanned(serials.slice(40))
  await until(async () => (await held()) === 50)
  await until(async () => (await page.locator('.recent-waiting').count()) === 0)
  const { items } = await site.api('listAudit', { query: { filter: 'action = node.hold', pageSize: 1000 } })
  t.equal(items.length, 50, 'each once')
  t.ok(items.every(({ actor, reason }) => actor === 'operator' && reason === 'Taken out: does not switch on'))
})

await t.test('an answer that is lost is asked for again, and nothing is done twice', async (t) => {
  const { page } = await visit(t, browser, hall)
  await bench(page, hall.keys.operator)
  const spare = await hall.api('addNode', { body: { name: 'asked-twice', serial: 'SN-asked-twice' } })
  const lost: string[] = []
  const loseOnce = (pattern: string, method: string) =>
    page.route(pattern, async (route) => {
      if (route.request().method() !== method || lost.includes(pattern)) return route.continue()
      lost.push(pattern)
      await route.fetch()
      await route.abort()
    })
  await loseOnce('**/hold', 'POST')
  await loseOnce(`**/api/v1/nodes/${spare.id}`, 'PATCH')
  await scan(page, 'EIMS.HOLD')
  await scan(page, spare.serial!)
  t.equal(await told(page, 'Held'), 'done')
  const lot = (await hall.api('listBatches', { query: { filter: 'name = lot-2026-32' } })).items[0]!
  await scan(page, `EIMS.BATCH.${lot.id.replaceAll('-', '').slice(-10)}`)
  await scan(page, spare.serial!)
  t.equal(await told(page, 'In lot-2026-32'), 'done')
  t.equal(lost.length, 2, 'each answer was lost once')
  const { items } = await hall.api('listAudit', { query: { filter: `subject = ${spare.id}` } })
  t.strictSame(
    items.map(({ action }) => action),
    ['node.patch', 'node.hold', 'node.create'],
  )
})

await t.test('a key that is revoked is asked for anew, and what waited is sent by that key alone', async (t) => {
  const { page } = await visit(t, browser, hall)
  const ours = await hall.api('addKey', { body: { name: 'bench-1', role: 'operator' } })
  await bench(page, ours.key)
  const session = await hall.api('listKeys', { query: { filter: 'name = bench-1' } })
  await hall.api('deleteKey', { params: { id: session.items[0]!.id } })
  await scan(page, machineOf(416).serial)
  await page.getByLabel('Key', { exact: true }).waitFor()
  await page.getByText('1 waiting').waitFor()
  await page.getByLabel('Key', { exact: true }).fill(hall.keys.operator)
  await page.keyboard.press('Enter')
  await page.getByText('1 scanned by bench-1 wait').waitFor()
  await page.getByRole('button', { name: 'Forget them' }).click()
  await page.getByText('1 scanned by').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Key', { exact: true }).waitFor()
})

await t.test('the sheet of codes, and everything for whoever cannot see or point', async (t) => {
  for (const [colorScheme, locale] of LOOKS) {
    const { page, wrongs } = await visit(t, browser, hall, { colorScheme, locale })
    const clean = async (what: string) => t.strictSame(await findings(page), [], `${colorScheme}: ${what}`)
    await page.goto('/floor')
    await page.getByLabel(/^(Key|Schlüssel)$/).waitFor()
    await clean('signing in')
    await bench(page, hall.keys.operator)
    await clean('ready')
    const failed = await oneOf(hall, 'instance.state = FAILED')
    for (const code of [
      machineOf(413).serial,
      failed.name,
      'no-such',
      'tw-1',
      'EIMS.HOLD',
      'EIMS.AGAIN',
      'EIMS.OUT.MODEL',
      'EIMS.X',
    ]) {
      await scan(page, code)
      await until(async () => !['asking', 'ready'].includes((await answer(page).getAttribute('data-tone')) ?? ''))
      await clean(code)
    }
    await page.goto('/floor/codes')
    await page.getByRole('img', { name: 'EIMS.HOLD' }).waitFor()
    await clean('the sheet')
    const codes = await page.locator('.sheet li .mono').allTextContents()
    t.ok(codes.length >= 6 + 6 + 3)
    for (const code of codes.filter((each) => !each.includes('TEST'))) t.match(code, /^EIMS\.[0-9A-X.]+$/)
    await page.emulateMedia({ media: 'print' })
    t.notOk(await page.getByRole('button', { name: /Print|Drucken/ }).isVisible())
    t.strictSame(wrongs, [])
  }
})
